"""Windows' registry, read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

UNINSTALL = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
LOGON = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication\\LogonUI"


def uninstall_entries() -> Iterator[Mapping[str, object]]:
    """The values of each program's key, of 64-bit and of 32-bit programs."""
    winreg = _winreg()
    for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
        access = winreg.KEY_READ | view
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, UNINSTALL, 0, access) as programs:
            for name in [winreg.EnumKey(programs, at) for at in range(winreg.QueryInfoKey(programs)[0])]:
                # An uninstaller that runs right now takes its key away.
                with suppress(FileNotFoundError), winreg.OpenKey(programs, name, 0, access) as program:
                    values = [winreg.EnumValue(program, at) for at in range(winreg.QueryInfoKey(program)[1])]
                    yield {name: value for name, value, _ in values}


def last_user() -> str:
    r"""`DOMAIN\name` of who logged on last; empty when nobody has yet."""
    winreg = _winreg()
    with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, LOGON) as key:
        return str(winreg.QueryValueEx(key, "LastLoggedOnUser")[0])
    return ""


def _winreg() -> Any:
    """Imported when it is needed: other platforms have none, and type checkers there know no name of it."""
    return import_module("winreg")
