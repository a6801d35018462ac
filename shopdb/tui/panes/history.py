"""What happened to a record: who did what, when, from where, and what exactly.

Belongs to the terminal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from shopdb.domain.resource import Resource
from shopdb.services.history import HistoryEntry, entry_ids, history
from shopdb.services.wording import FieldChange
from shopdb.store.base import utc_now
from shopdb.tui import cells
from shopdb.tui.desk import Desk
from shopdb.tui.messages import UndoAsked
from shopdb.tui.panes.pane import Pane
from shopdb.tui.rows import Column, Row
from shopdb.tui.safety import content, cut
from shopdb.tui.widgets.grid import Grid

COLUMNS: Final = (
    Column("when", "When", 7),
    Column("who", "Who", 10),
    Column("door", "From", 9),
    Column("batch", "Batch", 6, right=True),
    Column("what", "What"),
)
ARROW: Final = "\u2192"
MOST_TOLD: Final = 40  # lines of one entry
LONGEST_VALUE: Final = 160  # cells, before or after
VERBS: Final = {"create": "created", "update": "changed", "delete": "deleted"}
OF_OTHERS: Final = {**VERBS, "create": "added"}
"""What is said of rows that belong to the record."""


class HistorySource:
    """The entries of one record's history, newest first."""

    def __init__(self, desk: Desk, resource: Resource, record_id: int) -> None:
        """Read at this desk."""
        self._desk, self._resource, self._record_id = desk, resource, record_id
        self.entries: dict[int, HistoryEntry] = {}  # those that were read, by id

    def ids(self) -> array[int] | None:
        """All ids, newest first."""
        ask = partial(entry_ids, resource=self._resource, record_id=self._record_id)
        return array("q", self._desk.read(ask))

    def count(self) -> int:
        """How many entries there are."""
        return len(self.ids() or ())

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The entries of ``ids``, which follow one another in the history."""
        if not ids:
            return []
        wanted = set(ids)
        return [row for row in self._rows(ids[0] + 1, len(ids)) if row.id in wanted]

    def after(self, row: Row | None, limit: int) -> list[Row]:
        """The entries before ``row`` in time, or the newest."""
        return self._rows(None if row is None else row.id, limit)

    def before(self, row: Row | None, limit: int) -> list[Row]:
        """The entries after ``row`` in time, or the oldest."""
        ids = self.ids() or array("q")
        end = ids.index(row.id) if row is not None and row.id in ids else len(ids)
        return self.rows(ids[max(end - limit, 0) : end])

    def jump(self, offset: int, limit: int) -> list[Row]:
        """The entries from the ``offset``-th on."""
        return self.rows((self.ids() or array("q"))[offset : offset + limit])

    def _rows(self, before: int | None, limit: int) -> list[Row]:
        ask = partial(history, resource=self._resource, record_id=self._record_id, limit=limit, before=before)
        found: list[HistoryEntry] = self._desk.read(ask)
        self.entries.update((entry.id, entry) for entry in found)
        now = utc_now()
        return [_row(entry, cells.age(entry.made_at, now)) for entry in found]


class HistoryPane(Pane):
    """The entries as a list, the one under the cursor field by field below."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("u", "undo", "Undo this batch")]
    DEFAULT_CSS = """
    HistoryPane > .history--entry { height: auto; max-height: 40%; border-top: solid $border; padding: 0 1; }
    """

    def __init__(self, desk: Desk, resource: Resource, record_id: int) -> None:
        """Show the history of a record, also of one that is gone."""
        super().__init__()
        self._desk = desk
        self._source = HistorySource(desk, resource, record_id)
        self._grid = Grid(desk.jobs, COLUMNS, empty="Nothing has been written down of this record.")
        self._told = Static(classes="history--entry")

    def compose(self) -> ComposeResult:
        """Show the entries, and all of one."""
        yield self._grid
        yield self._told

    def on_mount(self) -> None:
        """Read for the first time."""
        self._grid.show(self._source)

    def reload(self) -> None:
        """Read the history anew."""
        self._grid.reload()

    def enter(self) -> None:
        """Go to the entries."""
        self._grid.focus()

    def on_grid_highlighted(self, message: Grid.Highlighted) -> None:
        """Tell all of the entry under the cursor."""
        message.stop()
        entry = self._source.entries.get(message.row.id) if message.row is not None else None
        lines = [] if entry is None else list(self._lines(entry))
        more = [f"... and {len(lines) - MOST_TOLD} lines more"] if len(lines) > MOST_TOLD else []
        self._told.update(content("\n".join((*lines[:MOST_TOLD], *more)), lines=True))

    def action_undo(self) -> None:
        """Ask to take back the batch that the entry belongs to."""
        row = self._grid.row
        entry = self._source.entries.get(row.id) if row is not None else None
        if entry is not None:
            self.post_message(UndoAsked(entry.batch_id))

    def _lines(self, entry: HistoryEntry) -> Iterator[str]:
        when = entry.made_at.astimezone(self._desk.zone)
        label = f": {entry.label}" if entry.label else ""
        yield f"{when:%Y-%m-%d %H:%M:%S} {entry.actor} ({entry.door}), batch {entry.batch_id}{label}"
        for row in entry.rows:
            named = f"{entry.title} {row.label}: " if entry.title else ""
            if not row.fields:
                yield f"{named}{_verb(entry)}"
            for change in row.fields:
                yield f"{named}{_told(change, entry.action, self._desk)}"
        if entry.count > len(entry.rows) > 0:
            yield f"... and {entry.count - len(entry.rows)} rows more"
        if entry.details is not None:
            yield cut(str(entry.details), LONGEST_VALUE)


def _row(entry: HistoryEntry, age: str) -> Row:
    return Row(entry.id, (age, entry.actor, entry.door, str(entry.batch_id), _summary(entry)))


def _summary(entry: HistoryEntry) -> str:
    """Return an entry in a line."""
    undoes = f"undo of batch {entry.undoes}: " if entry.undoes is not None else ""
    verb = _verb(entry)
    if entry.title:
        labels = ", ".join(row.label for row in entry.rows[:3] if row.label)
        count = f"{entry.count} " if entry.count > 1 else ""
        return f"{undoes}{entry.title}: {count}{verb} {labels}".rstrip()
    if entry.action != "update" or not entry.rows:
        return f"{undoes}{verb}"
    return undoes + "; ".join(_short(one) for row in entry.rows for one in row.fields)


def _verb(entry: HistoryEntry) -> str:
    return (OF_OTHERS if entry.title else VERBS).get(entry.action, entry.action)


def _short(change: FieldChange) -> str:
    before, after = (cells.cell(value, change.field, utc_now()) for value in (change.before, change.after))
    return f"{change.field.label}: {cut(before, 24)} {ARROW} {cut(after, 24)}"


def _told(change: FieldChange, action: str, desk: Desk) -> str:
    before, after = (
        cut(cells.whole(value, change.field, desk.zone), LONGEST_VALUE) for value in (change.before, change.after)
    )
    if action == "create":
        return f"{change.field.label}: {after}"
    if action == "delete":
        return f"{change.field.label}: {before}"
    return f"{change.field.label}: {before} {ARROW} {after}"
