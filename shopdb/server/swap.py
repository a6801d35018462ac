"""The application of the moment: another one takes its place between two requests, and none is lost or mixed up."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from shopdb.boot import Shop
from shopdb.plugins.registry import Registry
from shopdb.server.application import Application


class Generation:
    """An application with the shop it answers from, and how many are in it.

    ``loaded`` are all plugins that were loaded for it, also those that could not join the application. ``answering``
    are those that have endpoints of their own.
    """

    def __init__(self, app: Application, loaded: Registry) -> None:
        """Begin with nobody in it."""
        self.app = app
        self.loaded = loaded
        self.answering = frozenset(app.owners.values())
        self._lock = threading.Lock()
        self._inside = 0
        self._is_closed = False

    @property
    def shop(self) -> Shop:
        """The shop that it answers from."""
        return self.app.shop

    def enter(self) -> bool:
        """Count one more in; False once it is closed."""
        with self._lock:
            if self._is_closed:
                return False
            self._inside += 1
            return True

    def leave(self) -> None:
        """Count one less."""
        with self._lock:
            self._inside -= 1

    def close_if_empty(self) -> bool:
        """Let nobody in any more, if nobody is in; return whether it is closed."""
        with self._lock:
            self._is_closed = self._is_closed or self._inside == 0
            return self._is_closed

    def close(self) -> int:
        """Let nobody in any more; return how many are in still."""
        with self._lock:
            self._is_closed = True
            return self._inside


class Swap:
    """The WSGI callable of a server whose application can be exchanged."""

    def __init__(self, first: Generation) -> None:
        """Answer with the first generation."""
        self.current = first

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer one request wholly with one generation."""
        generation = self._entered()
        try:
            body = generation.app(environ, start_response)
        except BaseException:
            generation.leave()
            raise
        return _Answer(body, generation)

    def lane_of(self, path: str) -> str:
        """Return the plugin that may answer a path, because it has endpoints of its own there; "" if none does."""
        parts = path.split("/", 3)
        is_below = len(parts) == len(("", "api", "<plugin>", "...")) and parts[1] == "api"
        return parts[2] if is_below and parts[2] in self.current.answering else ""

    @contextmanager
    def held(self) -> Iterator[Shop]:
        """Give the shop of the moment, which stays whole while the block lasts."""
        generation = self._entered()
        try:
            yield generation.shop
        finally:
            generation.leave()

    def exchange(self, following: Generation) -> Generation:
        """Answer with the following generation from now on; return the former, in which requests may be still."""
        former, self.current = self.current, following
        return former

    def _entered(self) -> Generation:
        generation = self.current
        while not generation.enter():
            generation = self.current
        return generation


class _Answer:
    """The body of an answer, which is in its generation until it is closed."""

    def __init__(self, body: Any, generation: Generation) -> None:
        self._body = body
        self._generation = generation

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._generation.leave()
