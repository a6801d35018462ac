"""Reads the rows of one list, newest need first.

Belongs to the terminal, between a grid and a `RowSource`: the first rows come first, because with them the
screen is useful; the order of all rows follows in the background, so that the scroll bar and jumps become
exact.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.message_pump import MessagePump

from shopdb.tui.jobs import Jobs
from shopdb.tui.rows import Row, RowSource
from shopdb.tui.window import Reading, Reread, Stretch, Vector, Window, reread


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a person is in a list: on `row` (None if it has not been read), with `height` lines to see."""

    row: Row | None
    position: int
    height: int


@dataclass(frozen=True, slots=True)
class Listener:
    """The grid, as its reader knows it; all are called in the thread of the keys."""

    cursor: Callable[[], Cursor]
    opened: Callable[[list[Row], int], None]  # the first rows of a new list, and where its cursor belongs
    changed: Callable[[int, range], None]  # positions have moved by so much; rows came at those positions
    failed: Callable[[Exception], None]


class Reader:
    """The rows of the list that a grid shows."""

    def __init__(self, owner: MessagePump, jobs: Jobs, listener: Listener) -> None:
        self._listener = listener
        self._order = jobs.slot(owner)
        self._rows = jobs.slot(owner)
        self._source: RowSource | None = None
        self._reading: Reading | None = None
        self._reloads_again = False
        self.window: Window | None = None  # None until the first rows of the first list are there
        self.counted = False  # whether the window's total is the number of all rows

    def open(self, source: RowSource, limit: int, at: int | None) -> None:
        """Read `source` from its first `limit` rows on; the cursor goes to the id `at`, or to the first row.

        The old list stays until the new one's first rows are there.
        """
        self._source = source
        self._reloads_again = False
        self._rows.cancel()
        first_rows = partial(source.after, None, limit)
        self._order.run(first_rows, partial(self._opened, source, limit, at), self._failed)

    def reload(self) -> None:
        """Read the list anew, keeping the cursor on its row; afterwards if it is being read just now."""
        if self._order.busy:
            self._reloads_again = True
        elif self._source is not None and self.window is not None:
            self._reloads_again = False
            cursor = self._listener.cursor()
            known = list(self.window.known)
            work = partial(reread, self._source, known, cursor.row, cursor.position, cursor.height)
            self._order.run(work, partial(self._reread, cursor.position), self._failed)

    def need(self, first: int, end: int, direction: int) -> None:
        """Have the rows from `first` up to `end` read, then those that lie ahead."""
        if self.window is None or (self._rows.busy and self._reading and self._reading.touches(first, end)):
            return
        reading = self.window.wanted(first, end, direction)
        if reading is not None:
            self._reading = reading
            self._rows.run(reading.read, partial(self._came, self.window, reading), self._failed)

    def close(self) -> None:
        """Ask for nothing more and drop what is on its way."""
        self._order.cancel()
        self._rows.cancel()

    def _opened(self, source: RowSource, limit: int, at: int | None, rows: list[Row]) -> None:
        ids = array("q", (row.id for row in rows))
        position = _index(ids, at) or 0
        self.counted = len(rows) < limit
        if self.counted:
            self.window = Vector(source, ids, rows, fresh=True)
        else:
            self.window = Stretch(source, rows)
            self._order.run(partial(_order, source), partial(self._ordered, source, at), self._failed)
        self._listener.opened(rows, position)
        self._reload_if_asked()

    def _ordered(self, source: RowSource, at: int | None, order: array[int] | int) -> None:
        """Take in the order of all rows, or their number if that is all there is to hold."""
        if self.window is None:
            return
        self.counted = True
        moved = 0
        if isinstance(order, int):
            self.window.total = max(order, self.window.total)
        else:
            cursor = self._listener.cursor()
            goal = at if cursor.row is None or (cursor.position == 0 and at is not None) else cursor.row.id
            found = _index(order, goal)
            moved = 0 if found is None else found - cursor.position
            self._replace(Vector(source, order, self.window.known, fresh=True))
        self._listener.changed(moved, range(self.window.total))
        self._reload_if_asked()

    def _reread(self, asked_at: int, reread: Reread) -> None:
        self.counted = True
        self._replace(reread.window)
        self._listener.changed(reread.position - asked_at, range(reread.window.total))
        self._reload_if_asked()

    def _came(self, window: Window, reading: Reading, rows: list[Row]) -> None:
        moved = window.take(reading, rows)
        if not rows and not reading.joins:
            self.reload()  # the list has become shorter than it was counted
        self._listener.changed(moved, range(reading.first, reading.end))

    def _replace(self, window: Window) -> None:
        self._rows.cancel()  # what is being read was named by the positions of the older window
        self.window = window

    def _reload_if_asked(self) -> None:
        if self._reloads_again:
            self.reload()

    def _failed(self, error: Exception) -> None:
        self._reloads_again = False
        self._listener.failed(error)


def _order(source: RowSource) -> array[int] | int:
    ids = source.ids()
    return source.count() if ids is None else ids


def _index(ids: array[int], identity: int | None) -> int | None:
    return ids.index(identity) if identity is not None and identity in ids else None
