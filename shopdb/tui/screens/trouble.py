"""The shop cannot be opened: what, where, and what now."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from shopdb.tui.safety import content

Answer = Literal["again", "safe"]


class TroubleScreen(Screen[Answer]):
    """Says why the shop is not open, and answers when it shall be tried again: as before, or without plugins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,enter", "retry('again')", "Try again"),
        Binding("s", "retry('safe')", "Start without plugins"),
        Binding("q,ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, reason: str, *, is_a_plugins: bool = False) -> None:
        """``reason`` is one or more lines; where it is a plugin's fault, the shop can be opened without plugins."""
        super().__init__()
        self._reason, self._is_a_plugins = reason, is_a_plugins

    def compose(self) -> ComposeResult:
        """Show the reason and the keys."""
        with Vertical(classes="dialog"):
            yield Static(content("The shop cannot be opened"), classes="dialog--title")
            yield Static(content(self._reason, lines=True))
            without = " · s starts without plugins" if self._is_a_plugins else ""
            yield Static(content(f"r tries again{without} · q quits"), classes="dialog--help")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to leave plugins out only where one of them is to blame."""
        return action != "retry" or parameters != ("safe",) or self._is_a_plugins

    def action_retry(self, answer: Answer) -> None:
        """Answer how it shall be tried again."""
        self.dismiss(answer)
