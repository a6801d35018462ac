"""How the lines of a list look.

Belongs to the grid: a line is one stretch of text in one style, because that is cheap to paint and to send.
Drawn lines are kept, as moving about shows the same rows again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from shopdb.tui.rows import Column, Row
from shopdb.tui.safety import fit
from shopdb.tui.widgets.columns import MARKER, Columns, Sort

LINES_KEPT: Final = 500  # some screens
TONES: Final = frozenset({"muted", "success", "warning", "error"})
STYLES: Final = TONES | {"row", "header", "cursor", "marked"}


class Line(NamedTuple):
    """What a line shows: a row (None while it is on its way) and what a person did with it."""

    row: Row | None
    at_cursor: bool = False
    marked: bool = False

    @property
    def style(self) -> str:
        """One of STYLES."""
        if self.at_cursor:
            return "cursor"
        if self.marked:
            return "marked"
        if self.row is None:
            return "muted"
        return self.row.tone if self.row.tone in TONES else "row"


class Lines:
    """The lines of one list at one width."""

    def __init__(self, columns: Sequence[Column], width: int, style: Callable[[str], Style]) -> None:
        """Draw `columns` in `width` cells; `style` gives the look of each of STYLES."""
        self._columns = Columns(columns)
        self._style = style
        self._drawn: dict[Line, Strip] = {}
        self.width = width
        self._columns.resize(width)

    def headings(self, sort: Sort | None) -> Strip:
        """The labels of the columns."""
        return self._strip(self._columns.header(sort), "header")

    def row(self, line: Line) -> Strip:
        """The line of a row."""
        strip = self._drawn.get(line)
        if strip is None:
            if len(self._drawn) >= LINES_KEPT:
                self._drawn.clear()
            text = self._columns.line(line.row, at_cursor=line.at_cursor, marked=line.marked)
            strip = self._drawn[line] = self._strip(text, line.style)
        return strip

    def notice(self, text: str, *, bad: bool = False) -> Strip:
        """A line that says something in place of rows."""
        return self._strip(fit(" " * MARKER + text, self.width), "error" if bad else "muted")

    def column_at(self, x: int) -> Column | None:
        """The column drawn at cell `x`."""
        return self._columns.column_at(x)

    def measure(self, rows: Iterable[Row]) -> None:
        """Fit the columns to the texts of `rows`."""
        self._columns.measure(rows)
        self.forget()

    def resize(self, width: int) -> None:
        """Draw lines of `width` cells."""
        self.width = width
        self._columns.resize(width)
        self.forget()

    def pan(self, step: int) -> bool:
        """Show columns further right (left if negative); whether there were any."""
        panned = self._columns.pan(step)
        self.forget()
        return panned

    def forget(self) -> None:
        """Draw everything anew."""
        self._drawn.clear()

    def _strip(self, text: str, style: str) -> Strip:
        return Strip([Segment(text, self._style(style))], self.width)
