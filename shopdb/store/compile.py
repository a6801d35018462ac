"""From a resource and a query to SQL: one statement a page, whatever the page holds.

The ids of the page are found first, on the record's own table alone where the filter and order allow it, then joined
with everything that is shown: a page of 50 out of a million costs 50 rows, and no list can ask one query for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from shopdb.domain.filters import Age, Condition, Filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, parse_sort
from shopdb.domain.resource import Field, Resource
from shopdb.store import search
from shopdb.store.base import utc_now
from shopdb.store.describe import path_columns
from shopdb.store.links import ends
from shopdb.store.schema import key_column, own_table, root_table

LIKE_ESCAPE = "\\"


@dataclass(slots=True)
class Joins:
    """The FROM clause while fields ask for more tables; each foreign key is joined once."""

    resource: Resource
    clause: FromClause = field(init=False)
    aliases: dict[tuple[str, ...], FromClause] = field(default_factory=dict)
    has_own: bool = False

    def __post_init__(self) -> None:
        """Begin with the record's root table."""
        self.clause = root_table(self.resource)

    def need_own(self) -> None:
        """Join the typed record's own table."""
        own, root = own_table(self.resource), root_table(self.resource)
        if own is not root and not self.has_own:
            self.clause = self.clause.join(own, key_column(own) == key_column(root))
            self.has_own = True

    def column(self, wanted: Field) -> ColumnElement[Any]:
        """Return the column that holds the field's value; a LINK's is the foreign key."""
        steps = path_columns(wanted, own_table(self.resource), root_table(self.resource))
        where = self._start(steps[0])
        for index, step in enumerate(steps[:-1]):
            where = self._follow(where, steps[: index + 1], step)
        return where.c[steps[-1].name]

    def foreign_key(self, wanted: Field, step: int) -> ColumnElement[Any]:
        """Return the foreign key that is the given step of the way to a field."""
        steps = path_columns(wanted, own_table(self.resource), root_table(self.resource))
        where = self._start(steps[0])
        for index, before in enumerate(steps[:step]):
            where = self._follow(where, steps[: index + 1], before)
        return where.c[steps[step].name]

    def label(self, wanted: Field) -> ColumnElement[Any]:
        """Return the column that a LINK is known by."""
        steps = path_columns(wanted, own_table(self.resource), root_table(self.resource))
        where = self._start(steps[0])
        for index, step in enumerate(steps):
            where = self._follow(where, steps[: index + 1], step)
        target = _target(steps[-1])
        return where.c[target.info["label"] or key_column(target).name]

    def _start(self, column: Column[Any]) -> FromClause:
        table: FromClause = column.table
        if table is not root_table(self.resource):
            self.need_own()
        return table

    def _follow(self, where: FromClause, steps: Sequence[Column[Any]], column: Column[Any]) -> FromClause:
        path = tuple(step.name for step in steps)
        if path not in self.aliases:
            target = _target(column).alias()
            self.aliases[path] = target
            self.clause = self.clause.outerjoin(
                target, where.c[column.name] == target.c[key_column(_target(column)).name]
            )
        return self.aliases[path]


def _target(column: Column[Any]) -> Table:
    table = next(iter(column.foreign_keys)).column.table
    assert isinstance(table, Table)
    return table


@dataclass(frozen=True, slots=True)
class Plan:
    """How the shown fields are read: the select without its rows, and the fields column by column."""

    statement: Select[Any]
    root: Table
    columns: tuple[tuple[Field, bool], ...]
    links: tuple[Field, ...]


@lru_cache(maxsize=256)
def plan(resource: Resource, names: tuple[str, ...]) -> Plan:
    """Return how to read these fields of a resource; the answer is kept, for it depends on nothing else."""
    joins = Joins(resource)
    root = root_table(resource)
    joins.need_own()
    shown: list[ColumnElement[Any]] = [
        key_column(root).label("record_id"),
        root.c.version.label("record_version"),
    ]
    columns: list[tuple[Field, bool]] = []
    links: list[Field] = []
    for one in (resource.fields_by_name[name] for name in names):
        if one.kind is Kind.LINKS:
            links.append(one)
            continue
        shown.append(joins.column(one))
        columns.append((one, one.kind is Kind.LINK))
        if one.kind is Kind.LINK:
            shown.append(joins.label(one))
    numbered = [column.label(f"c{index}") for index, column in enumerate(shown)]
    return Plan(select(*numbered).select_from(joins.clause), root, tuple(columns), tuple(links))


@dataclass(frozen=True, slots=True)
class Ordered:
    """A select of ids in the order asked for, not yet limited, and the column it is sorted by."""

    statement: Select[Any]
    column: ColumnElement[Any]
    key: Column[Any]
    descending: bool
    sort_field: Field


def ordered_ids(session: Session, resource: Resource, query: ListQuery, *, backwards: bool = False) -> Ordered:
    """Return the select of the ids that the filter lets through; ``backwards`` turns the order round."""
    joins = Joins(resource)
    root = root_table(resource)
    key = key_column(root)
    conditions = filter_conditions(session, resource, query.filter, joins)
    if resource.extends is not None:
        conditions.append(root.c.resource == resource.name)
    sort = query.sort or parse_sort("", resource)
    one = resource.sort_field(sort.field)
    column = joins.label(one) if one.kind is Kind.LINK else joins.column(one)
    statement = select(key).select_from(joins.clause).where(*conditions)
    descending = sort.descending is not backwards
    order = (column.desc(), key.desc()) if descending else (column.asc(), key.asc())
    return Ordered(statement.order_by(*order), column, key, descending, one)


