"""Whose the files of a site are: those that root writes belong to whom the others belong to."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from shopdb.exceptions import PlaceClosedError

ROOT: Final = 0


def hand_over(folder: Path, *paths: Path) -> None:
    """Give what root wrote below a folder to the folder's owner; nothing happens for anybody else, or elsewhere."""
    if sys.platform == "win32" or os.geteuid() != ROOT or not folder.exists():
        return
    owner = folder.stat()
    for path in paths:
        if not path.resolve().is_relative_to(folder.resolve()):
            continue
        # Whoever owns the folder may put a link to another's file in the way.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            is_one = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
            if is_one and (found.st_uid, found.st_gid) != (owner.st_uid, owner.st_gid):
                with suppress(PermissionError):  # a share may let nobody do it
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)
        finally:
            os.close(descriptor)


def check_open(home: Path, folder: Path, *, writing: bool = False) -> None:
    """Raise `PlaceClosedError` for a folder of a home, or a home, that this account may not read, or write."""
    for place in (home, folder):
        if os.path.lexists(place) and not os.access(place, os.R_OK | os.X_OK | (os.W_OK if writing else 0)):
            found = place.stat()
            fix = chown(home, place) if strangers(home, place) else ""
            raise PlaceClosedError(place, name_of(found.st_uid), stat.S_IMODE(found.st_mode), fix)


def strangers(home: Path, *paths: Path) -> tuple[Path, ...]:
    """Return those of the paths in a home that are there and belong to another account than the home.

    Nothing is strange in a home of root's: others work in it, with files of their own.
    """
    try:
        owner = home.stat().st_uid
        inside = [path for path in paths if path.resolve().is_relative_to(home.resolve())]
    except OSError:
        return ()
    return tuple(path for path in inside if owner != ROOT and _owner(path) not in (owner, None))


def name_of(uid: int) -> str:
    """Return the name of an account of this host, or its number where it has none."""
    if sys.platform == "win32":
        return str(uid)
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def chown(home: Path, *paths: Path) -> str:
    """Return the command by which root gives paths to the owner of a home."""
    found = home.stat()
    places = " ".join(shlex.quote(str(path)) for path in paths)
    return f"chown -R {name_of(found.st_uid)}:{_group_name(found.st_gid)} {places}"


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:  # not there, or not to be reached
        return None


def _group_name(gid: int) -> str:
    if sys.platform == "win32":
        return str(gid)
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
