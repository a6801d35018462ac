"""Merging one observation into one asset: fields beside what people typed, lists by set difference."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from shopdb.domain.collector import CollectorSchema, Section
from shopdb.domain.kinds import Kind, Ref, value_from_json, value_to_json
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import ValueRefusedError
from shopdb.services import records as record_service
from shopdb.services.software import set_software
from shopdb.store import changes, links, records
from shopdb.store.models.assets import Asset
from shopdb.store.models.catalogue import Model, Vendor
from shopdb.store.models.software import InstalledSoftware
from shopdb.store.schema import Schema, key_column, own_table, root_table, table_of

READINGS = "readings"
FIELDS = "fields"
Digests = Mapping[str, str]


def digests(session: Session, schema: CollectorSchema, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return a digest of the payload's fields, of each list in it, and of the readings that move with every push.

    Order within lists does not count, nor when it was observed: two equal answers mean that nothing is to be done.
    """
    catalog = _catalog(session)
    resource = catalog[schema.resource]
    moving: list[Any] = []
    fixed = {}
    for member, name in schema.fields.items():
        if member in payload:
            if _is_reading(resource, name):
                moving.append((member, payload[member]))
            else:
                fixed[member] = payload[member]
    found: dict[str, str] = {}
    for member, section in schema.sections.items():
        if member not in payload:
            continue
        readings = _reading_members(catalog, section)
        rows = payload[member] or []
        found[member] = _digest(
            sorted(orjson.dumps(_without(row, readings), option=orjson.OPT_SORT_KEYS) for row in rows)
        )
        moving += [_only(row, readings) for row in rows if readings and isinstance(row, dict)]
    for one in schema.evidence.values():
        fixed |= {member: payload[member] for member in one if member in payload and member not in schema.fields}
    found[FIELDS] = _digest(fixed)
    found[READINGS] = _digest(moving)
    return found


def _digest(value: Any) -> str:
    plain = (
        [one.decode() for one in value] if isinstance(value, list) and value and isinstance(value[0], bytes) else value
    )
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _is_reading(resource: Resource, name: str) -> bool:
    for table in (own_table(resource), root_table(resource)):
        if name in table.c:
            return name in table.info["unlogged"]
    return False


def _reading_members(catalog: Mapping[str, Resource], section: Section) -> frozenset[str]:
    if not section.resource or section.resource not in catalog:
        return frozenset()
    unlogged = own_table(catalog[section.resource]).info["unlogged"]
    return frozenset(member for member, name in (section.fields or {}).items() if name in unlogged)


def _without(row: Any, members: frozenset[str]) -> Any:
    return {name: value for name, value in row.items() if name not in members} if isinstance(row, dict) else row


def _only(row: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: row[name] for name in sorted(members) if name in row}


