"""What a record has to do with others: its relations in both directions, and who else points at it.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from sqlalchemy.orm import Session
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from shopdb.domain.kinds import Ref
from shopdb.domain.resource import Resource
from shopdb.services.relations import MOST_COUNTED, Pointer, Relation, pointers, relations
from shopdb.tui import cells
from shopdb.tui.desk import Desk
from shopdb.tui.messages import ListAsked, RecordAsked
from shopdb.tui.panes.deeds import Deeds
from shopdb.tui.panes.pane import Pane
from shopdb.tui.panes.preview import ASSETS
from shopdb.tui.panes.table import RecordGrid
from shopdb.tui.rows import Column, Row
from shopdb.tui.sources import HeldRows
from shopdb.tui.widgets.grid import Grid

RELATIONSHIPS: Final = "asset_relationships"
COLUMNS: Final = (
    Column("relation", "Relation"),
    Column("other", "Record"),
    Column("number", "Number"),
    Column("kind", "Kind"),
    Column("note", ""),
)


class RelationsPane(Pane):
    """Relations and pointers as one list; enter goes to the other end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "make", "New relation"),
        Binding("e", "edit", "Edit"),
        Binding("d", "remove", "Delete"),
    ]

    def __init__(self, desk: Desk, resource: Resource, record: Ref) -> None:
        """Show what there is of a record, which is there."""
        super().__init__()
        assert record.id is not None
        self._desk, self._resource, self._record, self._record_id = desk, resource, record, record.id
        self._is_asset = (resource.extends or resource).name == ASSETS
        self._kinds = desk.catalog.get(RELATIONSHIPS) if self._is_asset else None
        self._deeds = Deeds(self, desk, lambda _id: self.reload())
        self._grid = RecordGrid(desk.jobs, COLUMNS, empty=self._empty)
        # Written by job threads whole, never in part.
        self._found: tuple[Sequence[Relation], Sequence[Pointer]] = ((), ())

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self._grid

    def on_mount(self) -> None:
        """Read for the first time."""
        self._show()

    def reload(self) -> None:
        """Read the list anew."""
        if self._grid.total == 0:
            self._show()  # the columns of an empty list have no widths worth keeping
        else:
            self._grid.reload()

    def _show(self) -> None:
        self._grid.show(HeldRows(self._read))

    def enter(self) -> None:
        """Go to the list."""
        self._grid.focus()

    def on_grid_opened(self, message: Grid.Opened) -> None:
        """Go to the other end of a relation, or list who points here."""
        message.stop()
        related, pointing = self._found
        for one in related:
            if one.id == message.row.id and one.other.id is not None:
                self.post_message(RecordAsked(ASSETS, one.other.id))
        for at, pointer in enumerate(pointing, 1):
            if -at == message.row.id:
                self.post_message(ListAsked(pointer.resource.name, f"{pointer.field.name}:#{self._record_id}"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what this person may do to what is under the cursor."""
        del parameters
        if action not in ("make", "edit", "remove"):
            return True
        return self._kinds is not None and self._desk.may_change(self._kinds)

    def action_make(self) -> None:
        """Relate this asset to another."""
        if self._kinds is not None:
            self._deeds.make(self._kinds, {"source": self._record})

    def action_edit(self) -> None:
        """Edit the relation under the cursor."""
        relation_id = self._relation_id
        if self._kinds is not None and relation_id is not None:
            self._deeds.edit(self._kinds, relation_id)

    def action_remove(self) -> None:
        """Delete the relation under the cursor."""
        relation_id = self._relation_id
        if self._kinds is not None and relation_id is not None:
            self._deeds.remove(self._kinds, [relation_id])

    @property
    def _relation_id(self) -> int | None:
        row = self._grid.row
        return row.id if row is not None and row.id > 0 else None

    @property
    def _empty(self) -> str:
        if self._kinds is not None and self._desk.may_change(self._kinds):
            return "Related to nothing. n relates it to another asset."
        return "Related to nothing, and nothing points here."

    def _read(self) -> list[Row]:
        def work(session: Session) -> Any:
            related = relations(session, self._record_id) if self._is_asset else []
            pointing = [
                one
                for one in pointers(session, self._resource, self._record_id)
                if self._desk.may(f"{one.resource.name}.view")
            ]
            return related, pointing

        self._found = related, pointing = self._desk.read(work)
        return [_related(one) for one in related] + [_pointing(at, one) for at, one in enumerate(pointing, 1)]


def _related(one: Relation) -> Row:
    stands = "stands where it stands" if one.outgoing else "takes its position from here"
    texts = (one.label, one.other.label, one.other_number, one.other_type or cells.NOTHING)
    return Row(one.id, (*texts, stands if one.inheritsposition else ""))


def _pointing(at: int, one: Pointer) -> Row:
    count = f"{MOST_COUNTED} or more" if one.count >= MOST_COUNTED else str(one.count)
    texts = (f"{one.field.label.lower()} of", f"{count} {one.resource.title.lower()}", "", one.resource.singular)
    return Row(-at, (*texts, "enter lists them"), "muted")
