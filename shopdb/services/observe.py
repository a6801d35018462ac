"""Merging what a collector says of one asset's fields with what people typed and other collectors said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from shopdb.domain.collector import CollectorSchema
from shopdb.domain.kinds import Kind, Ref, value_from_json, value_to_json
from shopdb.domain.resource import Field, Resource
from shopdb.domain.values import clean_text
from shopdb.exceptions import ValueRefusedError
from shopdb.services import records as record_service
from shopdb.services.members import is_reading
from shopdb.store import changes, locks, records
from shopdb.store.models.catalogue import Model, Vendor
from shopdb.store.schema import key_column, own_table, root_table, schema_of, table_of

Said = Mapping[str, Any]
"""Observed values by field name, as JSON keeps them; links by their label."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The fields of one payload, decoded; ``refused`` says of each that was not why."""

    values: Mapping[str, Any]
    refused: tuple[str, ...]

    def said(self, resource: Resource) -> dict[str, Any]:
        """Return the values as an observation keeps them."""
        return {name: comparable(value, resource.fields_by_name[name]) for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """What was observed before: by this source, by others, and by others at a later moment than now."""

    mine: Said
    others: Sequence[Said] = ()
    newer: Sequence[Said] = ()


def read(session: Session, schema: CollectorSchema, resource: Resource, payload: Mapping[str, Any]) -> Seen:
    """Return the fields that the payload tells; absent and blank ones are not told."""
    values: dict[str, Any] = {}
    refused: list[str] = []
    for member, name in schema.fields.items():
        one = resource.field(name)
        if payload.get(member) in (None, "") or one.path:
            continue
        try:
            value = _value(session, one, payload[member], _maker(schema, resource, payload))
        except ValueRefusedError as reason:
            refused.append(f"{member} {reason.reason}")
        else:
            if value is not None:
                values[name] = value
    return Seen(values, tuple(refused))


def create(session: Session, schema: CollectorSchema, resource: Resource, seen: Seen, identifying: Any) -> int:
    """Create the record that the payload speaks of and return its id; ``identifying`` names it if nothing else does."""
    label = resource.field(resource.label_field)
    named = {label.name: str(identifying or schema.plugin)[: label.length or 80]} | dict(seen.values)
    values = {name: value for name, value in named.items() if resource.field(name).editable}
    record_id = record_service.create(session, resource, values).id
    _set_readings(session, resource, record_id, seen)
    return record_id


def change(session: Session, resource: Resource, record_id: int, seen: Seen, known: Known) -> bool:
    """Put into the record what may be put there and return whether that changed it."""
    _set_readings(session, resource, record_id, seen)
    lasting = tuple(one.name for one in resource.edited_fields if one.kind is not Kind.LINKS)
    current = records.select_records(session, resource, [record_id], lasting)[0]
    wanted = {
        name: value
        for name, value in seen.values.items()
        if name in current.values
        and not _is_reading(resource, name)
        and _may_set(resource.field(name), current.values[name], value, known)
    }
    return bool(wanted) and record_service.change(session, resource, record_id, wanted).version != current.version


def comparable(value: Any, one: Field) -> Any:
    """Return a field's value as observations keep it."""
    return value.label if isinstance(value, Ref) else value_to_json(value, one)


def set_readings(session: Session, table: Table, record_id: int, values: Mapping[str, Any]) -> None:
    """Set columns that the change log leaves out."""
    if values:
        session.connection().execute(update(table).where(key_column(table) == record_id).values(**values))


def _may_set(one: Field, current: Any, seen: Any, known: Known) -> bool:
    """Whether the observed value goes into the record: never over what a person typed, unless the field says so."""
    name, now, then = one.name, comparable(seen, one), comparable(current, one)
    if now == then:
        return False
    if current in (None, ""):
        return True
    if any(name in said for said in known.newer):
        return False
    by_others = [said.get(name) for said in known.others]
    if then in by_others and known.mine.get(name) == now:
        # Two collectors see it differently and this one says nothing new: they would take turns for ever.
        return False
    if one.observed == "collector" or then in (known.mine.get(name), *by_others):
        return True
    return one.observed == "newest" and now not in (known.mine.get(name), *by_others)


def _is_reading(resource: Resource, name: str) -> bool:
    return is_reading(name, own_table(resource), root_table(resource))


def _set_readings(session: Session, resource: Resource, record_id: int, seen: Seen) -> None:
    own = own_table(resource)
    readings = {name: value for name, value in seen.values.items() if name in own.c and _is_reading(resource, name)}
    set_readings(session, own, record_id, readings)


def _value(session: Session, one: Field, raw: Any, maker: str) -> Any:
    if one.kind is not Kind.LINK:
        return value_from_json(raw.strip()[: one.length] if isinstance(raw, str) and one.length else raw, one)
    text = clean_text(str(raw).strip()[:LONGEST_LABEL], LONGEST_LABEL)
    if one.target == Model.__tablename__:
        return _model(session, text, maker)
    found = records.resolve(session, schema_of(session).catalog[one.target], [text])
    if text not in found:
        raise ValueRefusedError(f"{text!r} is not known; add it under {one.target} first")
    return Ref(found[text], text)


LONGEST_LABEL = 160
LONGEST_MAKER = 120


def _maker(schema: CollectorSchema, resource: Resource, payload: Mapping[str, Any]) -> str:
    """Return what the payload says in the member that fills the (read-only) maker of the model."""
    members = [member for member, name in schema.fields.items() if resource.field(name).path.endswith("vendor.name")]
    told = payload.get(members[0]) if members else None
    return clean_text(str(told or "").strip()[:LONGEST_MAKER], LONGEST_MAKER)


def _model(session: Session, name: str, maker: str) -> Ref:
    vendor_id = _found_or_added(session, table_of(Vendor), {"name": maker}) if maker else None
    return Ref(_found_or_added(session, table_of(Model), {"name": name, "vendor_id": vendor_id}), name)


def _found_or_added(session: Session, table: Table, row: Mapping[str, Any]) -> int:
    known = _find(session, table, row)
    if known is None:
        locks.take(session, {f"{table.name} {row['name']}".casefold()})
        known = _find(session, table, row)
    if known is None:
        known = changes.insert_rows(session, table, [dict(row)])[0]
    assert known is not None
    return known


def _find(session: Session, table: Table, row: Mapping[str, Any]) -> int | None:
    same = [table.c[name].is_not_distinct_from(value) for name, value in row.items()]
    return session.connection().scalar(select(key_column(table)).where(*same).order_by(key_column(table)).limit(1))
