"""Who is inside of a plugin's code, since when, and what has failed there.

A request that is answered by core is no visit; it costs nothing here.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shopdb.exceptions import PluginBusyError

ROUTE_SECONDS = 60.0
"""An endpoint that takes longer will never answer."""
HOOK_SECONDS = 10.0
"""What a plugin does before or after everybody's requests has less time."""
SLOW_SECONDS = 2.0
"""Whoever is inside for longer keeps a thread from its work, which another one does meanwhile."""
FAILURES = 10
FAILING_SECONDS = 300.0
"""So many unexpected failures within so many seconds are worth telling an admin."""


@dataclass(eq=False, slots=True)
class Visit:
    """One request in a plugin's code; ``thread`` is the ident of the thread that works on it."""

    plugin: str
    doing: str
    is_beside: bool
    thread: int
    since: float
    is_given_up: bool = False

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return HOOK_SECONDS if self.is_beside else ROUTE_SECONDS


@dataclass(frozen=True, slots=True)
class Failing:
    """A plugin that fails again and again, and how it failed last."""

    plugin: str
    times: int
    last: str


class Visits:
    """The visits to all plugins of one process; a plugin takes at most half of the threads."""

    def __init__(self, threads: int) -> None:
        """Count on so many threads that answer."""
        self._most = max(1, threads // 2)
        self._lock = threading.Lock()
        self._inside: list[Visit] = []
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._failing: list[Failing] = []

    def enter(self, plugin: str, doing: str) -> Visit:
        """Begin a visit of this thread; raises `PluginBusyError` while all of the plugin's places are taken."""
        with self._lock:
            if len(self._of(plugin)) >= self._most:
                raise PluginBusyError(plugin)
            return self._begin(plugin, doing, is_beside=False)

    def leave(self, visit: Visit) -> None:
        """End a visit."""
        with self._lock:
            self._inside.remove(visit)

    @contextmanager
    def inside(self, plugin: str, doing: str) -> Iterator[None]:
        """Be inside of the plugin while the block lasts, beside whatever this thread does.

        Raises `PluginBusyError` while half of all threads are held up by it.
        """
        thread = threading.get_ident()
        with self._lock:
            there = self._of(plugin)
            is_there = any(one.thread == thread for one in there)
            slow = time.monotonic() - SLOW_SECONDS
            if not is_there and sum(one.since < slow for one in there) >= self._most:
                raise PluginBusyError(plugin)
            visit = None if is_there else self._begin(plugin, doing, is_beside=True)
        try:
            yield
        finally:
            if visit is not None:
                self.leave(visit)

    def overdue(self) -> tuple[Visit, ...]:
        """Return the visits that have taken longer than they may and were not given up yet."""
        now = time.monotonic()
        with self._lock:
            return tuple(one for one in self._inside if not one.is_given_up and now - one.since > one.seconds)

    def give_up(self, visit: Visit) -> None:
        """Count no more on the end of a visit: it takes no place any longer."""
        with self._lock:
            visit.is_given_up = True

    def slow(self) -> frozenset[int]:
        """Return the idents of the threads that have been inside for longer than two seconds, or were given up."""
        slow = time.monotonic() - SLOW_SECONDS
        with self._lock:
            return frozenset(one.thread for one in self._inside if one.is_given_up or one.since < slow)

    def given_up(self) -> frozenset[int]:
        """Return the idents of the threads of those visits that were given up and have not ended."""
        with self._lock:
            return frozenset(one.thread for one in self._inside if one.is_given_up)

    def failed(self, plugin: str, told: str) -> bool:
        """Note that a plugin's code failed in a way that nobody expects; return whether it had not done so of late."""
        now = time.monotonic()
        with self._lock:
            times = self._failures[plugin]
            times.append(now)
            while now - times[0] > FAILING_SECONDS:
                times.popleft()
            if len(times) >= FAILURES:
                self._failing.append(Failing(plugin, len(times), told))
                times.clear()
                return False
            return len(times) == 1

    def failing(self) -> tuple[Failing, ...]:
        """Return the plugins that fail again and again, each time once."""
        with self._lock:
            told, self._failing = tuple(self._failing), []
        return told

    def _of(self, plugin: str) -> list[Visit]:
        return [one for one in self._inside if one.plugin == plugin and not one.is_given_up]

    def _begin(self, plugin: str, doing: str, *, is_beside: bool) -> Visit:
        visit = Visit(plugin, doing, is_beside, threading.get_ident(), time.monotonic())
        self._inside.append(visit)
        return visit
