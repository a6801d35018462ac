"""What is seen before anybody is signed in, and where the program falls back to when an area fails."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from shopdb.tui.safety import content


class DoorScreen(Screen[None]):
    """A few words and nothing that could fail; it is the first frame, so it imports nothing heavy."""

    def __init__(self, text: str = "shopdb\n\nOpening the shop ...") -> None:
        """Begin with this text."""
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Show the text."""
        yield Static(content(self._text, lines=True), id="door")

    def say(self, text: str) -> None:
        """Show other words."""
        self._text = text
        self.query_one("#door", Static).update(content(text, lines=True))
