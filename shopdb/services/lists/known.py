"""Which record that is here already a row means, by what tells records of its type apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shopdb.domain.filters import Condition, Filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import UNFILTERABLE, Resource
from shopdb.exceptions import RefusedValuesError
from shopdb.services.checking import called, unique_fields
from shopdb.services.records import NUMBER_WIDTH
from shopdb.store import records
from shopdb.store.schema import schema_of

LATER_KEYS = (("serial_number",), ("name", "email"))
"""What a record is known by whose key somebody gives only now: fields that must all be the same."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The fields that say which record a row is, and their values; links are ids, None for one that leads nowhere."""

    resource: str
    fields: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every link of it leads somewhere."""
        return None not in self.values

    @property
    def key(self) -> tuple[Any, ...]:
        """What is equal for two rows that mean the same record, whatever the capitals."""
        return self.resource, self.fields, tuple(str(value).casefold() for value in self.values)


@dataclass(frozen=True, slots=True)
class Known:
    """The record that a row means, None for a new one, and what a person should know of how it was found."""

    record: Record | None
    note: str = ""


def identity(session: Session, resource: Resource, values: Mapping[str, Any], keys: Sequence[str]) -> Identity | None:
    """Return what says which record these values are; None if nothing does. ``keys`` are fields, the best first.

    What belongs to an owner is told apart among its owner's alone: `RefusedValuesError` where no owner is named.
    """
    said = {name: value for name, value in values.items() if value is not None}
    if resource.parent:
        if resource.parent not in said:
            raise RefusedValuesError(resource.name, {resource.parent: ["must say whose it is"]})
        fields = _fields_of_a_child(resource, said, keys)
    else:
        fields = _fields(resource, said, keys)
    if not fields:
        return None
    return Identity(resource.name, fields, tuple(_compared(session, resource, name, said[name]) for name in fields))


def found(session: Session, resource: Resource, wanted: Identity) -> Known:
    """Return the one record that it is; `RefusedValuesError` if there are more."""
    if not wanted.is_whole:
        return Known(None)  # what it links to is not there, which is told when the record is checked
    told = dict(zip(wanted.fields, wanted.values, strict=True))
    rows = _rows(session, resource, told)
    if not rows and not resource.parent and len(told) > 1:
        # What is called so and has no maker yet gets this one.
        first = wanted.fields[0]
        rows = _rows(session, resource, {name: value if name == first else None for name, value in told.items()})
    if len(rows) > 1:
        shown = ", ".join(str(told[name]) for name in wanted.fields if name != resource.parent)
        name = next((name for name in wanted.fields if name != resource.parent), resource.parent)
        raise RefusedValuesError(resource.name, {name: [f"more than one record has {shown}"]})
    return Known(rows[0] if rows else None)


def found_later(session: Session, resource: Resource, values: Mapping[str, Any]) -> Known:
    """Return the record that gets its key only now, such as one whose number was made up when it came in.

    Raises `RefusedValuesError` if more than one could be it, or if it has another key that somebody gave it.
    """
    key = resource.key_field
    for names in LATER_KEYS:
        told = {name: values.get(name) for name in names}
        if key == resource.label_field or None in told.values():
            continue
        rows = _rows(session, resource, told)
        last = names[-1]
        shown = f"{' and '.join(_label(resource, name) for name in names)}"
        if len(rows) > 1:
            why = f"more than one record has {told[last]}; say --key {key} if it is none of them"
            raise RefusedValuesError(resource.name, {last: [why]})
        if rows:
            before = rows[0].values[key]
            if not _may_be_replaced(resource, rows[0]):
                why = (
                    f"{told[last]} is that of {before}; say --key {last} if {values[key]} is the same thing, "
                    f"--key {key} if it is another"
                )
                raise RefusedValuesError(resource.name, {last: [why]})
            change = f"changes from {before} to {values[key]}" if before else f"becomes {values[key]}"
            return Known(rows[0], f"found by its {shown}; its {_label(resource, key)} {change}")
    return Known(None)


def _fields(resource: Resource, said: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    key = next((name for name in keys if name in said), "")
    for unique in unique_fields(resource):
        if key in unique and said.keys() >= {*unique}:
            return (key, *(name for name in unique if name != key))
    return (key,) if key else ()


def _fields_of_a_child(resource: Resource, said: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    """Return what tells it from others of its owner: what must be unique there, its key, or all that is said."""
    given = next(iter(keys), "")
    if given in said and given not in (resource.parent, resource.key_field):
        return (resource.parent, given)
    for unique in unique_fields(resource):
        if resource.parent in unique and said.keys() >= {*unique}:
            return unique
    key = next((name for name in keys if name in said and name != resource.parent), "")
    if key:
        return (resource.parent, key)
    return tuple(
        name
        for name in sorted(said)
        if resource.field(name).kind not in UNFILTERABLE and resource.field(name).kind is not Kind.LINKS
    )


def _compared(session: Session, resource: Resource, name: str, value: Any) -> Any:
    if not isinstance(value, Ref) or value.id is not None:
        return value.id if isinstance(value, Ref) else value
    target = schema_of(session).catalog[resource.field(name).target]
    ids = called(session, target, [value.label]).get(value.label, [])
    return ids[0] if len(ids) == 1 else None


def _rows(session: Session, resource: Resource, told: Mapping[str, Any]) -> Sequence[Record]:
    conditions = [_condition(resource, name, value) for name, value in told.items()]
    asked = ListQuery(Filter(tuple(conditions)), limit=2)
    return records.page(session, resource, asked, also=(resource.key_field,)).rows


def _condition(resource: Resource, name: str, value: Any) -> Condition:
    if value is None:
        return Condition(name, "empty")
    return Condition(name, "equals", (Ref(value) if resource.field(name).kind is Kind.LINK else value,))


def _may_be_replaced(resource: Resource, record: Record) -> bool:
    """Whether nobody gave the record its key: it has none, or the number that was made up for it."""
    key = record.values[resource.key_field]
    return not key or str(key).startswith(f"A-{record.id:0{NUMBER_WIDTH}}")


def _label(resource: Resource, name: str) -> str:
    label = resource.field(name).label
    return label[:1].lower() + label[1:]
