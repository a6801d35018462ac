"""From a resource and a query to the select of the ids that a list holds, in its order.

The ids of a page are found first, on the record's own table alone where the filter and order allow it, then read
with everything that is shown: a page of 50 out of a million costs 50 rows, and no list can ask one query for each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, literal, or_, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind
from shopdb.domain.listing import ListQuery, SortKey, parse_sort
from shopdb.domain.resource import Field, Resource
from shopdb.store.conditions import filter_conditions
from shopdb.store.joins import Joins
from shopdb.store.schema import key_column, root_table


@dataclass(frozen=True, slots=True)
class Ordered:
    """A select of ids in the order asked for, not yet limited, and what they are sorted by.

    ``sort`` is the list's order; the select runs against it when it goes backwards, so ``is_descending`` is its own.
    """

    statement: Select[Any]
    column: Column[Any]
    key: Column[Any]
    sort: SortKey
    field: Field
    is_descending: bool

    @property
    def is_nullable(self) -> bool:
        """Whether a record may have no value to be sorted by: an empty column, or nothing at the end of a link."""
        joined: Any = self.column.table
        return self.column.nullable or not isinstance(joined, Table)


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
    is_descending = sort.descending is not backwards
    order = (column.desc(), key.desc()) if is_descending else (column.asc(), key.asc())
    statement = select(key).select_from(joins.clause).where(*conditions).order_by(*order)
    return Ordered(statement, column, key, sort, one, is_descending)


def after(ordered: Ordered, value: Any, record_id: int) -> ColumnElement[bool]:
    """Return the condition for what comes after a row, in its expanded form.

    MariaDB reads the whole table for ``(name, id) > (?, ?)``. Both engines sort NULL before everything.
    """
    column, key = ordered.column, ordered.key
    if value is None and ordered.is_descending:
        return and_(column.is_(None), key < record_id)
    if value is None:
        return or_(and_(column.is_(None), key > record_id), column.is_not(None))
    here = literal(value, column.type)
    if ordered.is_descending:
        behind = and_(column <= here, or_(column < here, key < record_id))
        return or_(behind, column.is_(None)) if ordered.is_nullable else behind
    return and_(column >= here, or_(column > here, key > record_id))
