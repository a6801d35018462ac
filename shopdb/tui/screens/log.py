"""A long text, such as the log of what was done to a plugin, to be read."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from shopdb.tui.safety import content, cut

LONGEST_TEXT = 200_000  # characters; nobody reads more in a terminal


class LogScreen(ModalScreen[None]):
    """Shows a text under a title; there is nothing on it to lose."""

    IS_ABOVE_PLUGINS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "leave", "Back"),
        Binding("j,down", "scroll(1)", "Further down", show=False),
        Binding("k,up", "scroll(-1)", "Further up", show=False),
        Binding("pagedown,space", "page(1)", "Next page", show=False),
        Binding("pageup", "page(-1)", "Previous page", show=False),
        Binding("g,home", "edge(-1)", "Beginning", show=False),
        Binding("G,end", "edge(1)", "End", show=False),
    ]
    DEFAULT_CSS = """
    LogScreen { align: center middle; }
    LogScreen > Vertical {
        width: 95%; height: 90%; padding: 0 1; background: $surface; border: solid $border;
        & > #log--title { text-style: bold; height: 1; margin-bottom: 1; }
        & > VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
        & > #log--keys { color: $text-muted; height: 1; }
    }
    """

    def __init__(self, title: str, text: str) -> None:
        """Show this text, cut where nobody would read on."""
        super().__init__()
        self._title = title
        self._text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n..."

    def compose(self) -> ComposeResult:
        """Show the title, the text and the keys."""
        with Vertical():
            yield Static(content(cut(self._title, 200)), id="log--title")
            with VerticalScroll(can_focus=False):
                yield Static(content(self._text, lines=True))
            yield Static(content("esc back · j k and page up, page down scroll"), id="log--keys")

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Go on by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Go on by what is seen."""
        area = self.query_one(VerticalScroll)
        area.scroll_relative(y=direction * max(area.size.height - 1, 1), animate=False)

    def action_edge(self, direction: int) -> None:
        """Go to the beginning or the end."""
        area = self.query_one(VerticalScroll)
        area.scroll_end(animate=False) if direction > 0 else area.scroll_home(animate=False)
