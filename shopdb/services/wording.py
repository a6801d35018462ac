"""The change log's documents in words: tables by their titles, columns by their fields, links by their labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.resource import Field, Resource
from shopdb.store import changes
from shopdb.store.chunks import chunks
from shopdb.store.describe import path_columns
from shopdb.store.schema import Schema, identity, key_column, own_table, root_table, target_table

Document = Mapping[str, Any]
"""A row by column name, as JSON keeps it; empty where there was none."""

Link = tuple[str, int]
"""A table's name and a row's id."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as decoded values; None where there was no row, or nothing in the field."""

    field: Field
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that came, changed or went; ``label`` tells it from its like ("Firefox 130.0"), "" if it needs none."""

    label: str
    fields: tuple[FieldChange, ...]


def links_of(table: Table, pairs: Iterable[tuple[Document, Document]]) -> Iterator[Link]:
    """Yield what must be called by name to tell these rows: what they link to, and they themselves."""
    key = key_column(table).name
    for document in (one for pair in pairs for one in pair):
        for name, value in document.items():
            target = table.name if name == key else _target(table, name)
            if target and isinstance(value, int):
                yield target, value


def labels_of(session: Session, schema: Schema, links: Iterable[Link]) -> dict[Link, str]:
    """Return what people call these rows, those that are still there; one statement a table (and 500 rows)."""
    by_table: defaultdict[str, list[int]] = defaultdict(list)
    for table_name, record_id in sorted(links):
        by_table[table_name].append(record_id)
    labels: dict[Link, str] = {}
    for table_name, ids in by_table.items():
        table = schema.tables.get(table_name)
        if table is None or not table.info["label"]:
            continue
        statement = _labelling(schema, table)
        for some in chunks(ids):
            for record_id, *parts in session.connection().execute(statement.where(key_column(table).in_(some))):
                labels[table_name, record_id] = " ".join(str(part) for part in parts if part is not None)
    return labels


def _labelling(schema: Schema, table: Table) -> Select[Any]:
    key, label = key_column(table), table.c[table.info["label"]]
    # What nobody can look up by itself is called by its owner's name too: a version by its application's.
    if table.name not in schema.catalog:
        for column in table.columns:
            owner = schema.tables.get(_target(table, column.name))
            owned = any(link.ondelete == "CASCADE" for link in column.foreign_keys)
            if owned and owner is not None and owner.info["label"]:
                named = owner.alias()
                joined = table.join(named, named.c[key_column(owner).name] == column)
                return select(key, named.c[owner.info["label"]], label).select_from(joined)
    return select(key, label)


def _target(table: Table, column: str) -> str:
    """Return the table that the column points at, "" if it is no link."""
    found = next(iter(table.c[column].foreign_keys), None) if column in table.c else None
    return target_table(found.target_fullname) if found else ""


class Words:
    """What tables, columns and linked rows are called where one resource is shown."""

    def __init__(self, schema: Schema, resource: Resource, labels: Mapping[Link, str]) -> None:
        self._schema = schema
        self._resource = resource
        self._labels = labels
        self._fields: dict[str, dict[str, Field]] = {}

    def title(self, table: str) -> str:
        """Return what the table's rows are to the record: "" if the record itself, else such as "Software"."""
        root = root_table(self._resource)
        for one in (self._resource, *self._schema.catalog.values()):
            if own_table(one).name == table:
                return "" if root_table(one) is root else one.title
            for field in one.fields:
                if field.kind is Kind.LINKS and field.path == table:
                    return field.label
        return _spaced(table)

    def row(self, table: Table, before: Document, after: Document) -> RowChange:
        """Return a row's fields that differ, and which row it is."""
        # Ids say nothing to people; columns that stay out of the log are secrets and passing readings.
        unsaid = {key_column(table).name, table.info["subject"], *table.info["unlogged"]}
        told = [
            self._change(table, name, before.get(name), after.get(name))
            for name in {**before, **after}
            if name not in unsaid and before.get(name) != after.get(name)
        ]
        return RowChange(self._label(table, after or before), tuple(told))

    def _change(self, table: Table, name: str, before: Any, after: Any) -> FieldChange:
        field = self._described(table).get(name)
        target = _target(table, name)
        if target:
            plain = name.removesuffix("_id")
            linking = field or Field(plain, _spaced(plain), kind=Kind.LINK, target=target)
            return FieldChange(linking, self._ref(target, before), self._ref(target, after))
        if field is None:
            return FieldChange(Field(name, _spaced(name)), before, after)
        column = table.c[name]
        return FieldChange(field, changes.unplain(column, before), changes.unplain(column, after))

    def _ref(self, target: str, record_id: int | None) -> Ref | None:
        return None if record_id is None else Ref(record_id, self._labels.get((target, record_id), f"#{record_id}"))

    def _label(self, table: Table, document: Document) -> str:
        if not self.title(table.name):
            return ""
        if label := document.get(table.info["label"]):
            return str(label)
        key = key_column(table).name
        ends = [name for name in identity(table) if name != table.info["subject"]]
        links = [(table.name if name == key else _target(table, name), document.get(name, 0)) for name in ends]
        return " ".join(self._labels[link] for link in links if link in self._labels)

    def _described(self, table: Table) -> Mapping[str, Field]:
        """Return the fields of the table's columns, in the shown resource's words where it has some."""
        if table.name not in self._fields:
            found = self._fields[table.name] = {}
            for one in (*self._schema.catalog.values(), self._resource):
                if table in (own_table(one), root_table(one)):
                    found.update(_fields_by_column(one, table))
        return self._fields[table.name]


def _fields_by_column(resource: Resource, table: Table) -> Iterator[tuple[str, Field]]:
    for field in resource.fields:
        if not field.path and not field.relation:
            column = path_columns(field, own_table(resource), root_table(resource))[-1]
            if column.table is table:
                yield column.name, field


def _spaced(name: str) -> str:
    return name.replace("_", " ").capitalize()
