"""Reading records: pages, single records, id vectors and counts, for every resource in the same way."""

from __future__ import annotations

import base64
import binascii
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref, value_from_json, value_to_json
from shopdb.domain.listing import LARGEST_PAGE, ListQuery, Page, Record
from shopdb.domain.resource import Resource
from shopdb.exceptions import CursorRefusedError, RecordNotFoundError
from shopdb.store import links
from shopdb.store.chunks import chunks
from shopdb.store.compile import Ordered, Plan, after, ordered_ids, plan
from shopdb.store.schema import Schema, key_column, own_table, root_table

VECTOR_CHUNK = 20_000


def page(
    session: Session,
    resource: Resource,
    query: ListQuery,
    *,
    offset: int = 0,
    backwards: bool = False,
    also: Sequence[str] = (),
) -> Page:
    """Return one page of listed fields and those named in ``also``, in a constant number of statements.

    ``query.after`` continues a page; with ``backwards`` it returns the rows before that cursor, still in the list's
    order. ``offset`` jumps that many rows from the start, reading only their keys.
    """
    ordered = ordered_ids(session, resource, query, backwards=backwards)
    wanted = min(max(query.limit, 1), LARGEST_PAGE)
    statement = ordered.statement
    if query.after:
        statement = statement.where(after(ordered, *_read_cursor(query.after, ordered)))
    ids = list(session.connection().scalars(statement.limit(wanted + 1).offset(offset or None)))
    found = rows(session, resource, ids[:wanted], also=(ordered.sort_field.name, *also))
    more = len(ids) > wanted
    if backwards:
        found.reverse()
        return Page(tuple(found), cursor(resource, query, found[-1]) if found else None)
    return Page(tuple(found), cursor(resource, query, found[-1]) if more else None)


def cursor(resource: Resource, query: ListQuery, row: Record) -> str:
    """Return the cursor that stands at this row in the query's order; the row must show the sort field."""
    name = query.sort.field if query.sort else resource.default_sort.lstrip("-")
    value = row.values.get(name)
    shown = value.label if isinstance(value, Ref) else value_to_json(value, resource.sort_field(name))
    return base64.urlsafe_b64encode(orjson.dumps([name, shown, row.id])).decode().rstrip("=")


def _read_cursor(text: str, ordered: Ordered) -> tuple[Any, int]:
    try:
        raw = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        name, value, record_id = raw
        field = ordered.sort_field
        plain = field if field.kind is not Kind.LINK else replace(field, kind=Kind.TEXT, length=None)
        if name != field.name or type(record_id) is not int:
            raise CursorRefusedError(text)
        return value_from_json(value, plain), record_id
    except (ValueError, TypeError, binascii.Error) as refused:
        raise CursorRefusedError(text) from refused


def rows(session: Session, resource: Resource, ids: Sequence[int], *, also: Sequence[str] = ()) -> list[Record]:
    """Return the listed fields, and those named in ``also``, of these records in the order of the ids.

    Ids that are gone are left out.
    """
    listed = [one.name for one in resource.fields if one.listed or one.name == resource.label_field]
    return select_records(session, resource, ids, tuple(dict.fromkeys((*listed, *also))))


def full_rows(session: Session, resource: Resource, ids: Sequence[int]) -> list[Record]:
    """Return every field of these records in the order of the ids; ids that are gone are left out."""
    return select_records(session, resource, ids, tuple(resource.fields_by_name))


def select_records(session: Session, resource: Resource, ids: Sequence[int], names: tuple[str, ...]) -> list[Record]:
    """Return these fields of these records in the order of the ids; ids that are gone are left out."""
    if not ids:
        return []
    how = plan(resource, names)
    found: dict[int, tuple[Sequence[Any], Mapping[str, Any]]] = {}
    for some in chunks(ids):
        statement = how.statement.where(key_column(how.root).in_(some))
        many = {one.name: links.read(session, resource, one, some) for one in how.links}
        for row in session.connection().execute(statement):
            found[row[0]] = (tuple(row), {name: by_id[row[0]] for name, by_id in many.items()})
    return [_record(resource, how, *found[record_id]) for record_id in ids if record_id in found]


