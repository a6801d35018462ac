"""The shop cannot be opened: what, where, and what now."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from shopdb.tui.safety import content


class TroubleScreen(Screen[bool]):
    """Says why the shop is not open and answers True when it shall be tried again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,enter", "retry", "Try again"),
        Binding("q,ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, reason: str) -> None:
        """``reason`` is one or more lines."""
        super().__init__()
        self._reason = reason

    def compose(self) -> ComposeResult:
        """Show the reason and the keys."""
        with Vertical(classes="dialog"):
            yield Static(content("The shop cannot be opened"), classes="dialog--title")
            yield Static(content(self._reason, lines=True))
            yield Static(content("r tries again · q quits"), classes="dialog--help")

    def action_retry(self) -> None:
        """Answer that it shall be tried again."""
        self.dismiss(True)  # noqa: FBT003 the screen's typed answer
