"""Writing rows so that the change log knows: inserts, updates and deletes of Core tables.

Two ways write: mapped objects, which a flush hook watches, and the functions here for rows that are too many or too
plain for objects. A bare INSERT, UPDATE or DELETE on a logged table through the session is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from shopdb.exceptions import StaleRowError, StillUsedError
from shopdb.store.chain import seal
from shopdb.store.chunks import chunks
from shopdb.store.documents import Row, unplain
from shopdb.store.log import audit_log, log_of, record
from shopdb.store.schema import identity, key_column, matching, schema_of, target_of

__all__ = [
    "audit_log",
    "delete_dependents",
    "delete_rows",
    "insert_numbered",
    "insert_rows",
    "log_of",
    "record",
    "seal",
    "touch_row",
    "unplain",
    "update_row",
    "update_rows",
]


def insert_rows(session: Session, table: Table, rows: Sequence[Row]) -> Sequence[int | None]:
    """Insert rows into one table and log them; return their ids (None where other columns tell the rows apart).

    Columns that a row leaves out get their defaults. Several rows without ids are told apart afterwards by their
    subject column, so they need one.
    """
    if not rows:
        return []
    session.flush()
    whole = [_whole(table, row) for row in rows]
    connection = session.connection()
    key = key_column(table)
    if key.name in whole[0] or (len(whole) > 1 and identity(table) != (key.name,)):
        connection.execute(insert(table), whole)
    elif len(whole) == 1:
        made = connection.execute(insert(table), whole[0]).inserted_primary_key
        assert made is not None
        whole[0][key.name] = made[0]
    elif table.info["subject"]:
        for row, record_id in zip(whole, _insert_counted(session, table, whole), strict=True):
            row[key.name] = record_id
    else:
        assert not table.info["logged"], f"rows of {table.name} cannot be told apart; insert them one by one"
        connection.execute(insert(table), whole)
    record(session, table, "create", after=whole)
    return [row.get(key.name) for row in whole]


def insert_numbered(
    session: Session, table: Table, row: Row, column: str, numbers: Callable[[int], Iterator[str]]
) -> int:
    """Insert one row whose (unique) column is made of the id that it gets; log it and return the id.

    ``numbers`` yields what the column may hold for an id, the best first; the first that no row has is taken. Nobody
    waits for anybody, as they would to find the next number.
    """
    session.flush()
    whole, key, connection = _whole(table, row), key_column(table), session.connection()
    whole[column] = f"new {uuid4().hex}"
    made = connection.execute(insert(table), whole).inserted_primary_key
    assert made is not None
    whole[key.name] = made[0]
    for whole[column] in numbers(made[0]):
        with suppress(IntegrityError):
            connection.execute(update(table).where(key == made[0]).values({column: whole[column]}))
            break
    record(session, table, "create", after=[whole])
    return int(made[0])


def _whole(table: Table, row: Row) -> dict[str, Any]:
    """Return the row with what the table would add by itself, so that the log has what the table has."""
    whole = dict(row)
    for column in table.columns:
        if column.name in whole:
            continue
        if isinstance(column.default, ScalarElementColumnDefault):
            whole[column.name] = column.default.arg
        elif isinstance(column.default, CallableColumnDefault):
            whole[column.name] = column.default.arg(None)  # type: ignore[arg-type]  # no default asks for its context
        elif column.nullable and column.server_default is None:
            whole[column.name] = None
    return whole


def _insert_counted(session: Session, table: Table, rows: Sequence[Row]) -> Iterator[int]:
    # The engines' ways to return generated keys differ. While the subjects are locked nobody else can add rows to
    # them, so those above the highest id before are ours, in the order in which they were inserted.
    key, subject = key_column(table), table.c[table.info["subject"]]
    subjects = sorted({row[subject.name] for row in rows})
    connection = session.connection()
    owner = key_column(target_of(subject))
    for some in chunks(subjects):
        connection.execute(select(owner).where(owner.in_(some)).order_by(owner).with_for_update()).all()
    highest = connection.scalar(select(func.max(key))) or 0
    connection.execute(insert(table), list(rows))
    found: defaultdict[Any, list[int]] = defaultdict(list)
    for some in chunks(subjects):
        added = select(key, subject).where(subject.in_(some), key > highest).order_by(key)
        for record_id, owner_id in connection.execute(added):
            found[owner_id].append(record_id)
    ids = {owner_id: iter(many) for owner_id, many in found.items()}
    return (next(ids[row[subject.name]]) for row in rows)


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
    """Set the same values on several rows that the transaction has locked or made itself, and log them."""
    session.flush()
    _update(session, table, befores, values)


def _update(session: Session, table: Table, befores: Sequence[Row], values: Row) -> None:
    for those in _those(table, befores):
        wanted = update(table).where(those)
        session.connection().execute(wanted.values({**values, "version": table.c.version + 1}))
    record(session, table, "update", before=befores, after=[{**before, **values} for before in befores])


def delete_rows(session: Session, table: Table, befores: Sequence[Row]) -> None:
    """Delete whole rows, as they were read, with all that belongs to them, and log every row that goes.

    Raises `StaleRowError` if one is no longer as it was read, `StillUsedError` if something that does not belong to
    them still points at one. Either may come after some of it is done: roll back.
    """
    if not befores:
        return
    session.flush()
    wanted = {_key(table, before): before["version"] for before in befores}
    found = {_key(table, row): row["version"] for row in _locked(session, table, *_those(table, befores))}
    stale = [key for key, version in wanted.items() if found.get(key) != version]
    if stale:
        raise StaleRowError(table.name, ", ".join(map(str, stale[0])))
    _delete(session, table, befores)


def _delete(session: Session, table: Table, rows: Sequence[Row]) -> None:
    delete_dependents(session, table, rows)
    for those in _those(table, rows):
        session.connection().execute(delete(table).where(those))
    record(session, table, "delete", before=rows)


def delete_dependents(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Delete what belongs to locked rows that are about to go, and log it; may be called during a flush.

    The database would take it away as well, but in silence. Raises `StillUsedError` if anything else needs the rows.
    """
    dependents = schema_of(session).dependents.get(table.name, ()) if rows else ()
    ids = [row[key_column(table).name] for row in rows] if dependents else []
    users: dict[str, int] = defaultdict(int)
    for dependent in dependents:
        child = dependent.column.table
        if dependent.on_delete in ("CASCADE", "SET NULL") and not child.info.get("logged", True):
            continue
        if dependent.on_delete not in ("CASCADE", "SET NULL"):
            users[child.name] += sum(
                session.connection().scalar(select(func.count()).where(dependent.column.in_(some))) or 0
                for some in chunks(ids)
            )
            continue
        belonging = _locked(session, child, *(dependent.column.in_(some) for some in chunks(ids)))
        if dependent.on_delete == "CASCADE":
            _delete(session, child, belonging)
        else:
            _update(session, child, belonging, {dependent.column.name: None})
    users = {name: count for name, count in users.items() if count}
    if users:
        raise StillUsedError(str(rows[0].get(table.info["label"]) or table.name), users)


def _locked(session: Session, table: Table, *conditions: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the whole rows that fulfil any of the conditions, kept from everybody else until the transaction ends."""
    connection = session.connection()
    return [
        dict(row)
        for condition in conditions
        for row in connection.execute(select(table).where(condition).with_for_update()).mappings()
    ]


def _those(table: Table, rows: Sequence[Row]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that find these whole rows, a few hundred each where one column tells most of them apart."""
    if not rows:
        return
    keys = table.primary_key.columns.keys()
    names = keys if len(keys) == 1 else identity(table)
    telling = max(names, key=lambda name: len({row[name] for row in rows}))
    groups: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names if name != telling)].append(row[telling])
    fixed: list[Column[Any]] = [table.c[name] for name in names if name != telling]
    for values, tellers in groups.items():
        same = [column == value for column, value in zip(fixed, values, strict=True)]
        for some in chunks(tellers):
            yield and_(*same, table.c[telling].in_(some))


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in identity(table))
