"""Asks which value shall stay where two people changed the same field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from shopdb.domain.merge import Clash
from shopdb.domain.resource import Field
from shopdb.tui import cells
from shopdb.tui.safety import content, cut, fit

Side = Literal["mine", "theirs"]
FIELD_CELLS = 16
LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One field that both sides changed."""

    field: Field
    clash: Clash


class Clashes(Widget, can_focus=True):
    """The questions as a table: what it was, mine, theirs; the chosen side bears a star."""

    DEFAULT_CSS = """
    Clashes { height: auto; max-height: 12; min-height: 2; }
    Clashes > .clashes--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    Clashes:nocolor > .clashes--cursor { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"clashes--cursor"}

    def __init__(self, questions: Sequence[Question], zone: tzinfo) -> None:
        """Begin without answers."""
        super().__init__()
        self._questions, self._zone = questions, zone
        self._cursor = 0
        self.answers: dict[str, Side] = {}

    @property
    def question(self) -> Question:
        """The question under the cursor."""
        return self._questions[self._cursor]

    def move(self, by: int) -> None:
        """Go to another question."""
        self._cursor = max(0, min(self._cursor + by, len(self._questions) - 1))
        self.refresh()

    def answer(self, side: Side, *, all_of_them: bool = False) -> None:
        """Choose a side here, then go to the next open question; or choose it everywhere."""
        for one in self._questions if all_of_them else [self.question]:
            self.answers[one.field.name] = side
        still_open = (at for at, one in enumerate(self._questions) if one.field.name not in self.answers)
        self._cursor = next(still_open, self._cursor)
        self.refresh(layout=True)

    def get_content_height(self, *_sizes: object) -> int:
        """A line of headings, and one for each question."""
        return len(self._questions) + 1

    def render(self) -> Content:
        """Draw the headings and the questions around the cursor."""
        width = max((self.size.width - FIELD_CELLS - 2) // 3 - 1, 8)
        height = max(self.size.height - 1, 1)
        first = max(0, self._cursor - height + 1)
        headings = (f"  {fit('', FIELD_CELLS)}", *(fit(told, width) for told in ("  IT WAS", "  MINE", "  THEIRS")))
        lines = [Content(" ".join(headings)).stylize("$text-muted")]
        for at, one in enumerate(self._questions[first : first + height], first):
            line = content(self._line(one, width, at_cursor=at == self._cursor))
            lines.append(line.stylize(self.get_visual_style("clashes--cursor")) if at == self._cursor else line)
        return Content("\n").join(lines)

    def _line(self, question: Question, width: int, *, at_cursor: bool) -> str:
        chosen = self.answers.get(question.field.name)
        told = [fit(f"  {cells.whole(question.clash.base, question.field, self._zone)}", width)]
        for side, value in (("mine", question.clash.mine), ("theirs", question.clash.theirs)):
            mark = "* " if chosen == side else "  "
            told.append(fit(mark + cells.whole(value, question.field, self._zone), width))
        return f"{'>' if at_cursor else ' '} {fit(question.field.label, FIELD_CELLS)} {' '.join(told)}"


class ConflictScreen(ModalScreen[Mapping[str, Side] | None]):
    """Answers with a side for each field, None if the person goes back to the form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m,left", "answer('mine')", "Mine"),
        Binding("t,right", "answer('theirs')", "Theirs"),
        Binding("M", "answer_all('mine')", "All mine", show=False),
        Binding("T", "answer_all('theirs')", "All theirs", show=False),
        Binding("j,down", "move(1)", "Next field", show=False),
        Binding("k,up", "move(-1)", "Previous field", show=False),
        Binding("enter,ctrl+s", "save", "Save"),
        Binding("escape", "dismiss(None)", "Back to the form"),
    ]
    DEFAULT_CSS = """
    ConflictScreen { align: center middle; }
    ConflictScreen > Vertical {
        width: 100%; max-width: 110; height: auto; max-height: 100%;
        padding: 0 1; background: $surface; border: solid $border;
        & > .conflict--title { text-style: bold; }
        & > Clashes { margin: 1 0; }
        & > #conflict--whole { height: auto; max-height: 6; color: $text-muted; }
        & > #conflict--keys { color: $text-primary; }
    }
    """

    def __init__(self, title: str, text: str, questions: Sequence[Question], zone: tzinfo) -> None:
        """``text`` says who saved what, and what fits together without a question."""
        super().__init__()
        self._title, self._text = title, text
        self._questions, self._zone = questions, zone

    def compose(self) -> ComposeResult:
        """Show the questions, the whole values of the one under the cursor, and the keys."""
        with Vertical():
            yield Static(content(self._title), classes="conflict--title")
            yield Static(content(self._text, lines=True))
            yield Clashes(self._questions, self._zone)
            yield Static(id="conflict--whole")
            yield Static(id="conflict--keys")

    def on_mount(self) -> None:
        """Begin with the first question."""
        self.query_one(Clashes).focus()
        self._tell()

    def action_move(self, by: int) -> None:
        """Go to another question."""
        self.query_one(Clashes).move(by)
        self._tell()

    def action_answer(self, side: Side) -> None:
        """Choose a side."""
        self.query_one(Clashes).answer(side)
        self._tell()

    def action_answer_all(self, side: Side) -> None:
        """Choose a side everywhere."""
        self.query_one(Clashes).answer(side, all_of_them=True)
        self._tell()

    def action_save(self) -> None:
        """Answer, once every question has one."""
        answers = self.query_one(Clashes).answers
        if len(answers) == len(self._questions):
            self.dismiss(dict(answers))
        else:
            self.app.bell()

    def _tell(self) -> None:
        table = self.query_one(Clashes)
        question = table.question
        values = (("it was", question.clash.base), ("mine", question.clash.mine), ("theirs", question.clash.theirs))
        told = [f"{name}: {cells.whole(value, question.field, self._zone)[:LONGEST_DETAIL]}" for name, value in values]
        self.query_one("#conflict--whole", Static).update(content("\n".join(told), lines=True))
        missing = len(self._questions) - len(table.answers)
        save = "enter saves" if not missing else f"{missing} to choose"
        keys = f"m mine · t theirs · M T all · {save} · esc back to the form"
        self.query_one("#conflict--keys", Static).update(content(cut(keys, max(self.size.width - 6, 40))))