def new_values(
    session: Session, schema: CollectorSchema, resource: Resource, payload: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the decoded values of a payload for a record that is to be created, and what was refused and why."""
    values, refused = _decoded(session, schema, resource, payload)
    label = resource.field(resource.label_field)
    if values.get(label.name) is None:
        identifying = payload.get(schema.identityfield) or schema.plugin
        values[label.name] = str(identifying)[: label.length or 160]
    return {name: value for name, value in values.items() if resource.field(name).editable}, refused


def _decoded(
    session: Session, schema: CollectorSchema, resource: Resource, payload: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    refused: list[str] = []
    for member, name in schema.fields.items():
        one = resource.field(name)
        if member not in payload or payload[member] in (None, "") or one.path:
            continue
        try:
            values[name] = _value(session, one, payload[member], _maker(schema, resource, payload))
        except ValueRefusedError as reason:
            refused.append(f"{member}: {reason.reason}")
    return {name: value for name, value in values.items() if value is not None}, refused


def _maker(schema: CollectorSchema, resource: Resource, payload: Mapping[str, Any]) -> str:
    """Return what the payload says in the member that fills the (read-only) maker of the model."""
    members = [member for member, name in schema.fields.items() if resource.field(name).path.endswith("vendor.name")]
    return str(payload.get(members[0]) or "").strip() if members else ""


def _value(session: Session, one: Field, raw: Any, maker: str) -> Any:
    if one.kind is Kind.LINK and one.target == Model.__tablename__:
        return _model(session, str(raw).strip(), maker)
    if one.kind is Kind.LINK:
        text = str(raw).strip()
        found = records.resolve(session, _catalog(session)[one.target], [text])
        if text not in found:
            raise ValueRefusedError(f"{text!r} is not known; add it under {one.target} first")
        return Ref(found[text], text)
    if isinstance(raw, str) and one.length:
        raw = raw.strip()[: one.length]
    return value_from_json(raw, one)


def _model(session: Session, name: str, maker: str) -> Ref:
    vendor_id = _found_or_added(session, table_of(Vendor), {"name": maker[:120]}) if maker else None
    return Ref(_found_or_added(session, table_of(Model), {"name": name[:160], "vendor_id": vendor_id}), name[:160])


def _found_or_added(session: Session, table: Table, row: Mapping[str, Any]) -> int:
    match = [table.c[name] == value if value is not None else table.c[name].is_(None) for name, value in row.items()]
    known = session.connection().scalar(select(key_column(table)).where(*match).order_by(key_column(table)).limit(1))
    if known is None:
        known = changes.insert_rows(session, table, [dict(row)])[0]
    return int(known or 0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One payload about one asset, as of a moment."""

    schema: CollectorSchema
    resource: Resource
    asset_id: int
    payload: Mapping[str, Any]
    moment: datetime


def apply(
    session: Session, sighting: Sighting, *, known: Sequence[Mapping[str, Any]], digests: tuple[Digests, Digests]
) -> tuple[bool, list[str], dict[str, Any]]:
    """Merge a sighting into its asset; return whether the record changed, what to tell, and the observed values.

    ``known`` are the values that each source observed before, ``digests`` the payload's before and now: an absent
    list is untouched, one that is as before is not looked at, and one that is there and empty empties the asset's.
    """
    before, now = digests
    payload, asset_id = sighting.payload, sighting.asset_id
    changed = False
    told: list[str] = []
    observed: dict[str, Any] = {}
    if before.get(FIELDS) != now.get(FIELDS) or before.get(READINGS) != now.get(READINGS):
        seen, told = _decoded(session, sighting.schema, sighting.resource, payload)
        changed, observed = _set_fields(session, sighting, seen, known)
    readings_moved = before.get(READINGS) != now.get(READINGS)
    for member, section in sighting.schema.sections.items():
        if member not in payload or (before.get(member) == now[member] and not readings_moved):
            continue
        moved, reasons = _set_section(session, section, asset_id, payload[member] or [], sighting.moment)
        told += [f"{member}: {reason}" for reason in reasons]
        changed = moved or changed
    return changed, told, observed


def _set_fields(
    session: Session, sighting: Sighting, seen: Mapping[str, Any], known: Sequence[Mapping[str, Any]]
) -> tuple[bool, dict[str, Any]]:
    resource, asset_id = sighting.resource, sighting.asset_id
    current = records.get(session, resource, asset_id)
    wanted: dict[str, Any] = {}
    readings: dict[str, Any] = {}
    observed: dict[str, Any] = {}
    for name, value in seen.items():
        one = resource.field(name)
        observed[name] = _comparable(value, one)
        if _is_reading(resource, name):
            readings[name] = value
        elif one.editable and _may_set(
            one, current.values.get(name), [told.get(name) for told in known], observed[name]
        ):
            wanted[name] = value
    _set_readings(session, own_table(resource), asset_id, readings)
    after = record_service.change(session, resource, asset_id, wanted)
    return after.version != current.version, observed


def _may_set(one: Field, current: Any, observed_before: Sequence[Any], observed_now: Any) -> bool:
    """Whether the observed value goes into the record: never over what a person typed, unless the field says so."""
    now = _comparable(current, one)
    if now == observed_now:
        return False
    if current in (None, "") or one.observed == "collector" or now in observed_before:
        return True
    return one.observed == "newest" and observed_now not in observed_before


def _comparable(value: Any, one: Field) -> Any:
    return value.label if isinstance(value, Ref) else value_to_json(value, one)


def _set_readings(session: Session, table: Table, record_id: int, values: Mapping[str, Any]) -> None:
    mine = {name: value for name, value in values.items() if name in table.c}
    if mine:
        session.connection().execute(update(table).where(key_column(table) == record_id).values(**mine))


def _set_section(
    session: Session, section: Section, asset_id: int, rows: Sequence[Any], moment: datetime
) -> tuple[bool, list[str]]:
    if section.relation:
        return _set_relation(session, section, asset_id, rows)
    if section.resource == InstalledSoftware.__tablename__:
        came, went = set_software(session, asset_id, _titles(section, rows), moment)
        return bool(came or went), []
    return _set_children(session, _catalog(session)[section.resource], section, asset_id, rows)


def _titles(section: Section, rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, str]]:
    members = {name: member for member, name in (section.fields or {}).items()}
    for row in rows:
        name, publisher, number = (
            str(row.get(members.get(part, part)) or "").strip() for part in ("name", "publisher", "number")
        )
        if name:
            yield name[:255], publisher[:255], number[:120]


