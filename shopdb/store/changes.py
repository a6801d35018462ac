"""The change log: every write is recorded by the session itself, before and after, in one batch a transaction.

Two ways write: mapped objects, which a flush hook watches, and the Core functions below for rows that are too many or
too plain for objects. A bare INSERT, UPDATE or DELETE on a logged table through the session is refused.

Entries are gathered while the transaction runs and written once, just before it commits. The chain of hashes over the
batches is made afterwards, by `seal`, so that writers never wait for one another (ADR 007 says why).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import orjson
from sqlalchemy import Column, Date, LargeBinary, Numeric, Table, delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from shopdb.domain.access import Origin
from shopdb.exceptions import RecordNotFoundError, StaleRowError, StillUsedError, UnattributedWriteError
from shopdb.store.base import utc_now
from shopdb.store.chunks import chunks
from shopdb.store.models.operation import Batch, ChainHead, Change
from shopdb.store.schema import Schema, identity, key_column, matching, table_of, target_table
from shopdb.store.types import Moment

Action = Literal["create", "update", "delete"]
Row = Mapping[str, Any]
SEAL_AT_ONCE = 500
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Entry:
    """One write as the log keeps it; the documents are JSON-ready."""

    table: str
    record_id: int | None
    subject_table: str
    subject_id: int | None
    action: str
    before: Any
    after: Any


@dataclass(slots=True)
class Log:
    """The entries of the running transaction, and how many there were at each savepoint."""

    entries: list[Entry] = field(default_factory=list)
    written: list[Entry] = field(default_factory=list)
    savepoints: list[int] = field(default_factory=list)
    batch_id: int | None = None
    undoes: int | None = None


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


def insert_rows(session: Session, table: Table, rows: Sequence[Row]) -> Sequence[int | None]:
    """Insert rows into one table and log them; return their ids (None where others tell the rows apart).

    Several rows without ids are told apart afterwards by their subject column, so they need one.
    """
    if not rows:
        return []
    session.flush()
    rows = _whole(table, rows)
    connection = session.connection()
    if not table.info.get("logged", True):
        connection.execute(insert(table), rows)
        return []
    key = key_column(table)
    numbered = identity(table) == (key.name,)
    ids: Sequence[int | None]
    if not numbered or key.name in rows[0]:
        connection.execute(insert(table), rows)
        ids = [row.get(key.name) for row in rows]
    elif len(rows) == 1:
        made = connection.execute(insert(table), dict(rows[0])).inserted_primary_key
        assert made is not None
        ids = [made[0]]
        rows = [{**rows[0], key.name: made[0]}]
    else:
        ids = _insert_counted(session, table, rows)
        rows = [{**row, key.name: record_id} for row, record_id in zip(rows, ids, strict=True)]
    record(session, table, "create", after=rows)
    return ids


def _whole(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows with the defaults of the columns that they leave out, so that the log has what the table has."""
    defaults = {
        column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
        for column in table.columns
        if column.nullable or isinstance(column.default, ScalarElementColumnDefault)
    }
    return [{**defaults, **row} for row in rows]


def _insert_counted(session: Session, table: Table, rows: Sequence[Row]) -> list[int]:
    # The engines' ways to return generated keys differ; ids above the highest known one, for these subjects, are ours.
    key, subject = key_column(table), table.c[table.info["subject"]]
    connection = session.connection()
    floor = connection.scalar(select(func.coalesce(func.max(key), 0)))
    connection.execute(insert(table), [dict(row) for row in rows])
    subjects = {row[subject.name] for row in rows}
    found: defaultdict[Any, list[int]] = defaultdict(list)
    for record_id, owner in connection.execute(
        select(key, subject).where(subject.in_(subjects), key > floor).order_by(key)
    ):
        found[owner].append(record_id)
    taken = {owner: iter(ids) for owner, ids in found.items()}
    return [next(taken[row[subject.name]]) for row in rows]


def update_row(session: Session, table: Table, before: Row, values: Row, *, version: int | None = None) -> int:
    """Change one row, compare-and-set, log it and return the new version.

    ``before`` is the whole row as read; ``values`` the columns to set. With ``version`` the row must still have it,
    else with ``before``'s. Raises `StaleRowError` if somebody was faster. Equal values are not written.
    """
    changed = {name: value for name, value in values.items() if before[name] != value}
    found = before["version"] if version is None else version
    if not changed:
        return int(found)
    _set(session, table, before, changed, found)
    record(session, table, "update", before=[before], after=[{**before, **changed}])
    return int(found) + 1


