"""The names of a record's tabs on one line.

Belongs to the terminal. Textual's own tabs cost three lines and an animation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from shopdb.tui.safety import cut

LONGEST_NAME = 24  # cells
MORE_LEFT, MORE_RIGHT = "« ", " »"


class TabLine(Widget):
    """Names, one of which is open; those that do not fit are left out at either end."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--open"}
    DEFAULT_CSS = """
    TabLine {
        height: 1; padding: 0 1; color: $text-muted;
        & > .tabs--open { color: $foreground; text-style: bold reverse; }
    }
    """

    @dataclass
    class Clicked(Message):
        """Somebody clicked a name."""

        index: int

    def __init__(self, names: Sequence[str]) -> None:
        """Begin with the first name open."""
        super().__init__()
        self._names = list(names)
        self._open = 0

    def open(self, index: int) -> None:
        """Show another name as open."""
        self._open = index
        self.refresh()

    def rename(self, index: int, name: str) -> None:
        """Call a tab otherwise."""
        if self._names[index] != name:
            self._names[index] = name
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Ask for the tab that was clicked."""
        offset = event.get_content_offset(self)
        x = cell_len(MORE_LEFT)
        for index in self._visible() if offset is not None else ():
            width = cell_len(self._shown(index))
            if offset is not None and x <= offset.x < x + width:
                self.post_message(self.Clicked(index))
            x += width

    def render(self) -> Content:
        """Draw as many names as fit around the open one."""
        visible = self._visible()
        style = self.get_visual_style("tabs--open")
        names = [
            Content(self._shown(index)).stylize(style) if index == self._open else Content(self._shown(index))
            for index in visible
        ]
        left = MORE_LEFT if visible.start > 0 else " " * len(MORE_LEFT)
        right = MORE_RIGHT if visible.stop < len(self._names) else ""
        return Content.assemble(left, *names, right)

    def _shown(self, index: int) -> str:
        name = cut(self._names[index], LONGEST_NAME)
        return f"[{name}]" if index == self._open else f" {name} "

    def _visible(self) -> range:
        room = self.size.width - cell_len(MORE_LEFT) - cell_len(MORE_RIGHT)
        first, end = self._open, self._open + 1
        used = cell_len(self._shown(self._open))
        while True:
            after = cell_len(self._shown(end)) if end < len(self._names) else room
            before = cell_len(self._shown(first - 1)) if first > 0 else room
            if used + after <= room:
                end, used = end + 1, used + after
            elif used + before <= room:
                first, used = first - 1, used + before
            else:
                return range(first, end)