def _set_relation(session: Session, section: Section, asset_id: int, rows: Sequence[Any]) -> tuple[bool, list[str]]:
    numbers = [str(row).strip() for row in rows if str(row).strip()]
    statement = select(Asset.id, Asset.asset_number, Asset.name).where(
        func.lower(Asset.asset_number).in_([n.lower() for n in numbers])
    )
    found = {row.asset_number.casefold(): Ref(row.id, row.name) for row in session.connection().execute(statement)}
    catalog = _catalog(session)
    one = Field(section.relation, section.relation, kind=Kind.LINKS, target="assets", relation=section.relation)
    wanted = [found[number.casefold()] for number in numbers if number.casefold() in found]
    kept = links.read(session, catalog["assets"], one, [asset_id])[asset_id] if rows else ()
    # A relation that a person made stays; a collector only adds what it knows.
    moved = links.replace(session, catalog["assets"], one, asset_id, {*kept, *wanted}) if wanted else False
    return moved, [f"{number!r} is no asset number" for number in numbers if number.casefold() not in found]


def _set_children(
    session: Session, child: Resource, section: Section, asset_id: int, rows: Sequence[Any]
) -> tuple[bool, list[str]]:
    table = own_table(child)
    owner = f"{child.parent}_id"
    wanted, refused = _child_rows(child, section, rows)
    statement = select(table).where(table.c[owner] == asset_id).with_for_update()
    known = {_key(row, section): dict(row) for row in session.connection().execute(statement).mappings()}
    gone = [row for key, row in known.items() if key not in wanted]
    blank = {name: False if child.field(name).kind is Kind.FLAG else None for name in _members(child, section).values()}
    new = [{owner: asset_id, **blank, **row} for key, row in wanted.items() if key not in known]
    changes.delete_rows(session, table, gone)
    changes.insert_rows(session, table, new)
    moved = bool(gone or new)
    for key, row in wanted.items():
        if key in known:
            moved = _update_child(session, table, known[key], row) or moved
    return moved, refused


def _update_child(session: Session, table: Table, before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    unlogged = table.info["unlogged"]
    _set_readings(session, table, before[key_column(table).name], {
        name: value for name, value in row.items() if name in unlogged and before[name] != value
    })  # fmt: skip
    lasting = {name: value for name, value in row.items() if name not in unlogged}
    return changes.update_row(session, table, before, lasting) != int(before["version"])


def _child_rows(
    child: Resource, section: Section, rows: Sequence[Any]
) -> tuple[dict[tuple[Any, ...], dict[str, Any]], list[str]]:
    """Return the stated values of each row by its key, and what was refused: a row says nothing of other members."""
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {}
    refused: list[str] = []
    for raw in rows:
        row = raw if isinstance(raw, Mapping) else {section.key[0]: raw}
        made: dict[str, Any] = {}
        for member, name in _members(child, section).items():
            one, value = child.field(name), row.get(member)
            if value is None:
                continue
            try:
                if isinstance(value, str) and one.length:
                    value = value.strip()[: one.length]
                made[name] = value_from_json(value, one)
            except ValueRefusedError as reason:
                refused.append(f"{member} {reason.reason}")
        if any(made.get(name) is not None for name in section.key):
            wanted.setdefault(_key(made, section), made)
    return wanted, refused


def _members(child: Resource, section: Section) -> Mapping[str, str]:
    return section.fields or {name: name for name in child.fields_by_name}


def _key(row: Mapping[Any, Any], section: Section) -> tuple[Any, ...]:
    return tuple(value.casefold() if isinstance(value := row.get(name), str) else value for name in section.key)


def _catalog(session: Session) -> Mapping[str, Resource]:
    schema: Schema = session.info["schema"]
    return schema.catalog
