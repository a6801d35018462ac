"""Several records as one form: a field is off until it is ticked, and one batch changes them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any, ClassVar, Final

from shopdb.domain.listing import Record
from shopdb.domain.resource import Field, Resource
from shopdb.services.bulk import BulkReport, change_each
from shopdb.tui import cells
from shopdb.tui.desk import Desk, Written
from shopdb.tui.forms.record_form import tools_of
from shopdb.tui.forms.rows import FieldForm
from shopdb.tui.forms.screen import FormScreen
from shopdb.tui.messages import Done
from shopdb.tui.safety import cut

LONGEST_TITLE: Final = 300  # cells
MOST_TOLD: Final = 3
"""Different values of a field, or refused records, that are told one by one."""


class BulkForm(FormScreen[bool]):
    """Answers True once the records were changed."""

    HELP: ClassVar[str | None] = (
        "Only ticked fields are changed, in all of the records. Typing ticks a field; ctrl+t ticks it "
        "as it stands (to make it blank everywhere) or takes the tick off. One u takes everything back."
    )

    def __init__(self, desk: Desk, resource: Resource, records: Sequence[Record]) -> None:
        """Edit whole ``records`` together."""
        self._desk, self._resource, self._records = desk, resource, records
        self._counted = f"{len(records)} {resource.title.lower()}"
        values, notes = _common(resource.edited_fields, records, desk.zone)
        named = ", ".join(record.label for record in records)
        form = FieldForm(resource.edited_fields, values, tools_of(desk), notes=notes)
        super().__init__(cut(f"Edit {self._counted}: {named}", LONGEST_TITLE), form)

    def submit(self) -> None:
        """Change the ticked fields of all records."""
        typed = self.form.read(field.name for field in self.form.fields_on)
        self.form.tell(typed.problems)
        if typed.problems:
            return
        if not typed.values:
            self.tell_failure("No field is ticked: nothing would be changed.")
            return
        self.is_saving = True
        ids = [record.id for record in self._records]
        work = partial(change_each, resource=self._resource, ids=ids, values=typed.values)
        deed = f"edit {self._counted}"
        self._desk.jobs.run(self, partial(self._desk.write, deed, work), self._saved, self.not_saved)

    def _saved(self, written: Written[BulkReport]) -> None:
        report = written.value
        text = f"Changed {len(report.done)} of {self._counted}"
        if report.refused:
            labels = {record.id: record.label for record in self._records}
            reasons = [f"{labels[one]}: {reason}" for one, reason in report.refused.items()]
            more = [f"and {len(reasons) - MOST_TOLD} more"] if len(reasons) > MOST_TOLD else []
            self.app.notify("\n".join((*reasons[:MOST_TOLD], *more)), title="Left as they were", severity="warning")
        self.app.post_message(Done(text, written.batch_id))
        self.dismiss(True)  # noqa: FBT003 the screen's typed answer


def _common(
    fields: Sequence[Field], records: Sequence[Record], zone: tzinfo
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return the values that all records share, and by field which values there are where they differ."""
    values: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for field in fields:
        counted = Counter(cells.whole(record.values[field.name], field, zone) for record in records)
        if len(counted) == 1:
            values[field.name] = records[0].values[field.name]
        else:
            told_of = [f"{cut(text, 24)} ({count})" for text, count in counted.most_common(MOST_TOLD)]
            more = " ..." if len(counted) > MOST_TOLD else ""
            notes[field.name] = f"mixed: {', '.join(told_of)}{more}"
    return values, notes