def _record(resource: Resource, how: Plan, row: Sequence[Any], many: Mapping[str, Any]) -> Record:
    values: dict[str, Any] = {}
    index = 2
    for one, is_link in how.columns:
        if is_link:
            values[one.name] = None if row[index] is None else Ref(row[index], _as_label(row[index + 1]))
            index += 2
        else:
            values[one.name] = row[index]
            index += 1
    values.update(many)
    label = values.get(resource.label_field)
    return Record(
        resource.name, row[0], row[1], label.label if isinstance(label, Ref) else str(label or row[0]), values
    )


def _as_label(value: Any) -> str:
    return "" if value is None else str(value)


def get(session: Session, resource: Resource, record_id: int) -> Record:
    """Return one record with every field; `RecordNotFoundError` if it is not there or of another type."""
    found = full_rows(session, resource, [record_id])
    if not found:
        raise RecordNotFoundError(resource.name, record_id)
    return found[0]


def find(session: Session, resource: Resource, key: str) -> Record:
    """Return the record with this id, natural key or (unambiguous) label, every field of it."""
    # No id has more than 18 digits, and no engine takes a larger number.
    ids = [int(key)] if key.isascii() and key.isdigit() and len(key) < 19 else []
    matching = resolve(session, resource, [key]).get(key)
    if matching is not None:
        ids = [matching]
    found = full_rows(session, resource, ids)
    if not found:
        raise RecordNotFoundError(resource.name, key)
    return found[0]


def resolve(session: Session, resource: Resource, texts: Iterable[str]) -> dict[str, int]:
    """Return the id of each text that is one record's natural key or, if only one has it, label."""
    wanted = {text.casefold(): text for text in texts if text}
    root = root_table(resource)
    resolved: dict[str, int] = {}
    for name in dict.fromkeys((resource.label_field, resource.key_field)):
        if name not in root.c or not wanted:
            continue
        statement = select(key_column(root), root.c[name]).where(root.c[name].in_(list(wanted.values())))
        if resource.extends is not None:
            statement = statement.where(root.c.resource == resource.name)
        seen: dict[str, list[int]] = {}
        for record_id, value in session.connection().execute(statement.limit(2 * len(wanted) + 100)):
            seen.setdefault(str(value).casefold(), []).append(record_id)
        resolved |= {wanted[text]: ids[0] for text, ids in seen.items() if len(ids) == 1 and text in wanted}
    return resolved


def ids(session: Session, resource: Resource, query: ListQuery) -> array[int]:
    """Return the ids of the whole list in its order: eight bytes a record, read in chunks."""
    vector = array("q")
    statement = ordered_ids(session, resource, query).statement
    found = session.connection().execute(statement.execution_options(yield_per=VECTOR_CHUNK))
    for chunk in found.scalars().partitions():
        vector.extend(chunk)
    return vector


def count(session: Session, resource: Resource, query: ListQuery, *, at_most: int | None = None) -> int:
    """Return how many records the filter lets through, counting no further than ``at_most``."""
    counted: Select[Any] = ordered_ids(session, resource, query).statement.order_by(None)
    if at_most is not None:
        counted = counted.limit(at_most)
    return session.connection().scalar(select(func.count()).select_from(counted.subquery())) or 0


def table_rows(session: Session, resource: Resource, record_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the raw rows of a record, the root's and its own (the same one for plain resources), as the log needs them."""
    root, own = root_table(resource), own_table(resource)
    found = session.connection().execute(select(root).where(key_column(root) == record_id)).mappings().one_or_none()
    if found is None:
        raise RecordNotFoundError(resource.name, record_id)
    if own is root:
        return dict(found), dict(found)
    mine = session.connection().execute(select(own).where(key_column(own) == record_id)).mappings().one_or_none()
    if mine is None:
        raise RecordNotFoundError(resource.name, record_id)
    return dict(found), dict(mine)


def typed(session: Session, resource: Resource, record: Record) -> Resource:
    """Return the resource that knows most of a record: an asset's own type where its plugin is loaded."""
    schema: Schema = session.info["schema"]
    name = record.values.get("resource")
    return schema.resource_of(resource.name, name if isinstance(name, str) else None) or resource
