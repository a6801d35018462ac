"""The list of areas at the left.

Belongs to the terminal. One widget draws all of it; it posts where somebody wants to go.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from shopdb.tui.desk import Area
from shopdb.tui.messages import AreaAsked
from shopdb.tui.safety import fit

WIDTH = 22
"""Cells, border included."""


class Navigation(ScrollView, can_focus=True):
    """Areas under their headings, with a cursor; the area that is open bears a mark."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next area", show=False),
        Binding("k,up", "move(-1)", "Previous area", show=False),
        Binding("g,home", "move(-999)", "First area", show=False),
        Binding("G,end", "move(999)", "Last area", show=False),
        Binding("enter", "open", "Go there"),
        Binding("l,right", "open", "Go there", show=False),
        Binding("escape", "leave", "Back to the area"),
        Binding("h,left", "leave", "Back to the area", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"navigation--cursor", "navigation--heading", "navigation--open"}
    DEFAULT_CSS = """
    Navigation {
        width: 22; height: 1fr; border: solid $border; border-title-color: $text-muted; background: transparent;
        scrollbar-size-vertical: 0; overflow-x: hidden;
        & > .navigation--heading { color: $text-muted; }
        & > .navigation--open { color: $text-primary; text-style: bold; }
        & > .navigation--cursor { background: $block-cursor-blurred-background; }
        &:focus { border: solid $primary; border-title-color: $text-primary; }
        &:focus > .navigation--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        &:nocolor > .navigation--cursor { text-style: reverse; }
    }
    """
    cursor = reactive(0)

    class Left(Message):
        """Somebody goes back to the area without going anywhere."""

    def __init__(self, areas: Sequence[Area], current: str) -> None:
        """`current` is the area that is open."""
        super().__init__()
        self.border_title = "Navigate"
        self._current = current
        self._lines: list[Area | str] = []
        section = ""
        for area in areas:
            if area.section != section:
                section = area.section
                self._lines.append(section)
            self._lines.append(area)
        self.cursor = next((at for at, line in enumerate(self._lines) if self._is_current(line)), 0)

    def relabel(self, areas: Sequence[Area]) -> None:
        """Show the areas by other labels; areas that were not there before come with the next screen."""
        labels = {area.name: area for area in areas}
        lines = [labels.get(line.name, line) if isinstance(line, Area) else line for line in self._lines]
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_mount(self) -> None:
        """Size the list and bring the open area into sight."""
        self.virtual_size = Size(WIDTH - 2, len(self._lines))
        self.call_after_refresh(self.watch_cursor)

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor over the areas, past headings."""
        places = [at for at, line in enumerate(self._lines) if isinstance(line, Area)]
        now = places.index(self.cursor) if self.cursor in places else 0
        self.cursor = places[max(0, min(now + by, len(places) - 1))]

    def action_open(self) -> None:
        """Ask for the area under the cursor."""
        line = self._lines[self.cursor]
        if isinstance(line, Area):
            self.post_message(AreaAsked(line.name))

    def action_leave(self) -> None:
        """Go back to the area."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Ask for the area that was clicked."""
        offset = event.get_content_offset(self)
        at = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= at < len(self._lines) and isinstance(self._lines[at], Area):
            self.cursor = at
            self.action_open()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        at = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if at >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[at]
        if isinstance(line, str):
            text, style = f"── {line} ", self._style("navigation--heading")
            return Strip([Segment(text.ljust(width, "─")[:width], style)])
        mark = ">" if at == self.cursor and self.has_focus else "▸" if self._is_current(line) else " "
        name = "navigation--cursor" if at == self.cursor else "navigation--open" if self._is_current(line) else ""
        return Strip([Segment(f"{mark} {fit(line.label, width - 2)}", self._style(name))])

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else self.rich_style

    def _is_current(self, line: Area | str) -> bool:
        return isinstance(line, Area) and line.name == self._current
