"""One record as a form: made, changed, and merged with what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from shopdb.domain.listing import Record
from shopdb.domain.merge import Clash
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import ConflictError
from shopdb.services import records
from shopdb.services.history import HistoryEntry, history
from shopdb.store.base import utc_now
from shopdb.tui import cells
from shopdb.tui.desk import Desk, Written
from shopdb.tui.forms.conflict import ConflictScreen, Question, Side
from shopdb.tui.forms.rows import FieldForm, Tools
from shopdb.tui.forms.screen import FormScreen
from shopdb.tui.lookup import Match, matches
from shopdb.tui.messages import Done

MOST_MATCHES = 8


def tools_of(desk: Desk) -> Tools:
    """Return what the editors of a form at this desk need."""

    def look_up(field: Field, words: str) -> Sequence[Match]:
        target = desk.catalog[field.target]
        found: Sequence[Match] = desk.read(lambda session: matches(session, target, words, MOST_MATCHES))
        return found

    return Tools(desk.zone, desk.jobs, look_up)


class RecordForm(FormScreen[int]):
    """Answers with the id of the record that was saved."""

    HELP: ClassVar[str | None] = (
        "enter and the arrows go from field to field. A link is found by typing a part of its name. "
        "Nothing is lost when saving fails: mend what stands in red and save again."
    )

    def __init__(
        self,
        desk: Desk,
        resource: Resource,
        record: Record | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Edit a whole ``record``, or make a new one that begins with ``values``."""
        singular = resource.singular.lower()
        self._deed = f"new {singular}" if record is None else f"edit {singular} {record.label}"
        self._desk, self._resource, self._record = desk, resource, record
        self._given = dict(values or {})
        shown = self._given if record is None else record.values
        title = self._deed[:1].upper() + self._deed[1:]
        super().__init__(title, FieldForm(resource.edited_fields, shown, tools_of(desk)))

    def submit(self) -> None:
        """Save what was typed; problems are shown beside their fields."""
        typed = self.form.read(field.name for field in self.form.fields_on)
        problems = {**typed.problems, **self.form.missing()}
        self.form.tell(problems)
        self.tell_failure("")
        if problems:
            return
        self.is_saving = True
        values = {**self._given, **typed.values} if self._record is None else typed.values
        work = partial(self._desk.write, self._deed, partial(_saved, self._resource, self._record, values))
        self._desk.jobs.run(self, work, self._saved, self.not_saved)

    def _saved(self, written: Written[Record]) -> None:
        verb = "Created" if self._record is None else "Saved"
        self.app.post_message(Done(f"{verb} {written.value.label}", written.batch_id))
        self.dismiss(written.value.id)

    def not_saved(self, error: Exception) -> None:
        """Merge where somebody was faster; else say why nothing was saved."""
        super().not_saved(error)
        if isinstance(error, ConflictError) and isinstance(error.theirs, Record) and self._record is not None:
            self.tell_failure("")
            self._ask_who(error, self._record, error.theirs)

    # -- merging -------------------------------------------------------------------------------------------

    def _ask_who(self, conflict: ConflictError, base: Record, theirs: Record) -> None:
        """Find out who was faster, then let the person choose."""
        look = partial(history, resource=self._resource, record_id=base.id, limit=1)
        ask = partial(self._ask_sides, conflict, base, theirs)
        self._desk.jobs.run(self, lambda: self._desk.read(look), ask, lambda _error: ask([]))

    def _ask_sides(self, conflict: ConflictError, base: Record, theirs: Record, newest: Sequence[HistoryEntry]) -> None:
        clashes = {name: clash for name, clash in conflict.conflicts.items() if isinstance(clash, Clash)}
        if not clashes:  # faster by the blink of an eye: on top of theirs, all may fit together
            self._merged(theirs, {})
            return
        questions = [Question(self._resource.field(name), clash) for name, clash in clashes.items()]
        who = f"{newest[0].actor} ({cells.age(newest[0].made_at, utc_now())})" if newest else "somebody else"
        text = f"Saved by {who} while you edited it. {self._fitting(base, theirs, clashes)}"
        dialog = ConflictScreen(f"{base.label} was saved meanwhile", text, questions, self._desk.zone)
        self.app.push_screen(dialog, lambda sides: None if sides is None else self._merged(theirs, sides))

    def _fitting(self, base: Record, theirs: Record, clashes: Mapping[str, Clash]) -> str:
        """Say which changes of either side need no question."""
        mine = [field.label for field in self.form.fields_on if field.name not in clashes]
        others = [
            field.label
            for field in self._resource.edited_fields
            if field.name not in clashes and theirs.values.get(field.name) != base.values.get(field.name)
        ]
        parts = [f"{whose}: {', '.join(labels)}" for whose, labels in (("yours", mine), ("theirs", others)) if labels]
        return f"These changes fit together ({'; '.join(parts)})." if parts else ""

    def _merged(self, theirs: Record, sides: Mapping[str, Side]) -> None:
        """Go on from their record, with my values where I chose them, and save."""
        mine = {field.name for field in self.form.fields_on if sides.get(field.name) != "theirs"}
        self.form.rebase(theirs.values, keep=mine)
        self._record = theirs
        self.submit()


def _saved(resource: Resource, record: Record | None, values: Mapping[str, Any], session: Session) -> Record:
    if record is None:
        return records.create(session, resource, values)
    return records.change(session, resource, record.id, values, version=record.version, base=record.values)
