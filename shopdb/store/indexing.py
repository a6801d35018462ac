"""Keeping the search entries true: what a transaction changed is indexed again just before it commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, value_to_text
from shopdb.domain.listing import Record
from shopdb.domain.resource import Field, Resource
from shopdb.store.changes import Entry
from shopdb.store.chunks import chunks
from shopdb.store.compile import Joins
from shopdb.store.describe import path_columns
from shopdb.store.engine import is_mysql
from shopdb.store.models.assets import Asset
from shopdb.store.models.operation import SearchEntry
from shopdb.store.records import select_records
from shopdb.store.schema import Schema, key_column, own_table, root_table, table_of
from shopdb.store.search import LONGEST_TEXT, is_indexed, normal, trigrams

KEY_WEIGHT = 10
DETAILS = 4


def refresh(session: Session, entries: Sequence[Entry]) -> None:
    """Index again every record whose searched text the entries may have changed."""
    schema: Schema = session.info["schema"]
    searched = {table: _searched_names(schema, table) for table in {entry.table for entry in entries}}
    stale: defaultdict[str, set[int]] = defaultdict(set)
    created: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.subject_id is None or not _matters(schema, entry, searched[entry.table]):
            continue
        target = created if entry.action == "create" and entry.table == entry.subject_table else stale
        target[entry.subject_table].add(entry.subject_id)
        if entry.table == entry.subject_table and entry.action == "update":
            for root, ids in _that_show(session, schema, entry):
                stale[root].update(ids)
    for root in {*stale, *created}:
        _index(session, schema, root, created[root] - stale[root], is_new=True)
        _index(session, schema, root, stale[root], is_new=False)


def reindex_all(session: Session) -> int:
    """Index every record of every resource again and return how many there are."""
    schema: Schema = session.info["schema"]
    done = 0
    for root in {root_table(one).name for one in schema.catalog.values() if is_indexed(one)}:
        key = key_column(schema.tables[root])
        ids = list(session.connection().scalars(select(key)))
        _index(session, schema, root, ids, is_new=False)
        done += len(ids)
    return done


def _matters(schema: Schema, entry: Entry, searched: set[str]) -> bool:
    if entry.subject_table not in schema.catalog or not is_indexed(schema.catalog[entry.subject_table]):
        return False
    if entry.action != "update" or not isinstance(entry.after, dict):
        return bool(searched) or entry.table.endswith("_tags")
    changed = {name.removesuffix("_id") for name in entry.after} - {"id", "asset"}
    return not changed.isdisjoint(searched) or "columns" in changed


def _searched_names(schema: Schema, table: str) -> set[str]:
    names: set[str] = set()
    for one in schema.catalog.values():
        if table in (own_table(one).name, root_table(one).name):
            names.update(field.path.split(".")[0] or field.name for field in one.searched_fields)
            names.add(one.label_field)
    return names


def _that_show(session: Session, schema: Schema, entry: Entry) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield the records whose searched text quotes the label of the changed record."""
    for one in schema.catalog.values():
        if not is_indexed(one):
            continue
        for field in one.searched_fields:
            if field.kind is Kind.LINKS:
                continue
            steps = path_columns(field, own_table(one), root_table(one))
            for at, step in enumerate(steps):
                if any(key.column.table.name == entry.table for key in step.foreign_keys):
                    joins = Joins(one)
                    column = joins.foreign_key(field, at)
                    key = key_column(root_table(one))
                    found = select(key).select_from(joins.clause).where(column == entry.subject_id)
                    yield root_table(one).name, list(session.connection().scalars(found))


def _index(session: Session, schema: Schema, root: str, ids: Iterable[int], *, is_new: bool) -> None:
    connection = session.connection()
    for some in chunks(sorted(ids)):
        if not is_new:
            gone = delete(table_of(SearchEntry)).where(SearchEntry.root == root, SearchEntry.record_id.in_(some))
            connection.execute(gone)
        made = [
            _entry(schema, resource, root, record, texts.get(record.id, []), cuts_trigrams=is_mysql(connection))
            for resource, mine in _by_resource(session, schema, root, some).items()
            for texts in [_children_texts(session, schema, resource, mine)]
            for record in select_records(session, resource, mine, _read_names(resource))
        ]
        if made:
            connection.execute(insert(table_of(SearchEntry)), made)


def _by_resource(session: Session, schema: Schema, root: str, ids: Sequence[int]) -> Mapping[Resource, list[int]]:
    if root != Asset.__tablename__:
        return {schema.catalog[root]: list(ids)}
    grouped: defaultdict[Resource, list[int]] = defaultdict(list)
    statement = select(Asset.id, Asset.resource).where(Asset.id.in_(ids))
    for record_id, name in session.connection().execute(statement):
        grouped[schema.resource_of(root, name) or schema.catalog[root]].append(record_id)
    return grouped


def _read_names(resource: Resource) -> tuple[str, ...]:
    names = [one.name for one in resource.searched_fields]
    return tuple(dict.fromkeys([resource.label_field, *names]))


def _children_texts(session: Session, schema: Schema, resource: Resource, ids: Sequence[int]) -> dict[int, list[str]]:
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for child in schema.catalog.children(resource.name):
        table = own_table(child)
        columns = [table.c[one.name] for one in child.searched_fields if not one.path and one.name in table.c]
        if not columns:
            continue
        owner = table.c[f"{child.parent}_id"]
        for row in session.connection().execute(select(owner, *columns).where(owner.in_(ids))):
            texts[row[0]].extend(value for value in row[1:] if value)
    return texts


def _entry(
    schema: Schema, resource: Resource, root: str, record: Record, more: Sequence[str], *, cuts_trigrams: bool
) -> dict[str, Any]:
    texts = {one.name: value_to_text(record.values[one.name], one) for one in resource.searched_fields}
    weights = schema.weights.get(resource.name, {})
    keys = {
        resource.key_field,
        "serial_number",
        *(name for name, weight in weights.items() if weight >= KEY_WEIGHT),
    }
    body = " ".join(dict.fromkeys(filter(None, map(normal, [record.label, *texts.values(), *more]))))[:LONGEST_TEXT]
    return {
        "root": root,
        "resource": resource.name,
        "record_id": record.id,
        "title": record.label[:255],
        "detail": _detail(resource.searched_fields, texts, record.label)[:255],
        "title_key": normal(record.label)[:255],
        "exact_keys": " ".join(normal(texts[name]) for name in sorted(keys) if texts.get(name)),
        "search_text": body,
        "trigrams": trigrams(body) if cuts_trigrams else "",
    }


def _detail(fields: Sequence[Field], texts: Mapping[str, str], label: str) -> str:
    shown = [texts[one.name] for one in fields if one.kind is not Kind.LONG_TEXT and texts[one.name] not in ("", label)]
    return " · ".join(shown[:DETAILS])
