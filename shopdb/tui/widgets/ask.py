"""A question that is answered with one line of text.

Belongs to the terminal.
"""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from shopdb.tui.safety import content

LONGEST_ANSWER = 2000


class Ask(ModalScreen[str | None]):
    """Answers with what was typed, None if nobody answered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]
    DEFAULT_CSS = """
    Ask { align: center middle; }
    Ask > Vertical {
        width: 90%; max-width: 76; height: auto; max-height: 90%;
        padding: 1 2; background: $surface; border: solid $border;
        & > .ask--title { text-style: bold; margin-bottom: 1; }
        & > Input, & > Input:focus { height: 1; border: none; padding: 0; margin-top: 1; background: $panel; }
        & > .ask--refusal { color: $text-error; height: auto; }
        & > .ask--keys { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(
        self,
        title: str,
        text: str,
        *,
        value: str = "",
        yes: str = "goes on",
        refuse: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`text` says what is asked, `yes` what enter does; `refuse` tells what is wrong with an answer."""
        super().__init__()
        self._title, self._text, self._value, self._yes, self._refuse = title, text, value, yes, refuse

    def compose(self) -> ComposeResult:
        """Show the question, a line, and the keys."""
        with Vertical():
            yield Static(content(self._title), classes="ask--title")
            yield Static(content(self._text, lines=True))
            yield Input(self._value, max_length=LONGEST_ANSWER, select_on_focus=False)
            yield Static(classes="ask--refusal")
            yield Static(content(f"enter {self._yes} · esc back"), classes="ask--keys")

    def on_mount(self) -> None:
        """Be ready to type."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer, or say what is wrong with it."""
        event.stop()
        refusal = self._refuse(event.value)
        self.query_one(".ask--refusal", Static).update(content(refusal))
        if not refusal:
            self.dismiss(event.value)
