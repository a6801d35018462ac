"""Reading records: pages, single records, id vectors and counts, for every resource in the same way."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, LargeBinary, Select, cast, false, func, or_, select
from sqlalchemy.orm import Session

from shopdb.domain.compound import is_id
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import LARGEST_PAGE, ListQuery, Page, Record, parse_sort
from shopdb.domain.resource import Resource
from shopdb.exceptions import RecordNotFoundError
from shopdb.store import cursors, links
from shopdb.store.chunks import chunks
from shopdb.store.compile import ordered_ids
from shopdb.store.joins import Plan, plan
from shopdb.store.schema import Schema, key_column, own_table, root_table
from shopdb.store.texts import equals

VECTOR_CHUNK = 20_000
_ID = re.compile("[0-9]{1,18}")


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

    ``query.after`` continues a page; with ``backwards`` it is a page's ``before``, and the rows before it are returned,
    still in the list's order. ``offset`` jumps that many rows from the start, reading only their keys.
    """
    ordered = ordered_ids(session, resource, query, backwards=backwards)
    limit = min(max(query.limit, 1), LARGEST_PAGE)
    after = cursors.read(query.after, ordered) if query.after else None
    found = session.connection().execute(ordered.page(limit + 1, offset=offset, after=after)).all()
    shown = found[:limit]
    # What was skipped or continued has something behind it; where it goes to is known from the row too many.
    behind, ahead = bool(query.after or offset), len(found) > limit
    if backwards:
        shown, behind, ahead = shown[::-1], ahead, behind
    return Page(
        tuple(rows(session, resource, [record_id for record_id, _ in shown], also=(ordered.field.name, *also))),
        after=cursors.write(ordered.sort, *shown[-1]) if ahead and shown else None,
        before=cursors.write(ordered.sort, *shown[0]) if behind and shown else None,
    )


def cursor(resource: Resource, query: ListQuery, row: Record) -> str:
    """Return the cursor that stands at this row in the query's order; the row must show the sort field."""
    sort = query.sort or parse_sort("", resource)
    value = row.values[sort.field]
    return cursors.write(sort, row.id, (value.label or None) if isinstance(value, Ref) else value)


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
    found = full_rows(session, resource, [record_id] if is_id(record_id) else [])
    if not found:
        raise RecordNotFoundError(resource.name, record_id)
    return found[0]


def find(session: Session, resource: Resource, key: str) -> Record:
    """Return the record with this id, else natural key, else (unambiguous) label, every field of it.

    Raises `RecordNotFoundError`.
    """
    if _ID.fullmatch(key):
        found = full_rows(session, resource, [int(key)])
        if found:
            return found[0]
    record_id = resolve(session, resource, [key]).get(key)
    if record_id is None:
        raise RecordNotFoundError(resource.name, key)
    return get(session, resource, record_id)


def resolve(session: Session, resource: Resource, texts: Iterable[str]) -> dict[str, int]:
    """Return the id of each text that is one record's natural key or, if only one has it, label."""
    found = matching(session, resource, texts)
    return {text: ids[0] for text, ids in found.items() if len(ids) == 1}


def matching(session: Session, resource: Resource, texts: Iterable[str]) -> dict[str, list[int]]:
    """Return for each text the record that has it as natural key, else some of those that it is the label of.

    Case does not count. Texts that nothing is called are left out.
    """
    wanted = list(dict.fromkeys(text for text in texts if text))
    root = root_table(resource)
    found: dict[str, list[int]] = {}
    for column in dict.fromkeys((root.c.get(resource.key_field), root.c.get(resource.label_field))):
        if column is None:
            continue
        missing = [text for text in wanted if text not in found]
        called: defaultdict[str, set[int]] = defaultdict(set)
        for some in chunks(missing):
            for name, lowest, highest in session.connection().execute(_named(resource, column, some)):
                called[name.decode().casefold()] |= {lowest, highest}
        found |= {text: sorted(called[text.casefold()]) for text in missing if text.casefold() in called}
    return found


def _named(resource: Resource, column: Column[Any], texts: Sequence[str]) -> Select[bytes, int, int]:
    """Return the select of names with the lowest and the highest id that bears each: the same one if it is alone."""
    root = root_table(resource)
    key = key_column(root)
    # Compared as the column compares, but told apart to the letter: MariaDB takes "Muller" for "Müller".
    name = cast(column, LargeBinary)
    statement = select(name, func.min(key), func.max(key)).group_by(name)
    statement = statement.where(or_(false(), *(equals(column, text) for text in texts)))
    return statement.where(root.c.resource == resource.name) if resource.extends is not None else statement


def existing(session: Session, resource: Resource, ids: Sequence[int]) -> set[int]:
    """Return which of these ids are records of the resource."""
    key = key_column(own_table(resource))
    return {found for some in chunks(ids) for found in session.connection().scalars(select(key).where(key.in_(some)))}


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
    """Return the raw rows of a record, the root's and its own: the same one for plain resources."""
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
