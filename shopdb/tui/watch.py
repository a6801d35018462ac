"""Looks at the shop again and again: is the database there, the server, what waits, what has changed.

Belongs to the terminal. It has a thread of its own, so that it goes on looking while every other waits for an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.message_pump import MessagePump

from shopdb.tui.jobs import Jobs
from shopdb.tui.messages import StateRead

SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_OF_SILENCE = 5.0
"""A look that takes longer counts as no answer; it is still waited for."""


class Watch:
    """Tells every reading to ``tell``; once the database falls silent, each of them says since when."""

    def __init__(
        self, owner: MessagePump, look: Callable[[], StateRead], tell: Callable[[StateRead], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """``look`` blocks and raises when the database does not answer; ``clock`` counts seconds."""
        self._jobs = Jobs(threads=1)
        self._slot = self._jobs.slot(owner)
        self._look, self._tell, self._clock = look, tell, clock
        self._asked_at = 0.0
        self.last = StateRead(None, "unknown")

    def look(self) -> None:
        """Look once; while an answer is outstanding, say no more than how long for."""
        if not self._slot.busy:
            self._asked_at = self._clock()
            self._slot.run(self._look, self._answered, lambda _error: self._silent())
        elif self._clock() - self._asked_at > SECONDS_OF_SILENCE:
            self._silent()

    def close(self) -> None:
        """Stop looking."""
        self._slot.cancel()
        self._jobs.close(0)

    def _answered(self, read: StateRead) -> None:
        self.last = read
        self._tell(read)

    def _silent(self) -> None:
        self.last = StateRead(None, self.last.server, self.last.away_since or self._asked_at)
        self._tell(self.last)
