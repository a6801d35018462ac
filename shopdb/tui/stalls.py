"""Gets the terminal out of a plugin's code that does not come back, so that keys are answered again.

Belongs to the terminal. Screens run in the one thread that also answers keys: a screen that sleeps or computes there
freezes everything. A thread beside it asks again and again whether it is still there; where it is stuck in a plugin,
a signal interrupts it. Windows has no such signal: there a frozen screen has to be waited for.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from types import FrameType

from shopdb.plugins.importing import plugin_in

TICK_SECONDS = 1.0
STALL_SECONDS = 10.0
SIGNAL = getattr(signal, "SIGURG", None)
"""A signal that nobody else sends, and that does nothing where nobody listens."""


class ScreenStuck(BaseException):
    """The code of a plugin kept everybody waiting; no ``except Exception`` of its own keeps this from its caller."""

    def __init__(self, plugin: str, seconds: float) -> None:
        """Say whose, and how long."""
        super().__init__(f"{plugin} kept the terminal from answering keys for {seconds:.0f} s and was interrupted")


class Stalls:
    """Watches the thread in which it was made, until `end`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, tick: float = TICK_SECONDS, most: float = STALL_SECONDS
    ) -> None:
        """Watch a loop of the main thread; elsewhere nobody can be interrupted."""
        self._loop, self._tick, self._most = loop, tick, most
        self._answered, self._ended = threading.Event(), threading.Event()
        self._thread = threading.get_ident()
        if SIGNAL is None or threading.current_thread() is not threading.main_thread():
            return
        self._former = signal.signal(SIGNAL, self._interrupted)
        self._answered.set()
        threading.Thread(target=self._watch, name="shopdb-stalls", daemon=True).start()

    def end(self) -> None:
        """Watch no longer."""
        if not self._ended.is_set() and SIGNAL is not None and threading.get_ident() == self._thread:
            self._ended.set()
            if hasattr(self, "_former"):
                signal.signal(SIGNAL, self._former)

    def _watch(self) -> None:
        missed = 0  # ticks, not seconds: a program that was stopped for an hour has missed one
        while not self._ended.wait(self._tick):
            if self._answered.is_set():
                missed = 0
                self._answered.clear()
                try:
                    self._loop.call_soon_threadsafe(self._answered.set)
                except RuntimeError:  # the loop is closed
                    return
                continue
            missed += 1
            if missed * self._tick >= self._most and plugin_of(sys._current_frames().get(self._thread)):  # noqa: SLF001 the only way to see what a thread runs
                signal.pthread_kill(self._thread, SIGNAL)  # type: ignore[arg-type]  # there is one, or nobody watches

    def _interrupted(self, _number: int, frame: FrameType | None) -> None:
        # By now it may have come back by itself.
        plugin = "" if self._answered.is_set() else plugin_of(frame)
        if plugin:
            raise ScreenStuck(plugin, self._most)


def plugin_of(frame: FrameType | None) -> str:
    """Return the plugin whose code is among what a thread runs, "" if it is none's."""
    while frame is not None:
        if plugin := plugin_in(str(frame.f_globals.get("__name__", ""))):
            return plugin
        frame = frame.f_back
    return ""
