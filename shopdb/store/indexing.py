"""Keeping the search entries true: what a transaction changed is indexed again just before it commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import LargeBinary, Select, cast, delete, insert, select, union_all
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, value_to_text
from shopdb.domain.listing import Record
from shopdb.domain.resource import Field, Resource
from shopdb.store.chunks import chunks
from shopdb.store.engine import is_mysql
from shopdb.store.log import Entry
from shopdb.store.models.assets import Asset
from shopdb.store.models.operation import SearchEntry
from shopdb.store.quotes import stale_records
from shopdb.store.records import select_records
from shopdb.store.schema import Schema, key_column, own_table, root_table, schema_of, table_of
from shopdb.store.search import LONGEST_TEXT, is_indexed, normal, trigrams

KEY_WEIGHT = 10
DETAILS = 4


def refresh(session: Session, entries: Sequence[Entry]) -> None:
    """Index again every record whose entry these changes may have made untrue."""
    gone = {(entry.table, entry.subject_id) for entry in entries if entry.action == "delete"}
    made = {(entry.table, entry.subject_id) for entry in entries if entry.action == "create"} - gone
    for root, ids in stale_records(session, entries).items():
        new = {record_id for record_id in ids if (root, record_id) in made}
        _forget(session, root, ids - new)
        _index(session, root, ids)


def reindex_all(session: Session) -> int:
    """Index every record of every resource again and return how many there are."""
    schema = schema_of(session)
    session.connection().execute(delete(table_of(SearchEntry)))
    done = 0
    for root in {root_table(one).name for one in schema.catalog.values() if is_indexed(one)}:
        ids = session.connection().scalars(select(key_column(schema.tables[root]))).all()
        _index(session, root, ids)
        done += len(ids)
    return done


def reindex(session: Session, resources: Collection[Resource]) -> None:
    """Index every record of these resources again: they are searched by other fields, or again at all."""
    for one in resources:
        if not is_indexed(one):
            continue
        root, asset = root_table(one), table_of(Asset)
        ids = select(key_column(root))
        if root is asset:
            ids = ids.where(asset.c.resource == one.name)
        found = session.connection().scalars(ids).all()
        _forget(session, root.name, found)
        _index(session, root.name, found)


def forget_resources(session: Session, resources: Collection[str]) -> None:
    """Take the records of these resources out of the index."""
    gone = delete(table_of(SearchEntry)).where(SearchEntry.resource.in_(resources))
    session.connection().execute(gone)


def _forget(session: Session, root: str, ids: Iterable[int]) -> None:
    for some in chunks(sorted(ids)):
        gone = delete(table_of(SearchEntry)).where(SearchEntry.root == root, SearchEntry.record_id.in_(some))
        session.connection().execute(gone)


def _index(session: Session, root: str, ids: Iterable[int]) -> None:
    schema, connection = schema_of(session), session.connection()
    for some in chunks(sorted(ids)):
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
    shown: list[Select[Any]] = []
    for child in schema.catalog.children(resource.name):
        table = own_table(child)
        owner = table.c[f"{child.parent}_id"]
        # As bytes, for texts of different collations do not go into one union.
        shown += [
            select(owner, cast(table.c[one.name], LargeBinary)).where(owner.in_(ids), table.c[one.name].is_not(None))
            for one in child.searched_fields
            if one.name in table.c
        ]
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for owner_id, text in session.connection().execute(union_all(*shown)) if shown else ():
        texts[owner_id].append(text.decode())
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
