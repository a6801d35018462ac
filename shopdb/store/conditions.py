"""From a filter to SQL conditions on a resource's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from shopdb.domain.filters import Age, Condition, Filter, FromToday
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.resource import Field, Resource
from shopdb.store import search
from shopdb.store.base import utc_now
from shopdb.store.joins import Joins
from shopdb.store.links import ends
from shopdb.store.schema import key_column, label_of, root_table, target_of
from shopdb.store.texts import contains, equals

WRITTEN = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE, Kind.IP, Kind.MAC, Kind.LINK})
MOST_TARGETS = 500
# "last_seen<7d" asks for an age below seven days, that is for a later moment.
LATER = {"below": "above", "above": "below", "at_most": "at_least", "at_least": "at_most"}
COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "equals": eq,
    "below": lt,
    "at_most": le,
    "above": gt,
    "at_least": ge,
}


def filter_conditions(session: Session, resource: Resource, wanted: Filter, joins: Joins) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter, asking ``joins`` for the tables they need."""
    conditions = [_condition(session, resource, one, joins) for one in wanted.conditions]
    if wanted.words:
        conditions.append(_words(session, resource, wanted.words, joins))
    return conditions + [_negated(_words(session, resource, (word,), joins)) for word in wanted.unwanted]


def _negated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # What is neither true nor false, because a value is missing, is not what was asked for.
    return not_(func.coalesce(condition, false()))


def _words(session: Session, resource: Resource, words: Sequence[str], joins: Joins) -> ColumnElement[bool]:
    found = search.words_condition(session, resource, words)
    if found is not None:
        return found
    fields = [one for one in resource.searched_fields or resource.listed_fields if one.kind in WRITTEN]
    columns = [joins.label(one) if one.kind is Kind.LINK else joins.column(one) for one in fields]
    return and_(*[or_(false(), *[contains(column, word) for column in columns]) for word in words])


def _condition(session: Session, resource: Resource, wanted: Condition, joins: Joins) -> ColumnElement[bool]:
    one = resource.filter_field(wanted.field)
    if one.kind is Kind.LINKS:
        made = _links_condition(session, resource, one, wanted)
    elif one.kind is Kind.LINK:
        made = _link_condition(session, one, wanted, joins)
    else:
        made = _value_condition(joins.column(one), one, wanted)
    return _negated(made) if wanted.negated else made


def _value_condition(column: ColumnElement[Any], one: Field, wanted: Condition) -> ColumnElement[bool]:
    if wanted.operator in ("empty", "filled"):
        blank = or_(column.is_(None), column == "") if one.kind in WRITTEN else column.is_(None)
        return blank if wanted.operator == "empty" else not_(blank)
    if wanted.operator == "differs":
        return or_(column.is_(None), not_(or_(*[_compared(column, "equals", value) for value in wanted.values])))
    return or_(*[_compared(column, wanted.operator, value) for value in wanted.values])


def _compared(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    if isinstance(value, Age):
        value, operator = utc_now() - value.span, LATER[operator]
    elif isinstance(value, FromToday):
        value = utc_now().date() + value.days
    if operator == "contains":
        return contains(column, value)
    if operator == "equals" and isinstance(value, str):
        return equals(column, value)
    found: ColumnElement[bool] = COMPARED[operator](column, value)
    return found


def _link_condition(session: Session, one: Field, wanted: Condition, joins: Joins) -> ColumnElement[bool]:
    column = joins.column(one)
    if wanted.operator == "empty":
        return column.is_(None)
    if wanted.operator == "filled":
        return column.is_not(None)
    known = {ref.id for ref in wanted.values if ref.id is not None}
    labelled = [ref for ref in wanted.values if ref.id is None]
    known_by = label_of(target_of(column))
    called = or_(false(), *[_matches(column, known_by, ref, wanted.operator) for ref in labelled])
    if labelled:
        # With ids at hand both engines see whether few records or most of them lead there, and choose the index.
        found = select(key_column(known_by.table)).where(called).limit(MOST_TARGETS + 1)
        known |= set(session.connection().scalars(found))
    if len(known) > MOST_TARGETS:
        alternatives = or_(*[_matches(column, joins.label(one), ref, wanted.operator) for ref in wanted.values])
    else:
        alternatives = column.in_(known) if known else false()
    return _negated(alternatives) if wanted.operator == "differs" else alternatives


def _links_condition(session: Session, resource: Resource, one: Field, wanted: Condition) -> ColumnElement[bool]:
    key = key_column(root_table(resource))
    tied = ends(session, resource, one)
    owners = select(tied.owner).select_from(tied.clause).where(*tied.conditions)
    if wanted.operator in ("empty", "filled"):
        return key.not_in(owners) if wanted.operator == "empty" else key.in_(owners)
    some = or_(*[_matches(tied.target, tied.label, ref, wanted.operator) for ref in wanted.values])
    return key.not_in(owners.where(some)) if wanted.operator == "differs" else key.in_(owners.where(some))


def _matches(column: ColumnElement[Any], label: ColumnElement[Any], ref: Ref, operator: str) -> ColumnElement[bool]:
    if ref.id is not None:
        return column == ref.id
    return contains(label, ref.label) if operator == "contains" else equals(label, ref.label)
