"""Merging the lists of an observation into one asset by set difference: what is the same is not written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.collector import Section
from shopdb.domain.kinds import Kind, Ref, value_from_json
from shopdb.domain.resource import Field, Resource
from shopdb.domain.values import clean_text
from shopdb.exceptions import ValueRefusedError
from shopdb.services.observe import set_readings
from shopdb.services.software import Title, set_software
from shopdb.store import changes, links
from shopdb.store.models.assets import Asset
from shopdb.store.models.software import InstalledSoftware
from shopdb.store.schema import key_column, own_table, schema_of

TITLE_LENGTHS = {"name": 255, "publisher": 255, "number": 120}
Key = tuple[Any, ...]


@dataclass(slots=True)
class Merged:
    """Whether a list was changed, and what could not be taken in of it."""

    changed: bool = False
    refused: list[str] = field(default_factory=list)


def merge(session: Session, section: Section, asset_id: int, rows: Sequence[Any], moment: datetime) -> Merged:
    """Make the asset's rows of this section those that were observed at the moment."""
    if section.relation:
        return _relate(session, section, asset_id, rows)
    if section.resource == InstalledSoftware.__tablename__:
        refused: list[str] = []
        came, went = set_software(session, asset_id, _titles(section, rows, refused), moment)
        return Merged(bool(came or went), refused)
    return _set_children(session, section, asset_id, rows)


def _titles(section: Section, rows: Iterable[Mapping[str, Any]], refused: list[str]) -> list[Title]:
    members = {name: member for member, name in (section.fields or {}).items()}
    titles: list[Title] = []
    for row in rows:
        try:
            name, publisher, number = (
                clean_text(str(row.get(members.get(part, part)) or "").strip()[:length], length)
                for part, length in TITLE_LENGTHS.items()
            )
        except ValueRefusedError as reason:
            refused.append(reason.reason)
        else:
            if name:
                titles.append((name, publisher, number))
    return titles


def _relate(session: Session, section: Section, asset_id: int, rows: Sequence[Any]) -> Merged:
    numbers = dict.fromkeys(text for row in rows if (text := str(row).strip()))
    statement = select(Asset.id, Asset.asset_number, Asset.name).where(Asset.asset_number.in_(list(numbers)))
    found = {row.asset_number.casefold(): Ref(row.id, row.name) for row in session.connection().execute(statement)}
    merged = Merged(refused=[f"{one!r} is no asset number" for one in numbers if one.casefold() not in found])
    wanted = {found[one.casefold()] for one in numbers if one.casefold() in found}
    if wanted:
        assets = schema_of(session).catalog["assets"]
        one = Field(section.relation, section.relation, kind=Kind.LINKS, target="assets", relation=section.relation)
        # A relation that a person made stays; a collector only adds what it knows.
        kept = links.read(session, assets, one, [asset_id])[asset_id]
        merged.changed = links.replace(session, assets, one, asset_id, {*kept, *wanted})
    return merged


def _set_children(session: Session, section: Section, asset_id: int, rows: Sequence[Any]) -> Merged:
    child = schema_of(session).catalog[section.resource]
    table, owner = own_table(child), f"{child.parent}_id"
    refused: list[str] = []
    wanted = _by_key(section, (_decoded(child, section, row, refused) for row in rows))
    statement = select(table).where(table.c[owner] == asset_id).order_by(key_column(table)).with_for_update()
    known = _by_key(section, (dict(row) for row in session.connection().execute(statement).mappings()), all_rows=True)
    gone = [row for key, row in known.items() if key not in wanted]
    new = [{owner: asset_id, **row} for key, row in wanted.items() if key not in known]
    changes.delete_rows(session, table, gone)
    changes.insert_rows(session, table, new)
    moved = [_update(session, child, known[key], row) for key, row in wanted.items() if key in known]
    return Merged(bool(gone or new) or any(moved), refused)


def _update(session: Session, child: Resource, before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    table = own_table(child)
    unlogged = table.info["unlogged"]
    readings = {name: value for name, value in row.items() if name in unlogged and before[name] != value}
    set_readings(session, table, before[key_column(table).name], readings)
    lasting = {name: value for name, value in row.items() if name not in unlogged}
    return changes.update_row(session, table, before, lasting) != int(before["version"])


def _decoded(child: Resource, section: Section, raw: Any, refused: list[str]) -> dict[str, Any]:
    """Return the columns that a row tells; what it says nothing of is left as it is."""
    row = raw if isinstance(raw, Mapping) else {section.key[0]: raw}
    members = section.fields or {name: name for name in child.fields_by_name}
    told: dict[str, Any] = {}
    for member, name in members.items():
        one, value = child.field(name), row.get(member)
        try:
            value = value_from_json(
                value.strip()[: one.length] if isinstance(value, str) and one.length else value, one
            )
        except ValueRefusedError as reason:
            refused.append(f"{member} {reason.reason}")
        else:
            if value is not None:
                told[name] = value
    return told


def _by_key(section: Section, rows: Iterable[dict[str, Any]], *, all_rows: bool = False) -> dict[Key, dict[str, Any]]:
    """Return the rows by what tells them apart: the section's key, and a count where the first of it is blank.

    Two monitors of one model that state no serial number are two monitors; one address named twice is one.
    """
    found: dict[Key, dict[str, Any]] = {}
    seen: Counter[Key] = Counter()
    for row in rows:
        key = tuple(value.casefold() if isinstance(value := row.get(name), str) else value for name in section.key)
        if all(part is None for part in key) and not all_rows:
            continue
        counted = (*key, seen[key]) if key[0] is None or all_rows else (*key, 0)
        seen[key] += 1
        found.setdefault(counted, row)
    return found
