"""What the tried side tells: each step as it begins and ends, over a line that nothing of the plugin writes to."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

from shopdb.exceptions import OvertimeError, PluginError

LARGEST_DOCUMENT = 1024 * 1024
NO_CHILD = 2


class Account:
    """Tells the starter how a trial goes."""

    def __init__(self, line: int) -> None:
        """Write to this file descriptor."""
        self._line = line

    def step(self, title: str) -> Step:
        """Return a step to be told as it begins and ends."""
        return Step(self, title)

    def tell(self, document: Mapping[str, Any]) -> None:
        """Tell one object."""
        told = json.dumps(document).encode() + b"\n"
        while told:
            told = told[os.write(self._line, told) :]


class Step:
    """One thing that is tried, for as long as the block lasts; ``problems`` take what does not end it.

    A `PluginError` ends it and is among them; any other error, and `OvertimeError`, goes on from there.
    """

    def __init__(self, account: Account, title: str) -> None:
        """Tell it on this account."""
        self._account = account
        self._title = title
        self._began = 0.0
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        """Tell that it begins."""
        self._account.tell({"begins": self._title})
        self._began = time.monotonic()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Tell how it went."""
        if isinstance(error, PluginError):
            self.problems += error.problems
        seconds = round(time.monotonic() - self._began, 3)
        self._account.tell({"tried": self._title, "problems": self.problems, "seconds": seconds})
        return isinstance(error, PluginError) and not isinstance(error, OvertimeError)


def take_over_streams() -> tuple[Account, Any]:
    """Return the account and the document that the starter gave, and keep everybody else away from both.

    What is written to standard output goes to standard error from now on, and standard input is empty. This process
    ends when its starter does.
    """
    told, given = os.dup(1), os.dup(0)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a stream of the process
    document = _read_line(given)
    threading.Thread(target=_end_with_starter, args=(given,), name="end with starter", daemon=True).start()
    return Account(told), document


def _read_line(given: int) -> Any:
    read = bytearray()
    while not read.endswith(b"\n"):
        piece = os.read(given, 65536)
        if not piece or len(read) > LARGEST_DOCUMENT:
            sys.exit(NO_CHILD)  # it was started by hand, or its starter is gone
        read += piece
    return json.loads(read)


def _end_with_starter(given: int) -> None:
    while os.read(given, 1024):
        pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(NO_CHILD)
