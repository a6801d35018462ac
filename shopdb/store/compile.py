"""From a resource and a query to the select of the ids that a list holds, in its order.

The ids of a page are found first, on the record's own table alone where the filter and order allow it, then read
with everything that is shown: a page of 50 out of a million costs 50 rows, and no list can ask one query for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, Table, literal, or_, select, union_all
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

    def page(self, limit: int, *, offset: int = 0, after: tuple[Any, int] | None = None) -> Select[Any]:
        """Return the select of so many ids with the values that they are sorted by, behind a value and id."""
        pairs = self.statement.add_columns(self.column)
        parts = [pairs] if after is None else self._behind(pairs, *after)
        if len(parts) == 1:
            return parts[0].limit(limit).offset(offset or None)
        # One index serves records with a value, or those without, but never both in one condition.
        pieces = [part.limit(limit + offset).subquery() for part in parts]
        both = union_all(*(select(literal(number), *piece.c) for number, piece in enumerate(pieces))).subquery()
        part, key, value = both.c
        turned = [value.desc(), key.desc()] if self.is_descending else [value.asc(), key.asc()]
        return select(key, value).order_by(part, *turned).limit(limit).offset(offset or None)

    def _behind(self, pairs: Select[Any], value: Any, record_id: int) -> Sequence[Select[Any]]:
        """Return what comes behind a row, part by part, with the condition in its expanded form.

        MariaDB reads the whole table for ``(name, id) > (?, ?)``. Both engines sort NULL before everything.
        """
        column, key = self.column, self.key
        # All that is missing is the same: ordered by it as well, MariaDB would not trust its index.
        missing = pairs.where(column.is_(None)).order_by(None)
        missing = missing.order_by(key.desc() if self.is_descending else key.asc())
        if value is None:
            rest = missing.where(key < record_id if self.is_descending else key > record_id)
            return [rest] if self.is_descending else [rest, pairs.where(column.is_not(None))]
        here = literal(value, column.type)
        if is_total(column):
            return [pairs.where(column < here if self.is_descending else column > here)]
        if self.is_descending:
            lower = pairs.where(column <= here, or_(column < here, key < record_id))
            return [lower, missing] if _is_nullable(column) else [lower]
        return [pairs.where(column >= here, or_(column > here, key > record_id))]


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
    order = [column] if is_total(column) else [column, key]
    statement = select(key).select_from(joins.clause).where(*conditions)
    statement = statement.order_by(*(each.desc() if is_descending else each.asc() for each in order))
    return Ordered(statement, column, key, sort, one, is_descending)


def is_total(column: Column[Any]) -> bool:
    """Whether no two records have the same value, so that no id is needed to tell which comes first.

    MariaDB sorts the whole table for an id behind a column whose index is unique.
    """
    return bool(column.unique) and not _is_nullable(column)


def _is_nullable(column: Column[Any]) -> bool:
    """Whether a record may have no value: an empty column, or nothing at the end of a link."""
    joined: Any = column.table
    return bool(column.nullable) or not isinstance(joined, Table)
