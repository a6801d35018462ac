"""A question with two answers, asked before something is lost.

Belongs to the terminal.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from shopdb.tui.safety import content


class Confirm(ModalScreen[bool]):
    """Answers True or False; enter alone never says yes to a loss."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]
    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical {
        width: 90%; max-width: 76; height: auto; max-height: 90%;
        padding: 1 2; background: $surface; border: solid $border;
        & > .confirm--title { text-style: bold; margin-bottom: 1; }
        & > .confirm--keys { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, title: str, text: str, *, yes: str = "Yes", no: str = "No") -> None:
        """`text` says what goes and whether it can come back; `yes` and `no` name the two deeds."""
        super().__init__()
        self._title, self._text, self._yes, self._no = title, text, yes, no

    def compose(self) -> ComposeResult:
        """Show the question and its keys."""
        with Vertical():
            yield Static(content(self._title), classes="confirm--title")
            yield Static(content(self._text, lines=True))
            yield Static(content(f"y {self._yes} · n or esc {self._no}"), classes="confirm--keys")

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 an action's argument
        """Give the answer."""
        self.dismiss(answer)
