"""A question with a few named answers: what to sort by, what to make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from shopdb.tui.safety import content, cut
from shopdb.tui.widgets.choice import Answer

MOST_LINES = 14


class Answers(Widget):
    """Some answers and a cursor on one of them."""

    DEFAULT_CSS = """
    Answers { height: auto; max-height: 14; }
    Answers > .answers--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    Answers:nocolor > .answers--cursor { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"answers--cursor"}

    def __init__(self, answers: Sequence[Answer], at: int) -> None:
        """Begin on the answer at this place."""
        super().__init__()
        self._answers, self._cursor = answers, at

    @property
    def chosen(self) -> Answer | None:
        """The answer under the cursor."""
        return self._answers[self._cursor] if self._answers else None

    def show(self, answers: Sequence[Answer]) -> None:
        """Offer others."""
        self._answers, self._cursor = answers, 0
        self.refresh(layout=True)

    def move(self, by: int) -> None:
        """Go to another answer."""
        self._cursor = max(0, min(self._cursor + by, len(self._answers) - 1))
        self.refresh()

    def at(self, y: int) -> Answer | None:
        """The answer on a line of the widget."""
        index = self._first + y
        return self._answers[index] if 0 <= index < len(self._answers) else None

    def get_content_height(self, *_sizes: object) -> int:
        """A line for each answer, up to fourteen."""
        return max(min(len(self._answers), MOST_LINES), 1)

    @property
    def _first(self) -> int:
        return max(0, self._cursor - MOST_LINES + 1)

    def render(self) -> Content:
        """Draw the answers around the cursor."""
        if not self._answers:
            return Content("nothing of this name")
        lines = []
        for at, answer in enumerate(self._answers[self._first : self._first + MOST_LINES], self._first):
            line = content(cut(f"{'>' if at == self._cursor else ' '} {answer.label}", max(self.size.width, 10)))
            lines.append(line.stylize(self.get_visual_style("answers--cursor")) if at == self._cursor else line)
        return Content("\n").join(lines)


class Pick(ModalScreen[str | None]):
    """Answers with the value that was picked, None if none was. Typing narrows the answers down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Pick { align: center middle; }
    Pick > Vertical {
        width: 90%; max-width: 50; height: auto; padding: 0 1; background: $surface; border: solid $border;
        & > Input, & > Input:focus { height: 1; border: none; padding: 0; background: $panel; }
        & > #pick--keys { color: $text-muted; }
    }
    """

    def __init__(self, title: str, answers: Sequence[Answer], *, at: str = "") -> None:
        """Begin on the answer with the value ``at``."""
        super().__init__()
        self._title, self._answers = title, answers
        values = [answer.value for answer in answers]
        self._list = Answers(answers, values.index(at) if at in values else 0)

    def compose(self) -> ComposeResult:
        """Show the question, a line to narrow the answers down, and the answers."""
        with Vertical():
            yield Static(content(self._title))
            yield Input(placeholder="type to narrow", max_length=60)
            yield self._list
            yield Static(content("enter picks · esc back"), id="pick--keys")

    def on_mount(self) -> None:
        """Be ready to type."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer the answers that hold every word."""
        words = event.value.casefold().split()
        self._list.show([one for one in self._answers if all(word in one.label.casefold() for word in words)])

    def on_input_submitted(self) -> None:
        """Pick the answer under the cursor."""
        if self._list.chosen is not None:
            self.dismiss(self._list.chosen.value)

    def action_move(self, by: int) -> None:
        """Go to another answer."""
        self._list.move(by)

    def on_click(self, event: events.Click) -> None:
        """Pick the answer that was clicked."""
        answer = self._list.at(event.y) if event.widget is self._list else None
        if answer is not None:
            self.dismiss(answer.value)
