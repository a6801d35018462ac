"""What a screen asks of its parts."""

from __future__ import annotations

from textual.containers import Vertical


class Pane(Vertical):
    """One part of a screen, which shows what it has read."""

    DEFAULT_CSS = """
    Pane { height: 1fr; }
    """

    def reload(self) -> None:
        """Read anew what is shown; where a person is stays as it is."""

    def enter(self) -> None:
        """Let the keys go to where something can be done."""
