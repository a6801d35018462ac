"""The list of records: a window onto rows that stay in the database.

Belongs to the terminal. The grid draws lines and answers keys; what it holds and reads next is decided in
window.py, how a line looks in lines.py. It knows rows and ids, no records, and opens nothing: keys that
mean more than moving are posted as messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from shopdb.tui.jobs import JobFailed, Jobs
from shopdb.tui.reader import Cursor, Listener, Reader
from shopdb.tui.rows import Column, Row, RowSource
from shopdb.tui.widgets.columns import Sort
from shopdb.tui.widgets.cursor_view import HEADER, CursorView
from shopdb.tui.widgets.lines import STYLES, Line, Lines

LEAST_ROWS = 100  # read at first: more than a screen, and all of most lists


class Grid(CursorView):
    """A list of rows with a cursor, marks and columns that are panned by key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,right", "pan(1)", "Columns to the right", show=False),
        Binding("h,left", "pan(-1)", "Columns to the left", show=False),
        Binding("space", "mark", "Mark", show=False),
        Binding("enter", "open", "Open", show=False),
        Binding("s", "sort", "Sort", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{style}" for style in STYLES}
    DEFAULT_CSS = """
    Grid {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .grid--header { color: $text-muted; text-style: bold; }
        & > .grid--row { color: $foreground; }
        & > .grid--cursor { background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground; }
        &:focus > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .grid--marked { color: $accent; text-style: bold; }
        & > .grid--muted { color: $text-muted; }
        & > .grid--success { color: $text-success; }
        & > .grid--warning { color: $text-warning; }
        & > .grid--error { color: $text-error; }
        &:nocolor > .grid--cursor { text-style: reverse; }
    }
    """

    @dataclass
    class Opened(Message):
        """Enter or a double click on a row."""

        grid: "Grid"
        row: Row

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row, or its row was read anew; None in an empty list."""

        grid: "Grid"
        row: Row | None

    @dataclass
    class Counted(Message):
        """The list is known to have `total` rows."""

        grid: "Grid"
        total: int

    @dataclass
    class Marked(Message):
        """Other rows are marked than before."""

        grid: "Grid"
        marks: frozenset[int]

    @dataclass
    class SortAsked(Message):
        """Somebody wants another order: by `column`, whose heading was clicked, or one yet to be chosen."""

        grid: "Grid"
        column: str | None

    def __init__(
        self,
        jobs: Jobs,
        columns: Sequence[Column],
        *,
        empty: str = "Nothing here.",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """A grid without rows yet; `empty` is what a list without any says."""
        super().__init__(id=id, classes=classes)
        self._lines = self._lines_of(columns)
        self._sort: Sort | None = None
        self.empty = empty
        self._failure = ""
        self._goes_last = False
        self._marks: set[int] = set()
        self._told: tuple[Row | None] | None = None  # None until a row has been told
        self._reader = Reader(self, jobs, Listener(self._cursor, self._opened, self._changed, self._failed))

    # -- what a screen asks and tells ----------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The row under the cursor, None while it has not been read or there is none."""
        return None if self._reader.window is None else self._reader.window.row(self._position)

    @property
    def count(self) -> int:
        """How many rows are known of so far."""
        return 0 if self._reader.window is None else self._reader.window.total

    @property
    def total(self) -> int | None:
        """How many rows the list has, None while that is not known."""
        window = self._reader.window
        return window.total if window is not None and self._reader.counted else None

    @property
    def marks(self) -> frozenset[int]:
        """The ids of the marked rows."""
        return frozenset(self._marks)

    def show(
        self,
        source: RowSource,
        *,
        columns: Sequence[Column] | None = None,
        sort: Sort | None = None,
        at: int | None = None,
    ) -> None:
        """Show another list, its cursor on the id `at` if it is among the first or the list is held whole.

        Marks are taken off: what is done to marked rows must not reach rows that are not in sight.
        """
        self._sort = sort
        self._goes_last = False
        if columns is not None:
            self._lines = self._lines_of(columns)
        self.unmark()
        self._reader.open(source, max(self.page, LEAST_ROWS), at)

    def reload(self) -> None:
        """Read the list anew without moving the cursor from its row."""
        self._reader.reload()

    def mark(self, ids: frozenset[int]) -> None:
        """Mark the rows of these ids."""
        if ids:
            self._marks |= ids
            self.refresh()
            self.post_message(self.Marked(self, self.marks))

    def unmark(self) -> None:
        """Take off all marks."""
        if self._marks:
            self._marks.clear()
            self.refresh()
            self.post_message(self.Marked(self, self.marks))

    # -- keys and mouse ------------------------------------------------------------------------------------

    def action_last(self) -> None:
        """Go to the last row; as soon as it is known which that is."""
        self._goes_last = not self._reader.counted
        super().action_last()

    def action_pan(self, by: int) -> None:
        """Show columns further right or left."""
        if self._lines.pan(by):
            self.refresh()

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off, and go on to the next row."""
        if self.row is not None:
            self._marks ^= {self.row.id}
            self.refresh_row(self._position)
            self.post_message(self.Marked(self, self.marks))
            self.action_move(1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.row is not None:
            self.post_message(self.Opened(self, self.row))

    def action_sort(self) -> None:
        """Ask for another order."""
        self.post_message(self.SortAsked(self, None))

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; open it on a double click; sort by a heading."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < HEADER:
            column = self._lines.column_at(offset.x)
            if column is not None:
                self.post_message(self.SortAsked(self, column.name))
            return
        position = self.top + offset.y - HEADER
        if position < self.count:
            self.go(position)
            if event.chain == 2:
                self.action_open()

    # -- rows that come ------------------------------------------------------------------------------------

    def moved(self) -> None:
        """Tell the row that the cursor has come to, and read what is to be seen."""
        self._tell_row()
        self._reader.need(self.top, self.top + self.page, self.direction)

    def _cursor(self) -> Cursor:
        return Cursor(self.row, self._position, self.page)

    def _tell_row(self) -> None:
        """Post the row under the cursor if it is another than was posted last."""
        told = (self.row,)
        if told != self._told and (self.row is not None or self.total == 0):
            self._told = told
            self.post_message(self.Highlighted(self, self.row))

    def _opened(self, rows: list[Row], position: int) -> None:
        self._failure = ""
        self._lines.measure(rows)
        self._position = 0
        self._told = None
        self.scroll_to(y=0, animate=False, force=True)
        self._changed(position, range(self.count))

    def _changed(self, moved: int, positions: range) -> None:
        seen = range(self.top, self.top + self.page)
        if self.virtual_size.height != self.count + HEADER:
            self.virtual_size = Size(0, self.count + HEADER)
        elif not moved and (positions.stop <= seen.start or seen.stop <= positions.start):
            self.moved()
            return
        self._failure = ""
        if self._reader.counted:
            self.post_message(self.Counted(self, self.count))
            if self._goes_last:
                self._goes_last, moved = False, self.count - 1 - self._position
        self.go(self._position + moved, top=self.top + moved)
        self.refresh()

    def _failed(self, error: Exception) -> None:
        if str(error) != self._failure:  # a list that is read every two seconds tells of one trouble once
            self._failure = str(error)
            self.post_message(JobFailed(error))
            self.refresh()

    def on_unmount(self) -> None:
        """Ask for nothing more."""
        self._reader.close()

    # -- drawing -------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is to be seen: the headings, then rows."""
        if self._lines.width != self.width:  # the scroll bar comes and goes without a resize
            self._lines.resize(self.width)
        position = self.top + y - HEADER
        window = self._reader.window
        if y < HEADER:
            return self._lines.headings(self._sort)
        if window is None and not self._failure:
            return self._lines.row(Line(None))
        if window is None or not window.total:
            text = self._failure or self.empty
            return self._lines.notice(text if y == HEADER else "", bad=bool(self._failure))
        if position >= window.total:
            return self._lines.notice("")
        row = window.row(position)
        marked = row is not None and row.id in self._marks
        return self._lines.row(Line(row, at_cursor=position == self._position, marked=marked))

    def _lines_of(self, columns: Sequence[Column]) -> Lines:
        return Lines(columns, self.width, lambda name: self.get_component_rich_style(f"grid--{name}"))

    def notify_style_update(self) -> None:
        """Forget lines drawn in other colours."""
        super().notify_style_update()
        self._lines.forget()
