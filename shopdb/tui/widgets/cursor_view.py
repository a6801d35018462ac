"""A scrolled list of lines under a heading, with a cursor that is always in sight.

Belongs to the terminal. It moves about and knows nothing of what the lines show; a subclass says how many there
are, draws them, and hears of every move.
"""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.scroll_view import ScrollView

HEADER = 1  # line


class CursorView(ScrollView, can_focus=True):
    """Lines, a cursor, and the keys that move it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next row", show=False),
        Binding("k,up", "move(-1)", "Previous row", show=False),
        Binding("pagedown", "page(1)", "Next page", show=False),
        Binding("pageup", "page(-1)", "Previous page", show=False),
        Binding("g,home", "first", "First row", show=False),
        Binding("G,end", "last", "Last row", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._position = 0
        self.direction = 1  # of travel: 1 down, -1 up

    @property
    def count(self) -> int:
        """How many lines there are."""
        return 0

    def moved(self) -> None:
        """Hear that the cursor or what is to be seen has changed."""

    @property
    def position(self) -> int:
        """Where the cursor is, counted from 0."""
        return self._position

    @property
    def top(self) -> int:
        """The first line that is seen."""
        return self.scroll_offset.y

    @property
    def page(self) -> int:
        """How many lines are seen at a time."""
        return max(self.size.height - HEADER, 1)

    @property
    def width(self) -> int:
        """Cells of a line."""
        return self.size.width - self.scrollbar_size_vertical

    def action_move(self, by: int) -> None:
        """Move the cursor by lines."""
        self.go(self._position + by)

    def action_page(self, by: int) -> None:
        """Move the cursor and what is to be seen by pages."""
        self.go(self._position + by * self.page, top=self.top + by * self.page)

    def action_first(self) -> None:
        """Go to the first line."""
        self.go(0)

    def action_last(self) -> None:
        """Go to the last line."""
        self.go(self.count - 1)

    def go(self, position: int, *, top: int | None = None) -> None:
        """Put the cursor on `position`, or as near as there is; with `top` or as little scrolling as possible."""
        left, self._position = self._position, max(min(position, self.count - 1), 0)
        top = self.top if top is None else max(min(top, self.count - self.page), 0)
        top = max(min(top, self._position), self._position - self.page + 1)
        if top != self.top:
            self.scroll_to(y=top, animate=False, force=True)
        else:
            self.refresh_row(left)
            self.refresh_row(self._position)
        self.moved()

    def refresh_row(self, position: int) -> None:
        """Draw the line at `position` anew."""
        self.refresh(Region(0, position - self.top + HEADER, self.width, 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Keep the cursor in sight when the wheel or the scroll bar moves the list."""
        super().watch_scroll_y(old_value, new_value)
        self.direction = 1 if new_value > old_value else -1
        self._position = max(min(self._position, self.top + self.page - 1), self.top)
        self.moved()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.go(self._position)
