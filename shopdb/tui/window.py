"""Which rows of a list are held in memory, and what to read next.

Belongs to the terminal. Two windows onto a `RowSource`: by the vector of all ids where that fits, otherwise
by a stretch of rows that grows by keyset. Neither draws or reads by itself: `wanted` names a reading that a
job does, `take` accepts what it brought.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Literal, Protocol

from shopdb.tui.rows import Row, RowSource

SCREENS_AHEAD = 2  # how far reading goes on in the direction of travel
ROWS_KEPT = 2000  # about 1 MB; a screen shows 20 to 60


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows to be read for the positions from `first` up to `end`."""

    first: int
    end: int
    read: Callable[[], list[Row]]
    joins: Literal["", "below", "above"] = ""  # which end of a stretch grows by it

    def touches(self, first: int, end: int) -> bool:
        """Whether any position from `first` up to `end` would be filled."""
        return self.first < end and first < self.end


class Window(Protocol):
    """Rows by position, as far as they have been read."""

    total: int

    @property
    def known(self) -> Iterable[Row]:
        """The rows held in memory."""

    def row(self, position: int) -> Row | None:
        """The row at `position`, None while it has not been read."""

    def wanted(self, first: int, end: int, direction: int) -> Reading | None:
        """What to read next while `first` up to `end` are on the screen; None if nothing is missing."""

    def take(self, reading: Reading, rows: list[Row]) -> int:
        """Keep what `reading` brought; by how much the positions of all rows have moved because of it."""


class Vector:
    """A window where the ids of all rows are known in order: every position is exact."""

    def __init__(self, source: RowSource, ids: array[int], known: Iterable[Row] = (), *, fresh: bool = False) -> None:
        """Show `ids`; rows `known` from before are shown until they have been read anew, unless `fresh`."""
        self.total = len(ids)
        self._ids = ids
        self._source = source
        self._rows: OrderedDict[int, Row] = OrderedDict((row.id, row) for row in known)
        self._read = set(self._rows) if fresh else set()

    @property
    def known(self) -> Iterable[Row]:
        """The rows held in memory."""
        return self._rows.values()

    def row(self, position: int) -> Row | None:
        """The row at `position`; an older reading of it while the newer is on its way."""
        return self._rows.get(self._ids[position]) if 0 <= position < self.total else None

    def wanted(self, first: int, end: int, direction: int) -> Reading | None:
        """The rows on the screen that have not been read, else those of the next screens."""
        screens = (end - first) * SCREENS_AHEAD
        ahead = (end, end + screens) if direction >= 0 else (first - screens, first)
        for low, high in ((first, end), ahead):
            positions = range(max(low, 0), min(high, self.total))
            missing = [position for position in positions if self._ids[position] not in self._read]
            if missing:
                ids = self._ids[missing[0] : missing[-1] + 1]
                return Reading(missing[0], missing[-1] + 1, partial(self._source.rows, ids))
        return None

    def take(self, reading: Reading, rows: list[Row]) -> int:
        """Keep `rows`; an id that brought none is gone and stays empty."""
        for identity in self._ids[reading.first : reading.end]:
            self._rows.pop(identity, None)
            self._read.add(identity)
        self._rows.update((row.id, row) for row in rows)
        while len(self._rows) > ROWS_KEPT:
            identity, _ = self._rows.popitem(last=False)
            self._read.discard(identity)
        return 0


