"""Whether what a screen shows may have changed since it was read.

Belongs to the terminal. The application reads the shop's state every two seconds and tells the screen in front; one
number of it grows with every change.
"""

from __future__ import annotations

from shopdb.tui.desk import Desk
from shopdb.tui.messages import StateRead

READINGS_A_MINUTE = 30
"""Ages ("2 min") grow without any change; once a minute everything is read anew for their sake."""


class News:
    """Compares each reading with the one that a screen began with."""

    def __init__(self, desk: Desk) -> None:
        """Begin with what was read last."""
        self._batch = _batch(desk.frame().state)
        self._readings = 0

    def brings(self, read: StateRead) -> bool:
        """Whether a reading is a reason to read what is shown anew; no reason while the database is away."""
        if read.state is None:
            self._batch = None
            return False
        self._readings += 1
        is_news = self._batch != read.state.last_batch or self._readings >= READINGS_A_MINUTE
        if is_news:
            self._batch, self._readings = read.state.last_batch, 0
        return is_news


def _batch(read: StateRead) -> int | None:
    return None if read.state is None else read.state.last_batch
