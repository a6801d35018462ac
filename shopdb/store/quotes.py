"""Whose search entry quotes what: from changed rows to the records that have to be indexed again.

The text of an entry is made of columns of the record, of what its links lead to, of the labels of its many-valued
fields and of its children's columns. For each such column a `Quote` knows the way from its row back to the records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from weakref import WeakKeyDictionary

from sqlalchemy import Column, ColumnElement, Select, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.store.chunks import chunks
from shopdb.store.describe import path_columns
from shopdb.store.documents import Action, rows_of
from shopdb.store.joins import Joins
from shopdb.store.links import ends
from shopdb.store.log import Entry
from shopdb.store.schema import Schema, key_column, label_of, own_table, root_table, schema_of, target_of
from shopdb.store.search import is_indexed


@dataclass(frozen=True, slots=True)
class Owned:
    """A column of a row that names its record itself, in the column ``owner``; a new or vanished row counts too."""

    column: Column[Any]
    owner: Column[Any]

    def records(self, session: Session, entries: Sequence[Entry]) -> Iterator[int]:
        """Yield the ids of the records that the rows belong to, before and after."""
        table = self.owner.table
        is_subject = table.info["subject"] == self.owner.name
        unnamed: list[int] = []
        for entry in entries:
            if entry.action == "update" and not any(self.column.name in row for row in rows_of(entry.after)):
                continue
            if is_subject and entry.subject_id is not None:
                yield entry.subject_id
            for row in (*rows_of(entry.before), *rows_of(entry.after)):
                if self.owner.name in row:
                    yield row[self.owner.name]
                elif not is_subject:
                    unnamed.append(row[key_column(table).name])
        for some in chunks(unnamed):
            yield from session.connection().scalars(select(self.owner).where(key_column(table).in_(some)))


@dataclass(frozen=True, slots=True)
class Linked:
    """A column of a row that records lead to: ``ids`` selects records, ``through`` is its column that names the row.

    Only a change counts: before a row goes, whatever leads to it is changed or goes itself.
    """

    column: Column[Any]
    ids: Select[Any]
    through: ColumnElement[Any]

    def records(self, session: Session, entries: Sequence[Entry]) -> Iterator[int]:
        """Yield the ids of the records that lead to the rows."""
        key = key_column(self.column.table).name
        updates = (row for entry in entries if entry.action == "update" for row in rows_of(entry.after))
        changed = {row[key] for row in updates if self.column.name in row}
        for some in chunks(sorted(changed)):
            yield from session.connection().scalars(self.ids.where(self.through.in_(some)))


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted column with the way to the records, which are those of the table ``root``."""

    root: str
    way: Owned | Linked


# Known for as long as the schema is in use: another set of plugins makes another one.
_QUOTES: WeakKeyDictionary[Schema, Mapping[str, Sequence[Quote]]] = WeakKeyDictionary()


def stale_records(session: Session, entries: Iterable[Entry]) -> Mapping[str, set[int]]:
    """Return by root table the ids of the records whose search entries these changes may have made untrue."""
    schema = schema_of(session)
    if schema not in _QUOTES:
        _QUOTES[schema] = _quotes_by_table(session, schema)
    quotes = _QUOTES[schema]
    touched: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.action in get_args(Action):
            touched[entry.table].append(entry)
    stale: defaultdict[str, set[int]] = defaultdict(set)
    for table, many in touched.items():
        for quote in quotes.get(table, ()):
            stale[quote.root].update(quote.way.records(session, many))
    return stale


def _quotes_by_table(session: Session, schema: Schema) -> dict[str, Sequence[Quote]]:
    found: defaultdict[str, dict[tuple[str, ...], Quote]] = defaultdict(dict)
    for resource in schema.catalog.values():
        if not is_indexed(resource):
            continue
        root = root_table(resource).name
        for path, way in _ways(session, schema, resource):
            # Typed records inherit what quotes an asset: one way is enough.
            found[way.column.table.name].setdefault((root, *path), Quote(root, way))
    return {table: tuple(quotes.values()) for table, quotes in found.items()}


def _ways(session: Session, schema: Schema, resource: Resource) -> Iterator[tuple[tuple[str, ...], Owned | Linked]]:
    for field in (resource.fields_by_name.get(resource.label_field), *resource.searched_fields):
        if field is not None and field.kind is Kind.LINKS:
            yield from _to_many(session, schema, resource, field)
        elif field is not None:
            yield from _to_one(resource, field)
    for child in schema.catalog.children(resource.name):
        for field in child.searched_fields:
            table = own_table(child)
            if field.name in table.c:
                yield _named(Owned(table.c[field.name], table.c[f"{child.parent}_id"]))
                yield _named(Owned(table.c[f"{child.parent}_id"], table.c[f"{child.parent}_id"]))


def _to_one(resource: Resource, field: Field) -> Iterator[tuple[tuple[str, ...], Owned | Linked]]:
    steps = path_columns(field, own_table(resource), root_table(resource))
    yield _named(Owned(steps[0], key_column(steps[0].table)))
    quoted = [*steps[1:], label_of(target_of(steps[-1]))] if field.kind is Kind.LINK else steps[1:]
    for at, column in enumerate(quoted):
        joins = Joins(resource)
        through = joins.step(field, at)
        ids = select(key_column(root_table(resource))).select_from(joins.clause)
        yield (*map(str, steps[: at + 1]), str(column)), Linked(column, ids, through)


def _to_many(
    session: Session, schema: Schema, resource: Resource, field: Field
) -> Iterator[tuple[tuple[str, ...], Owned | Linked]]:
    tied = ends(session, resource, field)
    for end in (tied.owner, tied.target):
        yield _named(Owned(end, tied.owner))
    label = label_of(schema.tables[field.target])
    ids = select(tied.owner).select_from(tied.clause).where(*tied.conditions)
    yield (str(tied.target), str(label)), Linked(label, ids, tied.target)


def _named(way: Owned) -> tuple[tuple[str, ...], Owned]:
    return (str(way.column), str(way.owner)), way
