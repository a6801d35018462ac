"""A field with a few answers, on one line.

Belongs to the terminal. Textual's Select costs 16 ms each and opens a list; a form with twenty fields wants one
line each, answered by the arrow keys or by typing the beginning of an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from shopdb.tui.safety import cut, plain


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers: what is stored, and what a person reads."""

    value: str
    label: str


class Choice(Widget, can_focus=True):
    """One answer out of several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "Next answer", show=False),
        Binding("left", "step(-1)", "Previous answer", show=False),
        Binding("home", "step(-999)", "First answer", show=False),
        Binding("end", "step(999)", "Last answer", show=False),
        Binding("backspace", "forget", "Take back the last letter", show=False),
    ]
    DEFAULT_CSS = """
    Choice {
        height: 1;
        background: $surface;
        &:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
        &:focus:nocolor { text-style: reverse; }
    }
    """

    @dataclass
    class Changed(Message):
        """Another answer was chosen."""

        choice: "Choice"
        value: str

        @property
        def control(self) -> "Choice":
            """The field, for `@on(Choice.Changed, "#id")`."""
            return self.choice

    def __init__(
        self, answers: Sequence[Answer], value: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        """Start with the answer `value`, or with the first if there is no such answer."""
        super().__init__(id=id, classes=classes)
        self._answers = tuple(answers)
        self._index = 0
        self._typed = ""
        self.value = value

    @property
    def value(self) -> str:
        """What is stored for the chosen answer; empty if there are no answers at all."""
        return self._answers[self._index].value if self._answers else ""

    @value.setter
    def value(self, value: str) -> None:
        values = [answer.value for answer in self._answers]
        self._index = values.index(value) if value in values else 0
        self.refresh()

    def action_step(self, by: int) -> None:
        """Choose the answer `by` places further; the arrows go round, home and end do not."""
        self._typed = ""
        goal = self._index + by
        rounds = abs(by) == 1 and self._answers
        self._choose(goal % len(self._answers) if rounds else max(min(goal, len(self._answers) - 1), 0))

    def action_forget(self) -> None:
        """Take back the last letter that was typed."""
        self._typed = self._typed[:-1]
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Choose the answer that begins with what was typed, or else contains it."""
        if event.character is None or not event.is_printable or (event.character == " " and not self._typed):
            return
        wanted = (self._typed + event.character).casefold()
        labels = [answer.label.casefold() for answer in self._answers]
        found = [at for at, label in enumerate(labels) if label.startswith(wanted)]
        found += [at for at, label in enumerate(labels) if wanted in label]
        event.stop()
        event.prevent_default()
        if found:
            self._typed += event.character
            self._choose(found[0])

    def on_blur(self) -> None:
        """Begin the next word anew."""
        self._typed = ""

    def on_click(self) -> None:
        """Choose the next answer."""
        self.action_step(1)

    def render(self) -> Content:
        """Draw the answer between arrows, what was typed behind it, and which of how many it is."""
        if not self._answers:
            return Content("(nothing to choose from)")
        told = f" {self._index + 1}/{len(self._answers)}"
        typed = f" [{plain(self._typed)}]" if self._typed else ""
        room = max(self.size.width - len("< >") - 1 - len(told) - len(typed), 1)
        return Content(f"< {cut(self._answers[self._index].label, room)} >{typed}{told}")

    def _choose(self, index: int) -> None:
        changed = index != self._index and bool(self._answers)
        self._index = index if self._answers else 0
        self.refresh()
        if changed:
            self.post_message(self.Changed(self, self.value))
