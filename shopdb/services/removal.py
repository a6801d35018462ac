"""What deleting a record would take along, and what would keep it: told before anything is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from shopdb.domain.resource import Resource
from shopdb.store.chunks import chunks
from shopdb.store.schema import Schema, key_column, own_table, root_table, schema_of


@dataclass(frozen=True, slots=True)
class Removal:
    """``takes`` counts by title what would go with a record; while ``used_by`` counts anything, it cannot go."""

    takes: Mapping[str, int]
    used_by: Mapping[str, int]


def removal(session: Session, resource: Resource, record_id: int) -> Removal:
    """Return what deleting a record means; nothing is changed.

    Rows that only programs know (identifiers, observations) go too and are not counted. One statement for each
    foreign key on the way.
    """
    schema = schema_of(session)
    root = root_table(resource)
    gone: dict[Table, set[int]] = {root: {record_id}}
    users: defaultdict[Table, set[int]] = defaultdict(set)
    going = [(root, [record_id])]
    while going:
        table, ids = going.pop()
        for dependent in schema.dependents.get(table.name, ()):
            child = dependent.column.table
            assert isinstance(child, Table)
            if dependent.on_delete == "CASCADE":
                found = set(_rows(session, dependent.column, ids)) - gone.get(child, set())
                gone[child] = gone.get(child, set()) | found
                if found and schema.dependents.get(child.name):
                    going.append((child, sorted(found)))
            elif dependent.on_delete != "SET NULL":
                users[child].update(_rows(session, dependent.column, ids))
    titles = _titles(schema, resource)
    own = {root.name, own_table(resource).name}
    told = {table: len(ids) for table, ids in gone.items() if ids and table.name in titles and table.name not in own}
    holding = {table: len(ids - gone.get(table, set())) for table, ids in users.items()}
    return Removal(
        takes={titles[table.name]: count for table, count in told.items()},
        used_by={titles.get(table.name, table.name): count for table, count in holding.items() if count},
    )


def _rows(session: Session, column: Column[Any], ids: Sequence[int]) -> list[int]:
    key = key_column(column.table)
    return [
        found for some in chunks(ids) for found in session.connection().scalars(select(key).where(column.in_(some)))
    ]


def _titles(schema: Schema, resource: Resource) -> dict[str, str]:
    linked = {one.path: one.label for one in resource.fields if one.path in schema.tables and one.kind.value == "links"}
    return linked | {own_table(one).name: one.title for one in schema.catalog.values()}
