"""What happened to a record, newest first, in the words of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import CODECS, Kind, value_to_json
from shopdb.domain.resource import Resource
from shopdb.services.wording import Document, FieldChange, RowChange, Words, labels_of, links_of
from shopdb.store.models.operation import Batch, Change
from shopdb.store.schema import Schema, root_table, schema_of

MOST_ROWS = 200
"""How many rows of one entry are told in full; its count is always of all."""

ROW_ACTIONS = frozenset({"create", "update", "delete"})


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of the change log; ``id`` continues the list: pass it as ``before``.

    ``action`` is create, update or delete: ``title`` is "" if the record itself was, else says what belongs to it
    ("Software"); ``count`` rows were, the first of which stand in ``rows``. Any other action is a plugin's own kind,
    with its document in ``details``.
    """

    id: int
    batch_id: int
    made_at: datetime
    actor: str
    door: str
    label: str
    undoes: int | None
    action: str
    title: str
    count: int
    rows: tuple[RowChange, ...]
    details: Any

    def as_json(self) -> dict[str, Any]:
        """Return the entry as every door writes it in JSON."""
        return {
            "id": self.id,
            "batch_id": self.batch_id,
            "made_at": CODECS[Kind.MOMENT].to_json(self.made_at),
            "actor": self.actor,
            "door": self.door,
            "label": self.label,
            "undoes": self.undoes,
            "action": self.action,
            "title": self.title,
            "count": self.count,
            "rows": [{"label": row.label, "fields": [_field_to_json(one) for one in row.fields]} for row in self.rows],
            "details": self.details,
        }


def history(
    session: Session, resource: Resource, record_id: int, *, limit: int = 50, before: int | None = None
) -> list[HistoryEntry]:
    """Return what happened to the record and to what belongs to it, newest first, also after it was deleted.

    ``before`` is the id of the last entry of the page before. How many statements that takes depends on how many
    tables the entries link to, not on how many entries there are.
    """
    wanted = (
        select(Change, Batch.made_at, Batch.actor, Batch.door, Batch.label, Batch.undoes_id)
        .join(Batch, Batch.id == Change.batch_id)
        .where(Change.subject_table == root_table(resource).name, Change.subject_id == record_id)
        .order_by(Change.id.desc())
        .limit(limit)
    )
    found = session.execute(wanted if before is None else wanted.where(Change.id < before)).all()
    schema = schema_of(session)
    logged = [_logged(schema, row.Change) for row in found]
    needed = {link for one in logged if one.table is not None for link in links_of(one.table, one.pairs)}
    words = Words(schema, resource, labels_of(session, schema, needed))
    return [_entry(row, one, words) for row, one in zip(found, logged, strict=True)]


def entry_ids(session: Session, resource: Resource, record_id: int) -> list[int]:
    """Return the ids of all entries of the record's history, newest first."""
    mine = (Change.subject_table == root_table(resource).name, Change.subject_id == record_id)
    return list(session.scalars(select(Change.id).where(*mine).order_by(Change.id.desc())))


def _field_to_json(change: FieldChange) -> dict[str, Any]:
    return {
        "name": change.field.name,
        "label": change.field.label,
        "before": value_to_json(change.before, change.field),
        "after": value_to_json(change.after, change.field),
    }


@dataclass(frozen=True, slots=True)
class _Logged:
    """What an entry holds: its table, if rows of a loaded one were written; the first rows; how many they were."""

    table: Table | None
    pairs: Sequence[tuple[Document, Document]]
    count: int


def _logged(schema: Schema, change: Change) -> _Logged:
    if change.action not in ROW_ACTIONS:
        return _Logged(None, (), 1)
    befores, afters = _documents(change.before), _documents(change.after)
    count = max(len(befores), len(afters))
    pairs = zip(befores or [{}] * count, afters or [{}] * count, strict=True)
    return _Logged(schema.tables.get(change.table), list(pairs)[:MOST_ROWS], count)


def _documents(document: Any) -> list[Document]:
    if document is None:
        return []
    if "columns" in document and "rows" in document:
        return [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    return [document]


def _entry(row: Any, logged: _Logged, words: Words) -> HistoryEntry:
    change: Change = row.Change
    of_rows = change.action in ROW_ACTIONS
    table = logged.table
    return HistoryEntry(
        id=change.id,
        batch_id=change.batch_id,
        made_at=row.made_at,
        actor=row.actor,
        door=row.door,
        label=row.label,
        undoes=row.undoes_id,
        action=change.action,
        title=words.title(change.table) if of_rows else "",
        count=logged.count,
        rows=() if table is None else tuple(words.row(table, *pair) for pair in logged.pairs),
        details=None if of_rows else change.after,
    )
