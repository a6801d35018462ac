"""The tables that a resource's fields stand in, and how they are read together with the record's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, select

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.store.describe import path_columns
from shopdb.store.schema import key_column, label_of, own_table, root_table, target_of

MOST_PLANS = 64


@dataclass(slots=True)
class Joins:
    """The FROM clause while fields ask for more tables; each foreign key is joined once."""

    resource: Resource
    clause: FromClause = field(init=False)
    _aliases: dict[tuple[Column[Any] | Table, ...], FromClause] = field(default_factory=dict)
    _has_own: bool = False

    def __post_init__(self) -> None:
        """Begin with the record's root table."""
        self.clause = root_table(self.resource)

    def need_own(self) -> None:
        """Join the typed record's own table."""
        own, root = own_table(self.resource), root_table(self.resource)
        if own is not root and not self._has_own:
            self.clause = self.clause.join(own, key_column(own) == key_column(root))
            self._has_own = True

    def column(self, wanted: Field) -> Column[Any]:
        """Return the column that holds the field's value; a LINK's is the foreign key."""
        return self.step(wanted, -1)

    def step(self, wanted: Field, index: int) -> Column[Any]:
        """Return the column that is this step of the way to a field; all but the last are foreign keys."""
        steps = self._steps(wanted)
        at = range(len(steps))[index]
        return _column(self._table(steps[:at], steps[0]), steps[at].name)

    def label(self, wanted: Field) -> Column[Any]:
        """Return the column that a LINK's target is known by."""
        steps = self._steps(wanted)
        known_by = label_of(target_of(steps[-1]))
        return _column(self._joined(steps, known_by.table), known_by.name)

    def _steps(self, wanted: Field) -> Sequence[Column[Any]]:
        return path_columns(wanted, own_table(self.resource), root_table(self.resource))

    def _table(self, followed: Sequence[Column[Any]], first: Column[Any]) -> FromClause:
        """Return the table in which one stands after following these foreign keys from the record."""
        if followed:
            return self._joined(followed, target_of(followed[-1]))
        if first.table is not root_table(self.resource):
            self.need_own()
        return first.table

    def _joined(self, followed: Sequence[Column[Any]], table: Table) -> FromClause:
        """Return the table, joined by its key to the last of these foreign keys."""
        known: tuple[Column[Any] | Table, ...] = (*followed, table)
        if known not in self._aliases:
            *before, last = followed
            foreign_key = self._table(before, followed[0]).c[last.name]
            target = self._aliases[known] = table.alias()
            self.clause = self.clause.outerjoin(target, foreign_key == target.c[key_column(table).name])
        return self._aliases[known]


def _column(table: FromClause, name: str) -> Column[Any]:
    found = table.c[name]
    assert isinstance(found, Column)
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """How fields are read: the select without its rows, the fields column by column, and the many-valued ones."""

    statement: Select[Any]
    root: Table
    columns: tuple[tuple[Field, bool], ...]
    links: tuple[Field, ...]


# A plugin can be unloaded while the program runs: what is known of its resources goes with them.
_PLANS: WeakKeyDictionary[Resource, dict[tuple[str, ...], Plan]] = WeakKeyDictionary()


def plan(resource: Resource, names: tuple[str, ...]) -> Plan:
    """Return how to read these fields of a resource; kept as long as the resource, for it depends on nothing else."""
    plans = _PLANS.setdefault(resource, {})
    if names not in plans:
        if len(plans) >= MOST_PLANS:
            plans.clear()
        plans[names] = _made(resource, names)
    return plans[names]


def _made(resource: Resource, names: tuple[str, ...]) -> Plan:
    joins = Joins(resource)
    root = root_table(resource)
    joins.need_own()
    shown: list[ColumnElement[Any]] = [key_column(root), root.c.version]
    columns: list[tuple[Field, bool]] = []
    links: list[Field] = []
    for one in (resource.field(name) for name in names):
        if one.kind is Kind.LINKS:
            links.append(one)
            continue
        is_link = one.kind is Kind.LINK
        shown += [joins.column(one), joins.label(one)] if is_link else [joins.column(one)]
        columns.append((one, is_link))
    numbered = [column.label(f"c{index}") for index, column in enumerate(shown)]
    return Plan(select(*numbered).select_from(joins.clause), root, tuple(columns), tuple(links))
