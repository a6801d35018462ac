"""What of a plugin goes on when everything of it has returned: threads and processes."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from shopdb.authoring.attempts import Attempts
from shopdb.lifecycle.leftovers import MARK, command_of, leftovers
from shopdb.plugins.rules import fault

GRACE_SECONDS = 0.5
LOOK_SECONDS = 0.02


class ThreadWatch:
    """Knows which threads a plugin's code has started, from the moment it is made."""

    def __init__(self, attempts: Attempts) -> None:
        """Begin to take note."""
        self._attempts = attempts
        self._started: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self._start = threading.Thread.start
        self._ours = {thread.ident for thread in threading.enumerate()}
        watch = self

        def start(self: threading.Thread) -> None:
            where = watch._attempts.standing(sys._getframe(1))  # noqa: SLF001 there is no other way
            if where:
                watch._started[self] = where
            watch._start(self)

        threading.Thread.start = start  # type: ignore[method-assign]  # for this process, which ends with the trial

    def problems(self) -> Iterator[str]:
        """Yield a fault for each thread that still runs, after a moment's grace."""
        give_up = time.monotonic() + GRACE_SECONDS
        while (alive := self._alive()) and time.monotonic() < give_up:
            time.sleep(LOOK_SECONDS)
        for told in alive:
            yield fault("P091", told)

    def _alive(self) -> list[str]:
        told = [
            f"the thread {thread.name!r} goes on; it was started by the plugin{where}"
            for thread, where in list(self._started.items())
            if thread.is_alive()
        ]
        known = {thread.ident for thread in threading.enumerate()} | self._ours
        for ident, frame in sys._current_frames().items():  # noqa: SLF001 as above
            if ident not in known and (where := self._attempts.standing(frame)):
                told.append(f"a thread without a name goes on{where}")
        return told


def process_problems(since: float) -> Iterator[str]:
    """Yield a fault for each process that was started since a moment and still runs; whoever started us ends it."""
    for process in leftovers(os.environ.get(MARK, ""), os.getpid(), since):
        yield fault("P092", f"{command_of(process)} goes on")