def touch_row(session: Session, table: Table, before: Row) -> int:
    """Count a row's version up because something that belongs to it changed; return the new version."""
    _set(session, table, before, {}, before["version"])
    return int(before["version"]) + 1


def _set(session: Session, table: Table, before: Row, values: Row, version: int) -> None:
    session.flush()
    statement = (
        update(table)
        .where(*matching(table, before), table.c.version == version)
        .values({**values, "version": version + 1})
    )
    if session.connection().execute(statement).rowcount != 1:
        raise StaleRowError(table.name, before[key_column(table).name])


def update_rows(session: Session, table: Table, befores: Sequence[Row], values: Row) -> None:
    """Set the same values on several numbered rows that the transaction already owns, and log them."""
    if not befores:
        return
    session.flush()
    key = key_column(table)
    for some in chunks([before[key.name] for before in befores]):
        wanted = update(table).where(key.in_(some))
        session.connection().execute(wanted.values({**values, "version": table.c.version + 1}))
    record(session, table, "update", before=befores, after=[{**before, **values} for before in befores])


def delete_rows(session: Session, table: Table, befores: Sequence[Row]) -> None:
    """Delete whole rows with all that belongs to them, and log every row that goes.

    Raises `StillUsedError` if something that does not belong to them still points at one.
    """
    if not befores:
        return
    session.flush()
    connection, key = session.connection(), key_column(table)
    if identity(table) == (key.name,):
        delete_dependents(session, table, *befores)
        for some in chunks([before[key.name] for before in befores]):
            connection.execute(delete(table).where(key.in_(some)))
    else:
        for before in befores:
            connection.execute(delete(table).where(*matching(table, before)))
    record(session, table, "delete", before=befores)


def delete_dependents(session: Session, table: Table, *befores: Row) -> None:
    """Delete what belongs to rows that are about to go, and log it; `StillUsedError` if anything else needs them."""
    ids = [before[key_column(table).name] for before in befores]
    label = str(befores[0].get(table.info["label"], "")) or table.name
    schema: Schema = session.info["schema"]
    for dependent in schema.dependents.get(table.name, ()):
        child, connection = dependent.column.table, session.connection()
        assert isinstance(child, Table)
        if dependent.on_delete not in ("CASCADE", "SET NULL"):
            used = sum(
                connection.scalar(select(func.count()).select_from(child).where(dependent.column.in_(some))) or 0
                for some in chunks(ids)
            )
            if used:
                raise StillUsedError(label, {child.name: used})
        elif child.info.get("logged", True):
            rows = [
                dict(row)
                for some in chunks(ids)
                for row in connection.execute(select(child).where(dependent.column.in_(some))).mappings()
            ]
            if dependent.on_delete == "CASCADE":
                delete_rows(session, child, rows)
            else:
                update_rows(session, child, rows, {dependent.column.name: None})


def record(
    session: Session, table: Table, action: Action, *, before: Sequence[Row] = (), after: Sequence[Row] = ()
) -> None:
    """Add what was done to some rows of a table to the running log, one entry for each subject."""
    if not table.info.get("logged", True):
        return
    # A row that goes is kept whole, so that undo can bring it back as it was.
    left_out = {"version"} if action == "delete" else table.info["unlogged"]
    names = [column.name for column in table.columns if column.name not in left_out]
    groups: defaultdict[int | None, list[tuple[Row | None, Row | None]]] = defaultdict(list)
    for index in range(max(len(before), len(after))):
        old = before[index] if before else None
        new = after[index] if after else None
        groups[_subject_id(table, new or old or {})].append((old, new))
    subject_table = _subject_table(table)
    keys = identity(table)
    for subject_id, pairs in groups.items():
        old, new = pairs[0]
        record_id = (new or old or {}).get(key_column(table).name) if len(pairs) == 1 else None
        documents = _documents(names, keys, action, pairs)
        log_of(session).entries.append(Entry(table.name, record_id, subject_table, subject_id, action, *documents))


def _documents(
    names: Sequence[str], keys: Sequence[str], action: Action, pairs: Sequence[tuple[Row | None, Row | None]]
) -> tuple[Any, Any]:
    if action == "update":
        kept = [
            name
            for name in names
            if name in keys or any((old or {}).get(name) != (new or {}).get(name) for old, new in pairs)
        ]
    else:
        kept = list(names)
    return _document(kept, [old for old, _ in pairs]), _document(kept, [new for _, new in pairs])


def _document(names: Sequence[str], rows: Sequence[Row | None]) -> Any:
    if rows[0] is None:
        return None
    if len(rows) == 1:
        return {name: plain(rows[0].get(name)) for name in names}
    return {"columns": names, "rows": [[plain((row or {}).get(name)) for name in names] for row in rows]}


