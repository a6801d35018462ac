"""The change log: what a transaction did, row by row, gathered while it runs and written once as one batch.

The session adds entries by itself (`shopdb.store.session`, `shopdb.store.changes`); nobody has to remember to. The
chain of hashes over the batches is made afterwards (`shopdb.store.chain`), so that writers never wait for one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from shopdb.domain.access import Origin
from shopdb.exceptions import UnattributedWriteError
from shopdb.store.base import utc_now
from shopdb.store.documents import Action, Pair, Row, documents, is_change
from shopdb.store.models.operation import Batch, Change
from shopdb.store.schema import key_column, subject_table, table_of

LONGEST_LABEL = 255


@dataclass(frozen=True, slots=True)
class Entry:
    """One write as the log keeps it; the documents are those of `shopdb.store.documents`.

    ``record_id`` is None where a document holds many rows.
    """

    table: str
    record_id: int | None
    subject_table: str
    subject_id: int | None
    action: str
    before: Any
    after: Any


@dataclass(slots=True)
class Mark:
    """How the log stood at a savepoint: how many entries waited, and those of them that were written since."""

    waiting: int
    batch_id: int | None
    written: list[Entry] = field(default_factory=list)
    is_ending: bool = False


@dataclass(slots=True)
class Log:
    """The entries of the running transaction that wait to be written, and the batch that they belong to.

    ``undoes`` is the batch that this one takes back.
    """

    entries: list[Entry] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    batch_id: int | None = None
    undoes: int | None = None

    def mark(self) -> None:
        """Remember how the log stands, for a savepoint."""
        self.marks.append(Mark(len(self.entries), self.batch_id))

    def return_to(self, mark: Mark) -> None:
        """Make the log what it was at a savepoint that is rolled back."""
        self.entries[:] = mark.written + self.entries[: mark.waiting]
        self.batch_id = mark.batch_id

    def take(self) -> list[Entry]:
        """Return the waiting entries, which wait no longer."""
        for mark in self.marks:
            mark.written += self.entries[: mark.waiting]
            mark.waiting = 0
        taken, self.entries = self.entries, []
        return taken


def log_of(session: Session) -> Log:
    """Return the session's running log."""
    log: Log = session.info.setdefault("log", Log())
    return log


def audit_log(session: Session, action: str, *, subject: tuple[str, int] | None = None, details: Any = None) -> None:
    """Add an entry of a plugin's own kind ("printers.reset") to the running batch.

    ``subject`` is (table, id) of the record whose history shows it; ``details`` is any JSON document.
    """
    table, record_id = subject or ("", None)
    log_of(session).entries.append(Entry(table, record_id, table, record_id, action, None, details))


def record(
    session: Session, table: Table, action: Action, *, before: Sequence[Row] = (), after: Sequence[Row] = ()
) -> None:
    """Add what was done to rows of a table, one entry for each subject; what the log does not keep adds nothing."""
    if not table.info.get("logged", True):
        return
    groups: defaultdict[int | None, list[Pair]] = defaultdict(list)
    for pair in zip_longest(before, after):
        if is_change(table, pair):
            groups[_subject_id(table, pair)].append(pair)
    owner = subject_table(table)
    key = key_column(table).name
    for subject_id, pairs in groups.items():
        old, new = pairs[0]
        record_id = (new or old or {}).get(key) if len(pairs) == 1 else None
        before_and_after = documents(table, action, pairs)
        log_of(session).entries.append(Entry(table.name, record_id, owner, subject_id, action, *before_and_after))


def _subject_id(table: Table, pair: Pair) -> int | None:
    row = pair[1] or pair[0] or {}
    found = row.get(table.info["subject"] or key_column(table).name)
    return found if isinstance(found, int) else None


def write_log(session: Session) -> tuple[int | None, Sequence[Entry]]:
    """Write the waiting entries; return the batch's id, None if nothing was changed so far, and these entries.

    Raises `UnattributedWriteError` if nobody said who writes.
    """
    log = log_of(session)
    if not log.entries:
        return log.batch_id, ()
    origin: Origin | None = session.info.get("origin")
    if origin is None:
        raise UnattributedWriteError(log.entries[0].table)
    connection = session.connection()
    if log.batch_id is None:
        batch = {
            "made_at": utc_now(),
            "actor": origin.actor,
            "user_id": origin.user_id,
            "token_id": origin.token_id,
            "door": origin.door,
            "label": origin.label[:LONGEST_LABEL],
            "size": len(log.entries),
            "undoes_id": log.undoes,
        }
        made = connection.execute(insert(table_of(Batch)), batch).inserted_primary_key
        assert made is not None
        batch_id = made[0]
    else:
        batch_id = log.batch_id
        grown = update(table_of(Batch)).where(Batch.id == batch_id)
        connection.execute(grown.values(size=Batch.size + len(log.entries)))
    written = log.take()
    log.batch_id = batch_id
    connection.execute(insert(table_of(Change)), [_change(batch_id, entry) for entry in written])
    return batch_id, written


def _change(batch_id: int, entry: Entry) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "table_name": entry.table,
        "record_id": entry.record_id,
        "subject_table": entry.subject_table,
        "subject_id": entry.subject_id,
        "action": entry.action,
        "before_doc": entry.before,
        "after_doc": entry.after,
    }
