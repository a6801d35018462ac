"""Which thread answers which request: a lane for health, one for each plugin, and the rest for everything else.

A plugin's lane takes half of the threads at most. What comes beyond waits outside of them while the plugin is quick;
once it is not, its requests are let through, to be refused. As `shopdb.server.wire`, this uses attributes of waitress
that it does not promise.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from shopdb.server.front import HEALTH

QUICK_SECONDS = 2.0
"""Who works on a plugin's request for longer keeps the others from waiting for it."""

LaneOf = Callable[[str], str]


class Lanes(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """The threads that answer, and one besides for health, which must not wait behind a slow database."""

    def __init__(self, threads: int, lane_of: LaneOf) -> None:
        """Start so many threads; ``lane_of`` tells by a path the plugin that answers it, "" where none does."""
        super().__init__()
        self._health = ThreadedTaskDispatcher()
        self._lane_of = lane_of
        self._most = max(1, threads // 2)
        self._lock = threading.Lock()
        self._begun: defaultdict[str, dict[_InLane, float]] = defaultdict(dict)
        self._waiting: defaultdict[str, deque[tuple[_InLane, float]]] = defaultdict(deque)
        self.set_thread_count(threads)

    def set_thread_count(self, count: int) -> None:
        """Have so many threads, and the one for health."""
        super().set_thread_count(count)
        self._health.set_thread_count(min(count, 1))

    def add_task(self, task: Any) -> None:
        """Have a request answered by whom it is for."""
        path = getattr(task.requests[0], "path", "")
        if path == HEALTH or path.startswith(f"{HEALTH}/"):
            self._health.add_task(task)
        elif lane := self._lane_of(path):
            self._add(_InLane(self, lane, task))
        else:
            super().add_task(task)

    def look(self) -> None:
        """Let those through who have waited for long enough; to be called each second."""
        now = time.monotonic()
        with self._lock:
            for lane, waiting in self._waiting.items():
                while waiting and now - waiting[0][1] > QUICK_SECONDS:
                    self._begin(lane, waiting.popleft()[0], now)

    def left(self, lane: str, task: _InLane) -> None:
        """Let the next one of a lane follow, whose request was answered."""
        with self._lock:
            self._begun[lane].pop(task, None)
            waiting = self._waiting[lane]
            if waiting and len(self._begun[lane]) < self._most:
                self._begin(lane, waiting.popleft()[0], time.monotonic())

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:  # noqa: FBT001, FBT002 waitress' own
        """End the threads; return whether all have ended and nothing waits any more."""
        done = super().shutdown(cancel_pending, timeout)
        with self._lock:
            for waiting in self._waiting.values():
                while waiting:
                    waiting.popleft()[0].cancel()
        return bool(self._health.shutdown(cancel_pending, timeout) and done)

    def _add(self, task: _InLane) -> None:
        now = time.monotonic()
        with self._lock:
            begun = self._begun[task.lane]
            if len(begun) < self._most or now - min(begun.values()) > QUICK_SECONDS:
                self._begin(task.lane, task, now)
            else:
                self._waiting[task.lane].append((task, now))

    def _begin(self, lane: str, task: _InLane, now: float) -> None:
        self._begun[lane][task] = now
        super().add_task(task)


class _InLane:
    """A request of one plugin's."""

    def __init__(self, lanes: Lanes, lane: str, task: Any) -> None:
        self.lane = lane
        self._lanes = lanes
        self._task = task

    def service(self) -> None:
        try:
            self._task.service()
        finally:
            self._lanes.left(self.lane, self)

    def cancel(self) -> None:
        self._task.cancel()