def _subject_id(table: Table, row: Row) -> int | None:
    column = table.info.get("subject") or key_column(table).name
    found = row.get(column)
    return found if isinstance(found, int) else None


def _subject_table(table: Table) -> str:
    subject = table.info.get("subject")
    if not subject:
        return table.name
    return target_table(next(iter(table.c[subject].foreign_keys)).target_fullname)


def plain(value: Any) -> Any:
    """Return a column's value as JSON keeps it, exactly enough to be put back."""
    convert = _PLAIN.get(type(value))
    return value if convert is None else convert(value)


_PLAIN: Mapping[type[Any], Callable[[Any], str]] = {
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: bytes.hex,
}


def unplain(column: Column[Any], value: Any) -> Any:
    """Return what the column held, from what `plain` made of it."""
    if value is None:
        return None
    if isinstance(column.type, Numeric):
        return Decimal(value)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return bytes.fromhex(value) if isinstance(column.type, LargeBinary) else value


def write_log(session: Session) -> int | None:
    """Write the running entries as one batch and return its id; None if nothing was changed.

    Called by itself before every commit; call it earlier to learn the batch's id.
    """
    log = log_of(session)
    if not log.entries:
        return log.batch_id
    origin: Origin | None = session.info.get("origin")
    if origin is None:
        raise UnattributedWriteError(log.entries[0].table)
    connection = session.connection()
    if log.batch_id is None:
        made = connection.execute(
            insert(Batch).values(
                made_at=utc_now(),
                actor=origin.actor,
                user_id=origin.user_id,
                token_id=origin.token_id,
                door=origin.door,
                label=origin.label[:255],
                size=len(log.entries),
                undoes_id=log.undoes,
            )
        )
        assert made.inserted_primary_key is not None
        log.batch_id = made.inserted_primary_key[0]
    else:
        grown = update(table_of(Batch)).where(Batch.id == log.batch_id)
        connection.execute(grown.values(size=Batch.size + len(log.entries)))
    connection.execute(insert(Change), [_change_row(log.batch_id, entry) for entry in log.entries])
    log.written.extend(log.entries)
    log.entries.clear()
    return log.batch_id


def _change_row(batch_id: int | None, entry: Entry) -> dict[str, Any]:
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


def seal(session: Session) -> int:
    """Take up to 500 batches that are not yet in the chain into it; return how many were.

    Safe to call from several hosts: the chain's head is locked first. Needs no origin, for it changes nothing
    that people see.
    """
    connection = session.connection()
    head = connection.execute(
        select(ChainHead.seal, ChainHead.chain_hash).where(ChainHead.id == 1).with_for_update()
    ).one()
    count, chained = head
    waiting = connection.scalars(
        select(Batch.id).where(Batch.seal.is_(None)).order_by(Batch.id).limit(SEAL_AT_ONCE)
    ).all()
    for batch_id in waiting:
        count += 1
        chained = link(chained, count, batch_id, batch_digest(session, batch_id))
        connection.execute(update(table_of(Batch)).where(Batch.id == batch_id).values(seal=count, chain_hash=chained))
    if waiting:
        connection.execute(update(table_of(ChainHead)).where(ChainHead.id == 1).values(seal=count, chain_hash=chained))
    return len(waiting)


def link(before: bytes, seal_number: int, batch_id: int, digest: bytes) -> bytes:
    """Return the chain's hash after one more batch."""
    return hashlib.sha256(before + b"%d:%d:" % (seal_number, batch_id) + digest).digest()


def batch_digest(session: Session, batch_id: int) -> bytes:
    """Return the SHA-256 over what the database holds of a batch: its head and its changes in order."""
    digest = hashlib.sha256()
    connection = session.connection()
    head = connection.execute(
        select(Batch.made_at, Batch.actor, Batch.user_id, Batch.token_id, Batch.door, Batch.label).where(
            Batch.id == batch_id
        )
    ).one_or_none()
    if head is None:
        raise RecordNotFoundError("batches", batch_id)
    digest.update(orjson.dumps(list(head)))
    columns = (
        Change.table, Change.record_id, Change.subject_table, Change.subject_id,
        Change.action, Change.before, Change.after,
    )  # fmt: skip
    wanted = select(*columns).where(Change.batch_id == batch_id).order_by(Change.id)
    rows = connection.execute(wanted.execution_options(yield_per=1000))
    for row in rows:
        digest.update(orjson.dumps(list(row), option=orjson.OPT_SORT_KEYS))
    return digest.digest()
