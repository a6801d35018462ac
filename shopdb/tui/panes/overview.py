"""A record at a glance: its fields, where it stands and why, what collectors see otherwise.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from sqlalchemy.orm import Session
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from shopdb.domain.catalog import Catalog
from shopdb.domain.filters import Condition, Filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import BLANK, Field, Resource
from shopdb.services import records
from shopdb.services.drift import Drift, drift
from shopdb.store import records as stored
from shopdb.store.base import utc_now
from shopdb.store.positions import Position, resolve_asset_position
from shopdb.tui import cells
from shopdb.tui.desk import Desk, Written
from shopdb.tui.messages import Done, RecordAsked
from shopdb.tui.panes.pane import Pane
from shopdb.tui.panes.preview import ASSETS, position_in_words
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.pick import Pick
from shopdb.tui.widgets.sheet import Item, Section, Sheet

MOST_COUNTED: Final = 1000
TOLD_ELSEWHERE: Final = frozenset({"mapx", "mapy", "resource"})
"""The position is told with the rule that gave it, the kind of record beside its name."""
DRIFTED: Final = "drift"
SEVERAL: Final = "links"
"""What a line opens beside a resource's record: these two are followed by a field's name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one record; ``counts`` says by name how many records of each child resource it has."""

    record: Record
    position: Position | None
    drifts: Sequence[Drift]
    counts: Mapping[str, int]


def read_facts(resource: Resource, record_id: int, session: Session, *, catalog: Catalog) -> Facts:
    """Return what is known of a record; `RecordNotFoundError` if it is gone.

    The number of statements depends on the resource alone.
    """
    record = stored.get(session, resource, record_id)
    is_asset = (resource.extends or resource).name == ASSETS
    return Facts(
        record,
        resolve_asset_position(session, record_id) if is_asset else None,
        drift(session, resource, record) if is_asset else (),
        {child.name: _count(session, child, record) for child in catalog.children(resource.name)},
    )


def _count(session: Session, child: Resource, record: Record) -> int:
    mine = Filter((Condition(child.parent, "equals", (Ref(record.id),)),))
    return stored.count(session, child, ListQuery(mine), at_most=MOST_COUNTED)


class OverviewPane(Pane):
    """A record's fields; enter follows a link, `a` takes over what a collector saw."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "accept", "Accept what was seen")]

    @dataclass
    class Known(Message):
        """A record was read, or could not be."""

        facts: Facts | None
        error: Exception | None = None

    def __init__(self, desk: Desk, resource: Resource, record_id: int) -> None:
        """Show a record once it has been read."""
        super().__init__()
        self._desk, self._resource, self._record_id = desk, resource, record_id
        self._slot = desk.jobs.slot(self)
        self._facts: Facts | None = None
        self._sheet = Sheet()

    def compose(self) -> ComposeResult:
        """Show the fields."""
        yield self._sheet

    def on_mount(self) -> None:
        """Read for the first time."""
        self.reload()

    def reload(self) -> None:
        """Read the record anew."""
        work = partial(read_facts, self._resource, self._record_id, catalog=self._desk.catalog)
        self._slot.run(lambda: self._desk.read(work), self._show, self._failed)

    def enter(self) -> None:
        """Go to the fields."""
        self._sheet.focus()

    def _show(self, facts: Facts) -> None:
        self._facts = facts
        self._sheet.show(list(self._sections(facts)))
        self.refresh_bindings()
        self.post_message(self.Known(facts))

    def _failed(self, error: Exception) -> None:
        self.post_message(self.Known(None, error))

    # -- what is told --------------------------------------------------------------------------------------

    def _sections(self, facts: Facts) -> Iterator[Section]:
        if facts.drifts:
            yield Section("Collectors see it otherwise", [self._drifted(one) for one in facts.drifts])
        told = [field for field in self._resource.fields if field.name not in TOLD_ELSEWHERE]
        filled = [field for field in told if facts.record.values[field.name] not in BLANK]
        blank = [field.label for field in told if facts.record.values[field.name] in BLANK]
        items = [self._item(field, facts.record.values) for field in filled]
        if facts.position is not None:
            items.append(Item("Stands", position_in_words(facts.position)))
        yield Section("", items)
        if blank:
            yield Section("", [Item("Blank", ", ".join(blank), tone="muted")])

    def _item(self, field: Field, values: Mapping[str, Any]) -> Item:
        value = values[field.name]
        text = cells.whole(value, field, self._desk.zone)
        if field.kind is Kind.MOMENT:
            text += f"  ({cells.seen(values, field, utc_now()) if field.name == 'last_seen' else _age(value)})"
        opens = ""
        if isinstance(value, Ref) and field.target in self._desk.catalog:
            opens = f"{field.target} {value.id}"
        elif field.kind is Kind.LINKS:
            opens = f"{SEVERAL} {field.name}"
        return Item(field.label, text, opens)

    def _drifted(self, one: Drift) -> Item:
        typed, seen = (cells.whole(value, one.field, self._desk.zone) for value in (one.typed, one.seen))
        when = cells.age(one.seen_at, utc_now())
        text = f"{typed}, but {one.source} saw {seen} ({when}); a accepts it"
        return Item(one.field.label, text, f"{DRIFTED} {one.field.name}", "warning")

    # -- what can be done ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to accept only where something was seen otherwise."""
        del parameters
        if action != "accept":
            return True
        return self._desk.may_change(self._resource) and self._facts is not None and bool(self._facts.drifts)

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Follow a link."""
        message.stop()
        target, _, key = message.item.opens.partition(" ")
        if target == DRIFTED:
            self.action_accept()
        elif target == SEVERAL:
            self._follow(self._resource.field(key))
        elif target:
            self.post_message(RecordAsked(target, int(key)))

    def _follow(self, field: Field) -> None:
        """Go to the record that a field links to; ask which, if there are several."""
        refs = () if self._facts is None else self._facts.record.values[field.name]
        answers = [Answer(str(ref.id), ref.label) for ref in refs]

        def go(picked: str | None) -> None:
            if picked is not None:
                self.post_message(RecordAsked(field.target, int(picked)))

        if len(answers) == 1:
            go(answers[0].value)
        elif answers:
            self.app.push_screen(Pick(f"{field.label}: go to", answers), go)

    def action_accept(self) -> None:
        """Take over what a collector saw: the line under the cursor, or the only one."""
        facts = self._facts
        item = self._sheet.item
        if facts is None or item is None:
            return
        name = item.opens.removeprefix(f"{DRIFTED} ")
        chosen = [one for one in facts.drifts if one.field.name == name] or list(facts.drifts)
        if len(chosen) != 1:
            self.app.notify("Go to the line that you accept; there are several.")
            return
        (one,) = chosen
        work = partial(_accept, self._resource, facts.record, one)
        deed = f"accept {one.field.label.lower()} of {facts.record.label}"
        self._desk.jobs.run(self, lambda: self._desk.write(deed, work), self._accepted(one))

    def _accepted(self, one: Drift) -> Callable[[Written[Record]], None]:
        def tell(written: Written[Record]) -> None:
            self.app.post_message(Done(f"Accepted {one.field.label.lower()} as it was seen", written.batch_id))
            self.reload()

        return tell


def _accept(resource: Resource, record: Record, one: Drift, session: Session) -> Record:
    values = {one.field.name: one.seen}
    return records.change(session, resource, record.id, values, version=record.version, base=record.values)


def _age(value: Any) -> str:
    return cells.age(value, utc_now())
