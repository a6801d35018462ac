"""What one opened shop's database holds: the tables of core and of the loaded plugins, and who depends on whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.orm import Session

from shopdb.domain.catalog import Catalog
from shopdb.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class Dependent:
    """A foreign key that points at a table: which column, and what happens to its row when the target goes."""

    column: Column[Any]
    on_delete: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Schema:
    """Tables by name and the catalog that describes them; a value, made once for each generation of plugins.

    ``weights`` says by resource and field how much a hit in the global search counts (1 to 10; 10 is a key).
    """

    catalog: Catalog
    tables: Mapping[str, Table]
    weights: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    dependents: Mapping[str, tuple[Dependent, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out which foreign keys point at which table."""
        found: defaultdict[str, list[Dependent]] = defaultdict(list)
        for table in self.tables.values():
            for column in table.columns:
                for key in column.foreign_keys:
                    found[target_table(key.target_fullname)].append(Dependent(column, (key.ondelete or "").upper()))
        object.__setattr__(self, "dependents", {name: tuple(many) for name, many in found.items()})

    def resource_of(self, table: str, row_resource: str | None = None) -> Resource | None:
        """Return the resource that describes a row; ``row_resource`` is the type that an asset's row names."""
        if row_resource and row_resource in self.catalog:
            return self.catalog[row_resource]
        return self.catalog.get(table)


def make_schema(
    catalog: Catalog, tables: Iterable[Table], weights: Mapping[str, Mapping[str, int]] | None = None
) -> Schema:
    """Return the schema of these tables, by name."""
    return Schema(catalog, {table.name: table for table in tables}, weights or {})


def schema_of(session: Session) -> Schema:
    """Return the schema that the session works on."""
    schema: Schema = session.info["schema"]
    return schema


def target_table(target: str) -> str:
    """Return the table of a foreign key's "table.column"."""
    return target.rpartition(".")[0]


def target_of(foreign_key: Column[Any]) -> Table:
    """Return the table that a foreign key column points at."""
    table = next(iter(foreign_key.foreign_keys)).column.table
    assert isinstance(table, Table)
    return table


def subject_table(table: Table) -> str:
    """Return the name of the table of the records in whose history rows of this one stand.

    A typed record and its asset have one id and one history, the asset's; so has what belongs to the typed record.
    """
    subject = table.info["subject"]
    if not subject:
        return table.name
    target = target_of(table.c[subject])
    return subject_table(target) if target.info["subject"] == key_column(target).name else target.name


def label_of(table: Table) -> Column[Any]:
    """Return the column that people know the table's records by: a typed record's is the asset's."""
    key = key_column(table)
    if label := table.info["label"]:
        found: Column[Any] = table.c[label]
        return found
    return label_of(target_of(key)) if key.foreign_keys else key


def association_ends(through: Table, *owners: Table) -> tuple[Column[Any], Column[Any]]:
    """Return the columns of a table that ties records together: the one towards the owners, and the other.

    Raises LookupError if the table has no such two.
    """
    tied = [column for column in through.columns if column.foreign_keys]
    own = next((column for column in tied if target_of(column) in owners), None)
    other = next((column for column in tied if column is not own), None)
    if own is None or other is None:
        message = f"{through.name} does not tie {owners[0].name} to anything"
        raise LookupError(message)
    return own, other


def table_of(model: type[Any]) -> Table:
    """Return a mapped class's table."""
    table: Table = model.__table__
    return table


def own_table(resource: Resource) -> Table:
    """Return the table of the resource's own fields."""
    return table_of(resource.model)


def root_table(resource: Resource) -> Table:
    """Return the table whose row carries the record's id, version and history (the asset's, for typed records)."""
    return own_table(resource.extends or resource)


def key_column(table: Table) -> Column[Any]:
    """Return the (first) primary key column."""
    return table.primary_key.columns[0]


def identity(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that tell the table's rows apart."""
    return tuple(table.info["identity"])


def matching(table: Table, row: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that find this very row."""
    return [table.c[name] == row[name] for name in identity(table)]
