"""Creating, changing and deleting any record: the one way in for forms, REST, CSV and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind
from shopdb.domain.listing import Record
from shopdb.domain.merge import merge
from shopdb.domain.resource import Resource
from shopdb.exceptions import ConflictError, RefusedValuesError, ResourceReadOnlyError, StaleRowError
from shopdb.services.checking import checked, columns
from shopdb.store import changes, links, records
from shopdb.store.schema import key_column, own_table, root_table
from shopdb.store.session import origin_of

NUMBER_WIDTH = 5

# How SQLite, MariaDB and MySQL name a check constraint that a row breaks.
_BROKEN_RULE = re.compile(
    r"CHECK constraint failed: (.{1,100})|CONSTRAINT `(?:[^`.]+\.)?(\w+)` failed|"
    r"[Cc]heck constraint '(\w+)' is violated"
)


def create(session: Session, resource: Resource, values: Mapping[str, Any]) -> Record:
    """Create a record and return it whole; the values may be decoded or as JSON carries them.

    Raises `RefusedValuesError` naming every value that does not do, also those that the database would refuse.
    """
    _require_writable(session, resource)
    known = checked(session, resource, values)
    root, own = root_table(resource), own_table(resource)
    wanted = columns(resource, known)
    if resource.extends is not None:
        wanted[root]["resource"] = resource.name
    with _outrun(resource):
        record_id = _insert(session, root, wanted[root])
        if own is not root:
            changes.insert_rows(session, own, [{key_column(own).name: record_id, **wanted[own]}])
        _set_links(session, resource, record_id, known)
    return records.get(session, resource, record_id)


def change(
    session: Session,
    resource: Resource,
    record_id: int,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    base: Mapping[str, Any] | None = None,
) -> Record:
    """Change some fields of a record and return it whole.

    With ``version`` the record must still have it. If it has not and ``base`` (the values as they were when the
    person began) is given, fields are merged three ways: what only one side changed is kept, and `ConflictError`
    names the fields that both changed; without ``base``, those of ``values`` that are not there already. Equal values
    write nothing. Raises `RefusedValuesError` as `create` does.
    """
    _require_writable(session, resource)
    root, own = root_table(resource), own_table(resource)
    root_row, own_row = records.table_rows(session, resource, record_id)
    known = checked(session, resource, values, {root: root_row, own: own_row})
    if version is not None and root_row["version"] != version:
        known = _merged(session, resource, record_id, known, base)
    wanted = columns(resource, known)
    try:
        with _outrun(resource):
            now = changes.update_row(session, root, root_row, wanted[root])
            same = now == root_row["version"]
            moved = _set_links(session, resource, record_id, known)
            if own is not root:
                moved = changes.update_row(session, own, own_row, wanted[own]) != own_row["version"] or moved
            if moved and same:
                # The root row's version stands for the whole record.
                changes.touch_row(session, root, root_row)
    except StaleRowError as stale:
        if version is None:
            raise  # nobody asked for a version, so the whole transaction is tried again
        raise ConflictError(resource.name, record_id, records.get(session, resource, record_id), {}) from stale
    return records.get(session, resource, record_id)


def remove(session: Session, resource: Resource, record_id: int, *, version: int | None = None) -> Record:
    """Delete a record with all that belongs to it and return what it was; undo brings everything back.

    Raises `StillUsedError` while something else points at it, `ConflictError` if it is no longer at ``version``.
    """
    _require_writable(session, resource)
    gone = records.get(session, resource, record_id)
    if version is not None and gone.version != version:
        raise ConflictError(resource.name, record_id, gone, {})
    root_row, _ = records.table_rows(session, resource, record_id)
    try:
        changes.delete_rows(session, root_table(resource), [root_row])
    except StaleRowError as stale:
        if version is None:
            raise  # as in `change`
        raise ConflictError(resource.name, record_id, gone, {}) from stale
    return gone


def _require_writable(session: Session, resource: Resource) -> None:
    if not resource.writable:
        raise ResourceReadOnlyError(resource.name)
    origin_of(session).require(f"{resource.name}.change")


def _merged(
    session: Session,
    resource: Resource,
    record_id: int,
    mine: Mapping[str, Any],
    base: Mapping[str, Any] | None,
) -> dict[str, Any]:
    theirs = records.get(session, resource, record_id)
    merged = merge(base or {}, mine, theirs.values)
    if merged.clashes:
        raise ConflictError(resource.name, record_id, theirs, merged.clashes)
    return dict(merged.values)


@contextmanager
def _outrun(resource: Resource) -> Iterator[None]:
    """Tell in the resource's words what the database refused: a broken rule, a key or a link that is gone since."""
    try:
        yield
    except (IntegrityError, OperationalError) as refused:  # PyMySQL takes a broken rule for the latter
        rule = _BROKEN_RULE.search(str(refused.orig))
        if rule is not None:
            reason = f"is not taken: the values together break the rule {next(filter(None, rule.groups()))}"
        elif isinstance(refused, IntegrityError):
            reason = "was taken meanwhile, or what it is linked to is gone; try again"
        else:
            raise
        raise RefusedValuesError(resource.name, {resource.key_field: [reason]}) from refused


def _insert(session: Session, root: Table, row: Mapping[str, Any]) -> int:
    for column in root.columns:
        if column.info.get("filled") and not row.get(column.name):
            return changes.insert_numbered(session, root, row, column.name, _numbers)
    record_id = changes.insert_rows(session, root, [row])[0]
    assert record_id is not None
    return record_id


def _numbers(record_id: int) -> Iterator[str]:
    """Yield "A-00042", and what stands for it should a person have given that number to something else."""
    number = f"A-{record_id:0{NUMBER_WIDTH}}"
    yield number
    yield from (f"{number}-{again}" for again in count(2))


def _set_links(session: Session, resource: Resource, record_id: int, values: Mapping[str, Any]) -> bool:
    moved = False
    for name, value in values.items():
        field = resource.field(name)
        if field.kind is Kind.LINKS:
            moved = links.replace(session, resource, field, record_id, value or ()) or moved
    return moved
