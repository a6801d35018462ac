"""What can be done to records, wherever they are shown: made, edited, deleted, edited together.

Belongs to the terminal. Each deed asks what it must, does its work in a job, says what was done, and tells the part
of the screen that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from textual.widget import Widget

from shopdb.domain.listing import Record
from shopdb.domain.resource import Resource
from shopdb.services import bulk, records
from shopdb.services.removal import Removal, removal
from shopdb.store import records as stored
from shopdb.tui.desk import Desk, Written
from shopdb.tui.forms.bulk_form import BulkForm
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.lookup import Whole, whole
from shopdb.tui.messages import Done
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.pick import Pick

MOST_AT_ONCE = 500
"""Records that are edited or deleted together: more is a filter's and an import's business."""


@dataclass(frozen=True, slots=True)
class _Going:
    found: Whole
    means: Removal


class Deeds:
    """The deeds of one part of a screen, its ``owner``; each ends with ``done(id)``, None if no one is left."""

    def __init__(self, owner: Widget, desk: Desk, done: Callable[[int | None], None]) -> None:
        self._owner, self._desk, self._done = owner, desk, done
        self._slot = desk.jobs.slot(owner)

    def make(self, resource: Resource, values: Mapping[str, Any] | None = None) -> None:
        """Open an empty form; where a record can be several things, ask first which."""
        kinds = [resource, *self._desk.catalog.extensions(resource.name)]
        offered = [one for one in kinds if self._desk.may_change(one)]
        if len(offered) < 2:
            self._open(resource, None, values)
            return
        answers = [Answer(one.name, one.singular) for one in offered]

        def go(name: str | None) -> None:
            if name is not None:
                self._open(self._desk.catalog[name], None, values)

        self._owner.app.push_screen(Pick("What is it?", answers), go)

    def edit(self, resource: Resource, record_id: int) -> None:
        """Read a record and open its form."""
        work = partial(whole, resource=resource, record_id=record_id)
        self._slot.run(lambda: self._desk.read(work), lambda found: self._open(found.resource, found.record))

    def remove(self, resource: Resource, ids: Sequence[int]) -> None:
        """Delete records after a question that says what goes with them."""
        if len(ids) == 1:
            work = partial(_going, resource, ids[0])
            self._slot.run(lambda: self._desk.read(work), self._confirm_one)
        elif self._few_enough(ids):
            text = "Each goes with all that belongs to it. Their histories stay, and u brings everything back."
            question = Confirm(f"Delete {_counted(len(ids), resource)}?", text, yes="delete", no="keep")
            self._owner.app.push_screen(question, lambda yes: self._remove_each(resource, ids) if yes else None)

    def edit_together(self, resource: Resource, ids: Sequence[int]) -> None:
        """Open the form in which several records are given the same values."""
        if self._few_enough(ids):
            self._slot.run(
                lambda: self._desk.read(partial(stored.full_rows, resource=resource, ids=ids)),
                lambda found: self._push(BulkForm(self._desk, resource, found), self._bulk_done),
            )

    # -- forms ---------------------------------------------------------------------------------------------

    def _open(self, resource: Resource, record: Record | None, values: Mapping[str, Any] | None = None) -> None:
        if self._desk.may_change(resource):
            self._push(RecordForm(self._desk, resource, record, values), self._form_done)

    def _push(self, screen: Any, then: Callable[[Any], None]) -> None:
        """Open a screen, unless the person has gone elsewhere while its record was read."""
        if self._owner.screen.is_current:
            self._owner.app.push_screen(screen, then)

    def _form_done(self, record_id: int | None) -> None:
        if record_id is not None:
            self._done(record_id)

    def _bulk_done(self, saved: bool | None) -> None:  # noqa: FBT001 Textual's callback
        if saved:
            self._done(None)

    def _few_enough(self, ids: Sequence[int]) -> bool:
        if len(ids) > MOST_AT_ONCE:
            self._owner.app.notify(f"{len(ids)} records are marked; at most {MOST_AT_ONCE} are changed at once.")
        return len(ids) <= MOST_AT_ONCE

    # -- deleting ------------------------------------------------------------------------------------------

    def _confirm_one(self, going: _Going) -> None:
        resource, record = going.found.resource, going.found.record
        name = f"{resource.singular.lower()} {record.label}"
        if going.means.used_by:
            users = _listed(going.means.used_by)
            self._owner.app.notify(
                f"The {name} is still used by {users}; point those elsewhere first.", severity="warning"
            )
            return
        taken = _listed(going.means.takes)
        text = f"With it go {taken}. " if taken else ""
        question = Confirm(
            f"Delete {name}?", f"{text}Its history stays, and u brings everything back.", yes="delete", no="keep"
        )
        if self._owner.screen.is_current:
            self._owner.app.push_screen(question, lambda yes: self._remove_one(resource, record) if yes else None)

    def _remove_one(self, resource: Resource, record: Record) -> None:
        def work() -> Written[Record]:
            return self._desk.write(
                f"delete {record.label}",
                lambda session: records.remove(session, resource, record.id, version=record.version),
            )

        self._desk.jobs.run(self._owner, work, lambda written: self._removed(f"Deleted {record.label}", written))

    def _remove_each(self, resource: Resource, ids: Sequence[int]) -> None:
        def work() -> Written[bulk.BulkReport]:
            label = f"delete {_counted(len(ids), resource)}"
            return self._desk.write(label, lambda session: bulk.remove_each(session, resource, ids))

        def told(written: Written[bulk.BulkReport]) -> None:
            report = written.value
            text = f"Deleted {_counted(len(report.done), resource)}"
            if report.refused:
                text += f"; {len(report.refused)} stayed ({next(iter(report.refused.values()))})"
            self._removed(text, written)

        self._desk.jobs.run(self._owner, work, told)

    def _removed(self, text: str, written: Written[Any]) -> None:
        self._owner.app.post_message(Done(text, written.batch_id))
        self._done(None)


def _going(resource: Resource, record_id: int, session: Session) -> _Going:
    found = whole(session, resource, record_id)
    return _Going(found, removal(session, found.resource, record_id))


def _counted(count: int, resource: Resource) -> str:
    return f"1 {resource.singular.lower()}" if count == 1 else f"{count} {resource.title.lower()}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {title.lower()}" for title, count in counts.items())