def after(ordered: Ordered, value: Any, record_id: int) -> ColumnElement[bool]:
    """Return the condition for what comes after a row, in its expanded form.

    MariaDB reads the whole table for ``(name, id) > (?, ?)``. Both engines sort NULL before everything.
    """
    column, key = ordered.column, ordered.key
    if ordered.descending:
        if value is None:
            return and_(column.is_(None), key < record_id)
        behind = and_(column <= value, or_(column < value, key < record_id))
        return or_(behind, column.is_(None)) if _nullable(ordered) else behind
    if value is None:
        return or_(and_(column.is_(None), key > record_id), column.is_not(None))
    return and_(column >= value, or_(column > value, key > record_id))


def _nullable(ordered: Ordered) -> bool:
    return not (isinstance(ordered.column, Column) and not ordered.column.nullable)


def filter_conditions(session: Session, resource: Resource, wanted: Filter, joins: Joins) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter, asking ``joins`` for the tables they need."""
    conditions = [_condition(session, resource, one, joins) for one in wanted.conditions]
    if wanted.words:
        conditions.append(_words(session, resource, wanted.words, joins))
    conditions += [not_(_words(session, resource, (word,), joins)) for word in wanted.unwanted]
    return conditions


def _words(session: Session, resource: Resource, words: Sequence[str], joins: Joins) -> ColumnElement[bool]:
    found = search.words_condition(session, resource, words)
    if found is not None:
        return found
    texts = [one for one in resource.searched_fields if one.kind is not Kind.LINKS] or list(resource.listed_fields)
    columns = [joins.label(one) if one.kind is Kind.LINK else joins.column(one) for one in texts]
    patterns = [f"%{_escaped(word)}%" for word in words]
    return and_(*[or_(false(), *[column.like(one, escape=LIKE_ESCAPE) for column in columns]) for one in patterns])


def _condition(session: Session, resource: Resource, wanted: Condition, joins: Joins) -> ColumnElement[bool]:
    one = resource.filter_field(wanted.field)
    if one.kind is Kind.LINKS:
        made = _links_condition(session, resource, one, wanted)
    elif one.kind is Kind.LINK:
        made = _link_condition(one, wanted, joins)
    else:
        column = joins.column(one)
        if wanted.operator in ("empty", "filled"):
            empty = or_(column.is_(None), column == "") if one.kind is Kind.TEXT else column.is_(None)
            made = empty if wanted.operator == "empty" else not_(empty)
        else:
            made = or_(*[_compared(column, wanted.operator, value) for value in wanted.values])
            if wanted.operator == "differs":
                made = and_(*[or_(column != value, column.is_(None)) for value in wanted.values])
    if not wanted.negated:
        return made
    return not_(func.coalesce(made, False))


def _compared(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    if isinstance(value, Age):
        # "last_seen<7d" asks for an age below seven days, that is for a later moment.
        value = utc_now() - value.span
        operator = {"below": "above", "above": "below", "at_most": "at_least", "at_least": "at_most"}.get(
            operator, operator
        )
    if operator == "contains":
        return column.like(f"%{_escaped(str(value))}%", escape=LIKE_ESCAPE)
    compared: dict[str, Any] = {
        "equals": column == value,
        "differs": column != value,
        "below": column < value,
        "at_most": column <= value,
        "above": column > value,
        "at_least": column >= value,
    }
    found: ColumnElement[bool] = compared[operator]
    return found


def _link_condition(one: Field, wanted: Condition, joins: Joins) -> ColumnElement[bool]:
    column = joins.column(one)
    if wanted.operator == "empty":
        return column.is_(None)
    if wanted.operator == "filled":
        return column.is_not(None)
    label = joins.label(one)
    alternatives = or_(*[_ref_matches(column, label, ref, wanted.operator) for ref in wanted.values])
    return or_(not_(alternatives), column.is_(None)) if wanted.operator == "differs" else alternatives


def _ref_matches(column: ColumnElement[Any], label: ColumnElement[Any], ref: Ref, operator: str) -> ColumnElement[bool]:
    if ref.id is not None:
        return column == ref.id
    return _compared(label, "contains" if operator == "contains" else "equals", ref.label)


def _links_condition(session: Session, resource: Resource, one: Field, wanted: Condition) -> ColumnElement[bool]:
    key = key_column(root_table(resource))
    rows = ends(session, resource, one)
    if wanted.operator in ("empty", "filled"):
        has = key.in_(select(rows.owner).select_from(rows.clause).where(*rows.conditions))
        return not_(has) if wanted.operator == "empty" else has
    any_of = or_(*[_ref_matches(rows.target, rows.label, ref, wanted.operator) for ref in wanted.values])
    has = key.in_(select(rows.owner).select_from(rows.clause).where(*rows.conditions, any_of))
    return not_(has) if wanted.operator == "differs" else has


def _escaped(text: str) -> str:
    return text.replace(LIKE_ESCAPE, LIKE_ESCAPE * 2).replace("%", r"\%").replace("_", r"\_")
