"""How the columns of a list share the width of a line.

Belongs to the grid; draws nothing. The first column, which names the record, always stays; the others are
panned column by column, because a line that starts in the middle of a cell cannot be read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from shopdb.tui.rows import Column, Row
from shopdb.tui.safety import cut, fit

MARKER = 2  # cells: the cursor and the mark
GAP = " "
NARROWEST = 4  # cells of a column that is cut at the edge; less says nothing
WIDEST = 32  # cells of a column whose width is taken from its texts

CURSOR, MARK = ">", "*"
ASCENDING, DESCENDING = "▲", "▼"
MORE_LEFT, MORE_RIGHT = "«", "»"
UNREAD = "·"


@dataclass(frozen=True, slots=True)
class Sort:
    """The column that a list is sorted by."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    index: int  # of the column
    x: int
    width: int


class Columns:
    """The columns of one list, laid out for one width."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        # One cell at least: a column that takes none stands nowhere, and could not be panned to or pointed at.
        self._natural = [max(column.width, cell_len(column.label), 1) for column in columns]
        self._width = 0
        self._pan = 0
        self._places: list[_Place] = []
        self._rest = ""  # what follows the last column

    def measure(self, rows: Iterable[Row]) -> None:
        """Give columns without a width of their own as much as the texts of `rows` need."""
        for row in rows:
            for index, (column, text) in enumerate(zip(self._columns, row.cells, strict=False)):
                if not column.width:
                    self._natural[index] = max(self._natural[index], cell_len(cut(text, WIDEST)))
        self._lay_out()

    def resize(self, width: int) -> None:
        """Lay out lines of `width` cells."""
        self._width = width
        self._lay_out()

    def pan(self, step: int) -> bool:
        """Leave out `step` more columns after the first (fewer if negative); whether there were any."""
        pan = min(max(self._pan + step, 0), max(len(self._columns) - 2, 0))
        if pan == self._pan or (step > 0 and not self._has_more):
            return False
        self._pan = pan
        self._lay_out()
        return True

    def column_at(self, x: int) -> Column | None:
        """The column drawn at cell `x` of a line."""
        for place in self._places:
            if place.x <= x < place.x + place.width + len(GAP):
                return self._columns[place.index]
        return None

    def header(self, sort: Sort | None) -> str:
        """The line of labels, exactly as wide as the list."""
        line = (MORE_LEFT if self._pan else " ").ljust(MARKER)
        for place in self._places:
            column = self._columns[place.index]
            sorted_by = sort is not None and sort.column == column.name
            arrow = (DESCENDING if sort and sort.descending else ASCENDING) if sorted_by else ""
            if column.right:
                line += fit(column.label, place.width, right=True) + (arrow or GAP)
            else:
                line += fit(column.label + arrow, place.width + len(GAP))
        more = MORE_RIGHT if self._has_more else ""
        return set_cell_size(line, self._width - len(more)) + more

    def line(self, row: Row | None, *, at_cursor: bool, marked: bool) -> str:
        """The line of `row`, exactly as wide as the list; dots if it has not been read."""
        texts = [
            fit(
                UNREAD if row is None else row.cells[place.index],
                place.width,
                right=self._columns[place.index].right,
            )
            for place in self._places
        ]
        marker = (CURSOR if at_cursor else " ") + (MARK if marked else " ")
        return marker[: self._width] + GAP.join(texts) + self._rest

    @property
    def _has_more(self) -> bool:
        """Whether anything is left out or cut on the right."""
        if not self._places:
            return False
        last = self._places[-1]
        return last.index < len(self._columns) - 1 or last.width < self._natural[last.index]

    def _lay_out(self) -> None:
        self._places = []
        x = MARKER
        for index in (0, *range(1 + self._pan, len(self._columns))):
            room = self._width - x
            if index >= len(self._columns) or room < min(NARROWEST, self._natural[index]):
                break
            widest = self._widest_first() if index == 0 else room
            width = min(self._natural[index], widest, room)
            self._places.append(_Place(index, x, width))
            x += width + len(GAP)
        if self._places:
            self._places[-1] = self._at_the_edge(self._places[-1])
            x = self._places[-1].x + self._places[-1].width
        self._rest = " " * (self._width - x)

    def _widest_first(self) -> int:
        """Cells of the first column that leave room for another."""
        beside = self._width - MARKER - len(GAP) - NARROWEST
        return max(min(self._width * 2 // 3, beside), NARROWEST)

    def _at_the_edge(self, last: _Place) -> _Place:
        """The last column with what room there is: beside the mark that tells of more, and not for numbers."""
        room = self._width - last.x - (len(GAP + MORE_RIGHT) if self._has_more else 0)
        width = min(last.width, room) if self._columns[last.index].right else room
        return _Place(last.index, last.x, max(width, min(last.width, NARROWEST)))