class Stretch:
    """A window of consecutive rows that grows by keyset; positions are as exact as the last count."""

    def __init__(
        self, source: RowSource, rows: Iterable[Row], *, first: int = 0, begins: bool = True, total: int = 0
    ) -> None:
        """Hold `rows` at the positions from `first` on; of `total` rows, or at least as many as are held.

        `begins` says that no row comes before them.
        """
        self._rows = list(rows)
        self._first = first
        self._source = source
        self._begins = begins
        self._ends = False  # whether no row comes after those held
        self.total = max(total, self._end)

    @property
    def known(self) -> Iterable[Row]:
        """The rows held in memory."""
        return self._rows

    @property
    def _end(self) -> int:
        return self._first + len(self._rows)

    def row(self, position: int) -> Row | None:
        """The row at `position`, None outside of the stretch."""
        return self._rows[position - self._first] if self._first <= position < self._end else None

    def wanted(self, first: int, end: int, direction: int) -> Reading | None:
        """The rows on the screen if the stretch does not reach them, else those of the next screens."""
        end = min(end, self.total)
        screens = (end - first) * SCREENS_AHEAD
        missing_below, missing_above = end - self._end, self._first - first
        if not self._rows or missing_below > screens or missing_above > screens:
            return self._jump(first, end) if end > first else None
        wants_below = missing_below > (-screens if direction >= 0 else 0)
        wants_above = missing_above > (-screens if direction < 0 else 0)
        if wants_below and not self._ends:
            count = max(missing_below, 0) + screens
            read = partial(self._source.after, self._rows[-1], count)
            return Reading(self._end, self._end + count, read, joins="below")
        if wants_above and not self._begins:
            count = max(missing_above, 0) + screens
            read = partial(self._source.before, self._rows[0], count)
            return Reading(self._first - count, self._first, read, joins="above")
        return None

    def take(self, reading: Reading, rows: list[Row]) -> int:
        """Keep `rows`; positions move where rows were added or deleted since the last count."""
        short = len(rows) < reading.end - reading.first
        too_many = max(len(self._rows) + len(rows) - ROWS_KEPT, 0)
        if reading.joins == "above":
            self._rows = rows + self._rows[: len(self._rows) - too_many]
            self._first -= len(rows)
            self._begins, self._ends = short, self._ends and not too_many
        elif reading.joins == "below":
            self._rows = self._rows[too_many:] + rows
            self._first += too_many
            self._begins, self._ends = self._begins and not too_many, short
        else:
            self._rows, self._first = rows, reading.first
            self._begins, self._ends = reading.first == 0, short or reading.end == self.total
        self.total = self._end if self._ends else max(self.total, self._end)
        return self._begin_at_zero()

    def _jump(self, first: int, end: int) -> Reading:
        """A new stretch around the positions from `first` up to `end`; from an end of all if near."""
        height = end - first
        low, high = max(first - height, 0), min(end + height, self.total)
        if low == 0:
            return Reading(0, high, partial(self._source.after, None, high))
        if high == self.total:
            return Reading(low, high, partial(self._source.before, None, high - low))
        return Reading(low, high, partial(self._source.jump, low, high - low))

    def _begin_at_zero(self) -> int:
        """Number the rows so that the first of all has position 0; how far that moved them."""
        moved = -self._first if self._begins or self._first < 0 else 0
        self._first += moved
        self.total += moved
        return moved


@dataclass(frozen=True, slots=True)
class Reread:
    """A window read anew, and where in it the row is that the cursor was on."""

    window: Window
    position: int


def reread(source: RowSource, known: Iterable[Row], row: Row | None, position: int, height: int) -> Reread:
    """Read the order of `source` anew, keeping the cursor on `row`; blocks.

    `known` rows are shown until they have been read again. If `row` is gone the cursor stays at `position`.
    """
    ids = source.ids()
    if ids is not None:
        with suppress(ValueError):
            position = ids.index(row.id) if row is not None else position
        return Reread(Vector(source, ids, known), position)
    total = source.count()
    if row is None:
        return Reread(Stretch(source, (), total=total), position)
    reach = height * SCREENS_AHEAD
    above = source.before(row, reach)
    begins = len(above) < reach
    first = 0 if begins else max(position - len(above), 0)
    around = chain(above, source.rows([row.id]), source.after(row, reach))
    return Reread(Stretch(source, around, first=first, begins=begins, total=total), first + len(above))
