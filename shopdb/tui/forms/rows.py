"""The lines of a form: label, editor, and what is wrong with what was typed.

Belongs to the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import tzinfo
from functools import partial
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import BLANK, Field
from shopdb.exceptions import ValueRefusedError
from shopdb.tui.forms.editors import SEVERAL_LINES, ChoiceEditor, LineEditor, TextEditor, choice_editor
from shopdb.tui.forms.links import LinkEditor, LinksEditor
from shopdb.tui.jobs import Jobs
from shopdb.tui.lookup import Match
from shopdb.tui.safety import content, cut

LABEL_CELLS: Final = 20
REQUIRED: Final = "is required"

Editor = LineEditor | TextEditor | ChoiceEditor | LinkEditor


@dataclass(frozen=True, slots=True)
class Tools:
    """What editors need beside their values: ``look_up(field, words)`` gives the records that a link could mean."""

    zone: tzinfo
    jobs: Jobs
    look_up: Callable[[Field, str], Sequence[Match]]


@dataclass(slots=True)
class Typed:
    """What a form holds: the values that a person gave, and by field what is no value."""

    values: dict[str, Any] = dataclass_field(default_factory=dict)
    problems: dict[str, Sequence[str]] = dataclass_field(default_factory=dict)


class FormRow(Vertical):
    """One field; where many records are edited it bears a box that must be ticked for the field to count."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "tick", "Tick")]
    DEFAULT_CSS = """
    FormRow {
        height: 1; color: $text-muted;
        &.-tall { height: auto; }
        & > * { margin-left: 20; }
        & > .row--problem { height: auto; color: $text-error; }
        & > .row--note { height: auto; }
        &:focus-within { color: $primary; }
    }
    """

    @dataclass
    class Entered(Message):
        """The keys now go into a field."""

        field: Field

    def __init__(self, field: Field, value: Any, tools: Tools, *, ticked: bool | None = None, note: str = "") -> None:
        """Begin with ``value``; ``ticked`` is None where there is nothing to tick."""
        self._is_tall = bool(note) or field.kind in SEVERAL_LINES | {Kind.LINKS}
        super().__init__(classes="-tall" if self._is_tall else "")
        self.field = field
        self.editor = _editor(field, value, tools)
        self._ticked = ticked
        self._note = note
        self._problem: Static | None = None  # made when there is one: a form of thirty fields must open at once

    def compose(self) -> ComposeResult:
        """Show the editor, and what there is to say of the field."""
        yield self.editor
        if self._note:
            yield Static(content(self._note), classes="row--note")

    def render(self) -> Content:
        """Draw the label, left of the editor."""
        box = "" if self._ticked is None else "[x] " if self._ticked else "[ ] "
        required = " *" if self.field.required and self._ticked is None else ""
        return content(cut(f"{box}{self.field.label}{required}", LABEL_CELLS - 1))

    @property
    def is_on(self) -> bool:
        """Whether the field counts: it is ticked, or a person made something else of its value."""
        if self._ticked is not None:
            return self._ticked
        try:
            return self.editor.is_changed
        except ValueRefusedError:
            return True

    def check(self) -> None:
        """Say what is wrong with what is typed, if anything is."""
        try:
            self.editor.read()
        except ValueRefusedError as refused:
            self.tell([refused.reason])
        else:
            self.tell([])

    def tell(self, reasons: Sequence[str]) -> None:
        """Show why the field is refused; no reasons take that away."""
        text = content("! " + "; ".join(reasons), lines=True)
        if self._problem is None and reasons:
            self._problem = Static(text, classes="row--problem")
            self.mount(self._problem)
        elif self._problem is not None:
            self._problem.display = bool(reasons)
            self._problem.update(text)
        self.set_class(self._is_tall or bool(reasons), "-tall")

    def enter(self) -> None:
        """Let the keys go into the field."""
        target = self.editor if self.editor.can_focus else self.editor.query(Input).first()
        target.focus()

    def on_edited(self) -> None:
        """Check as somebody types; what is edited counts."""
        if self._ticked is not None:
            self._ticked = True
            self.refresh()
        self.check()

    def on_descendant_focus(self) -> None:
        """Tell the form which field this is."""
        self.post_message(self.Entered(self.field))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to tick where there is a box."""
        del parameters
        return action != "tick" or self._ticked is not None

    def action_tick(self) -> None:
        """Tick the field, or take the tick off."""
        if self._ticked is not None:
            self._ticked = not self._ticked
            self.refresh()


class FieldForm(VerticalScroll, can_focus=False):
    """The fields of a record, one below the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]
    DEFAULT_CSS = """
    FieldForm { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    """

    def __init__(
        self,
        fields: Iterable[Field],
        values: Mapping[str, Any],
        tools: Tools,
        *,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Begin with ``values``; a field that has none is blank. With ``notes``, fields are ticked to count."""
        super().__init__()
        ticked = None if notes is None else False
        self._rows = {
            one.name: FormRow(one, values.get(one.name), tools, ticked=ticked, note=(notes or {}).get(one.name, ""))
            for one in fields
        }

    def compose(self) -> ComposeResult:
        """Show the fields."""
        yield from self._rows.values()

    @property
    def fields_on(self) -> list[Field]:
        """The fields that count: changed by a person, or ticked."""
        return [row.field for row in self._rows.values() if row.is_on]

    def read(self, names: Iterable[str]) -> Typed:
        """What these fields hold."""
        typed = Typed()
        for name in names:
            try:
                typed.values[name] = self._rows[name].editor.read()
            except ValueRefusedError as refused:
                typed.problems[name] = [refused.reason]
        return typed

    def missing(self) -> dict[str, Sequence[str]]:
        """The required fields that are blank."""
        typed = self.read(name for name, row in self._rows.items() if row.field.required)
        return {name: [REQUIRED] for name, value in typed.values.items() if value in BLANK}

    def rebase(self, values: Mapping[str, Any], *, keep: Collection[str]) -> None:
        """Begin again from other values, with what a person typed into the fields to ``keep``."""
        for name, row in self._rows.items():
            if name not in keep:
                row.editor.show(values.get(name))
                row.check()

    def tell(self, problems: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """Show each problem beside its field and go to the first; return those of fields that are not here."""
        for name, row in self._rows.items():
            row.tell(problems.get(name, ()))
        first = next((row for name, row in self._rows.items() if name in problems), None)
        if first is not None:
            first.enter()
        return {name: reasons for name, reasons in problems.items() if name not in self._rows}

    def enter(self) -> None:
        """Let the keys go into the first field."""
        first = next(iter(self._rows.values()), None)
        if first is not None:
            first.enter()


def _editor(field: Field, value: Any, tools: Tools) -> Editor:
    if field.kind in (Kind.CHOICE, Kind.FLAG):
        return choice_editor(field, value)
    if field.kind is Kind.LINK:
        return LinkEditor(field, value, tools.jobs, partial(tools.look_up, field))
    if field.kind is Kind.LINKS:
        return LinksEditor(field, value, tools.jobs, partial(tools.look_up, field))
    if field.kind in SEVERAL_LINES:
        return TextEditor(field, value, tools.zone)
    return LineEditor(field, value, tools.zone)
