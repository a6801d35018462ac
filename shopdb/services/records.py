"""Creating, changing and deleting any record: the one way in for forms, REST, CSV and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import Record
from shopdb.domain.merge import Clash, merge
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import ConflictError, RefusedValuesError, ResourceReadOnlyError, StaleRowError
from shopdb.store import changes, links, records
from shopdb.store.describe import path_columns
from shopdb.store.schema import Schema, key_column, own_table, root_table
from shopdb.store.session import origin_of

NUMBER_WIDTH = 5


def create(session: Session, resource: Resource, values: Mapping[str, Any]) -> Record:
    """Create a record from decoded values and return it whole.

    Raises `RefusedValuesError` naming every value that does not do, also those that the database would refuse.
    """
    _require_writable(session, resource)
    known = _with_ids(session, resource, resource.check(values))
    root, own = root_table(resource), own_table(resource)
    columns = _columns(resource, known)
    root_row = dict(columns[root])
    if resource.extends is not None:
        root_row["resource"] = resource.name
    _refuse_taken(session, resource, {root: root_row, **({own: columns[own]} if own is not root else {})}, None)
    try:
        record_id = _insert(session, root, root_row)
        if own is not root:
            changes.insert_rows(session, own, [{key_column(own).name: record_id, **columns[own]}])
    except IntegrityError as refused:
        raise RefusedValuesError(resource.name, {resource.key_field: ["is taken or points at nothing"]}) from refused
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
    names the fields that both changed. Equal values write nothing.
    """
    _require_writable(session, resource)
    known = _with_ids(session, resource, resource.check(values, partial=True))
    root, own = root_table(resource), own_table(resource)
    root_row, own_row = records.table_rows(session, resource, record_id)
    if version is not None and root_row["version"] != version:
        known = _merged(session, resource, record_id, known, base)
    columns = _columns(resource, known)
    _refuse_taken(session, resource, columns, record_id)
    try:
        now = changes.update_row(session, root, root_row, columns[root])
        same = now == root_row["version"]
        moved = _set_links(session, resource, record_id, known)
        if own is not root:
            moved = changes.update_row(session, own, own_row, columns[own]) != own_row["version"] or moved
        if moved and same:
            # The root row's version stands for the whole record.
            changes.touch_row(session, root, root_row)
    except StaleRowError as stale:
        if version is None:
            raise  # nobody asked for a version, so the whole transaction is tried again
        raise ConflictError(resource.name, record_id, records.get(session, resource, record_id), {}) from stale
    except IntegrityError as refused:
        raise RefusedValuesError(resource.name, {resource.key_field: ["is taken or points at nothing"]}) from refused
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
    changes.delete_rows(session, root_table(resource), [root_row])
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
    if base is None:
        clashes = {name: Clash(None, value, theirs.values.get(name)) for name, value in mine.items()}
        raise ConflictError(resource.name, record_id, theirs, clashes)
    merged = merge(base, mine, theirs.values)
    if merged.clashes:
        raise ConflictError(resource.name, record_id, theirs, merged.clashes)
    return dict(merged.values)


def _with_ids(session: Session, resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with every link resolved to an id and label; refuse what points at nothing."""
    schema: Schema = session.info["schema"]
    known = dict(values)
    problems: dict[str, list[str]] = {}
    for name, value in values.items():
        field = resource.field(name)
        if field.kind not in (Kind.LINK, Kind.LINKS) or value is None:
            continue
        target = schema.catalog[field.target]
        refs: tuple[Ref, ...] = value if isinstance(value, tuple) else (value,)
        by_label = records.resolve(session, target, [ref.label for ref in refs if ref.id is None])
        ids = [ref.id or by_label.get(ref.label) for ref in refs]
        missing = [ref.label for ref, record_id in zip(refs, ids, strict=True) if record_id is None]
        labels = _labels(session, target, [record_id for record_id in ids if record_id is not None])
        missing += [f"#{record_id}" for record_id in ids if record_id is not None and record_id not in labels]
        if missing:
            problems[name] = [f"there is no (or more than one) {target.singular.lower()} {one}" for one in missing]
            continue
        found = tuple(Ref(record_id, labels[record_id]) for record_id in ids if record_id is not None)
        known[name] = found if field.kind is Kind.LINKS else found[0]
    if problems:
        raise RefusedValuesError(resource.name, problems)
    return known


def _labels(session: Session, target: Resource, ids: list[int]) -> dict[int, str]:
    found = records.select_records(session, target, ids, (target.label_field,))
    return {record.id: record.label for record in found}


def _columns(resource: Resource, values: Mapping[str, Any]) -> dict[Table, dict[str, Any]]:
    root, own = root_table(resource), own_table(resource)
    columns: dict[Table, dict[str, Any]] = {root: {}, own: {}}
    for name, value in values.items():
        field = resource.field(name)
        if field.kind is Kind.LINKS:
            continue
        column = path_columns(field, own, root)[-1]
        assert isinstance(column.table, Table)
        columns[column.table][column.name] = value.id if isinstance(value, Ref) else _stored(value, field)
    return columns


def _stored(value: Any, field: Field) -> Any:
    # A flag column cannot be NULL; a blank flag is "no".
    return False if value is None and field.kind is Kind.FLAG else value


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


def _refuse_taken(
    session: Session, resource: Resource, rows: Mapping[Table, Mapping[str, Any]], record_id: int | None
) -> None:
    problems: dict[str, list[str]] = {}
    for table, row in rows.items():
        for column in table.columns:
            if not column.unique or row.get(column.name) is None:
                continue
            key = key_column(table)
            holder = session.connection().scalar(select(key).where(column == row[column.name]).limit(1))
            if holder is not None and holder != record_id:
                problems[column.name] = [f"{row[column.name]} is taken (by #{holder})"]
    if problems:
        raise RefusedValuesError(resource.name, problems)


def _set_links(session: Session, resource: Resource, record_id: int, values: Mapping[str, Any]) -> bool:
    moved = False
    for name, value in values.items():
        field = resource.field(name)
        if field.kind is Kind.LINKS:
            moved = links.replace(session, resource, field, record_id, value or ()) or moved
    return moved
