"""One editor a kind: what a person types becomes a value, or a reason why not.

Belongs to the forms. A text that nobody touched stays the value that it was shown for, to the last second and
character.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Final

from textual.message import Message
from textual.widgets import Input, TextArea

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field
from shopdb.tui import cells
from shopdb.tui.widgets.choice import Answer, Choice

LONGEST_LINE: Final = 20_000  # characters; more than any column of a line keeps, so that nothing is cut unsaid
SEVERAL_LINES: Final = frozenset({Kind.LONG_TEXT, Kind.JSON})
SHAPES: Final = {
    Kind.DATE: "2026-01-31",
    Kind.MOMENT: "2026-01-31 14:00",
    Kind.IP: "10.20.0.7",
    Kind.MAC: "00:1a:2b:3c:4d:5e",
    Kind.POSITION: "120.5, 80",
}
"""What a value looks like where that is not plain."""


class Edited(Message):
    """A person changed what an editor holds."""


class LineEditor(Input):
    """Everything that fits on a line."""

    DEFAULT_CSS = """
    LineEditor { height: 1; border: none; padding: 0; background: $surface; }
    LineEditor:focus { border: none; background: $panel; }
    """

    def __init__(self, field: Field, value: Any, zone: tzinfo) -> None:
        """Hold ``value``; moments are typed in ``zone``."""
        super().__init__(
            cells.typed(value, field, zone),
            placeholder=SHAPES.get(field.kind, ""),
            max_length=LONGEST_LINE,
            select_on_focus=False,
        )
        self.cursor_blink = False
        self._field, self._zone = field, zone
        self._shown, self._shown_text = value, self.value
        self._told_text = self.value  # Textual tells of the first text, too

    @property
    def is_changed(self) -> bool:
        """Whether another text stands there."""
        return self.value != self._shown_text

    def read(self) -> Any:
        """The value of the text."""
        if not self.is_changed:
            return self._shown
        return cells.read(self.value, self._field, self._zone)

    def show(self, value: Any) -> None:
        """Hold another value."""
        self._shown = value
        with self.prevent(Input.Changed):
            self.value = self._shown_text = self._told_text = cells.typed(value, self._field, self._zone)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        if event.value != self._told_text:
            self._told_text = event.value
            self.post_message(Edited())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field: a scanner ends with enter."""
        event.stop()
        self.screen.focus_next()


class TextEditor(TextArea):
    """Several lines; tab leaves."""

    DEFAULT_CSS = """
    TextEditor {
        height: 4; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
        &:focus { border: none; background: $panel; }
    }
    """

    def __init__(self, field: Field, value: Any, zone: tzinfo) -> None:
        """Hold ``value``."""
        super().__init__(cells.typed(value, field, zone), tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False
        self._field, self._zone = field, zone
        self._shown, self._shown_text = value, self.text

    @property
    def is_changed(self) -> bool:
        """Whether another text stands there."""
        return self.text != self._shown_text

    def read(self) -> Any:
        """The value of the text."""
        if not self.is_changed:
            return self._shown
        return cells.read(self.text, self._field, self._zone)

    def show(self, value: Any) -> None:
        """Hold another value."""
        self._shown = value
        with self.prevent(TextArea.Changed):
            self.load_text(cells.typed(value, self._field, self._zone))
        self._shown_text = self.text

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(Edited())


class ChoiceEditor(Choice):
    """One of a few answers, or none of them."""

    def __init__(self, field: Field, value: Any, answers: Sequence[Answer]) -> None:
        """Hold ``value``, one of the ``answers``."""
        super().__init__(answers, _answer(value))
        self._field, self._shown = field, _answer(value)

    @property
    def is_changed(self) -> bool:
        """Whether another answer is chosen."""
        return self.value != self._shown

    def read(self) -> Any:
        """The value of the chosen answer."""
        if self._field.kind is Kind.FLAG:
            return None if self.value == "" else self.value == "yes"
        return self.value or None

    def show(self, value: Any) -> None:
        """Hold another value."""
        self.value = self._shown = _answer(value)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(Edited())


def choice_editor(field: Field, value: Any) -> ChoiceEditor:
    """Return the editor of a choice or flag; a flag that has an answer keeps one."""
    blank = Answer("", cells.NOTHING)
    if field.kind is Kind.FLAG:
        answers = [Answer("yes", "yes"), Answer("no", "no")]
        return ChoiceEditor(field, value, answers if value is not None else [blank, *answers])
    choices = dict.fromkeys((*field.choices, *([value] if value else [])))  # a value may be older than the choices
    return ChoiceEditor(field, value, [blank, *(Answer(one, one.replace("_", " ")) for one in choices)])


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
