"""What the members of a plugin's payload are: which are readings, and digests that tell what a push changed.

Readings move with every push (free space, page counts) and are no history; everything else is. Both are told apart
once for each schema, by the tables' own word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Table

from shopdb.domain.catalog import Catalog
from shopdb.domain.collector import CollectorSchema, Section
from shopdb.store.schema import own_table, root_table

FIELDS = "fields"
READINGS = "readings"
NO_MEMBERS: frozenset[str] = frozenset()
Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one schema's payloads: ``lasting`` and ``moving`` ones, and for each list its rows' readings."""

    lasting: tuple[str, ...]
    moving: tuple[str, ...]
    sections: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, schema: CollectorSchema, catalog: Catalog) -> Members:
        """Return the members that the schema names."""
        resource = catalog[schema.resource]
        tables = (own_table(resource), root_table(resource))
        moving = tuple(member for member, name in schema.fields.items() if is_reading(name, *tables))
        told = dict.fromkeys((*schema.fields, *(one for many in schema.evidence.values() for one in many)))
        lists = {name: _readings_in(section, catalog) for name, section in schema.sections.items()}
        return cls(tuple(one for one in told if one not in moving and one not in lists), moving, lists)

    def digests(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return a digest of the payload's fields, of each list in it, and of its readings.

        Order within lists does not count, nor when it was observed: two equal answers mean that nothing is to be done.
        """
        found = {FIELDS: _digest([payload.get(member) for member in self.lasting])}
        moving: list[Any] = [payload.get(member) for member in self.moving]
        for member, readings in self.sections.items():
            if member in payload:
                rows = rows_of(payload, member)
                found[member] = _digest_of_rows(rows, readings)
                if readings:
                    moving.append(
                        [[row.get(name) for name in sorted(readings)] for row in rows if isinstance(row, dict)]
                    )
        found[READINGS] = _digest(moving)
        return found


def rows_of(payload: Mapping[str, Any], member: str) -> Sequence[Any]:
    """Return the rows of a list in the payload; null is an empty list."""
    rows = payload[member]
    return rows if isinstance(rows, list) else ()


def is_reading(name: str, *tables: Table) -> bool:
    """Whether the first of the tables that has a column of this name keeps it out of the change log."""
    return next((name in table.info["unlogged"] for table in tables if name in table.c), False)


def _readings_in(section: Section, catalog: Catalog) -> frozenset[str]:
    if section.relation or section.resource not in catalog:
        return NO_MEMBERS
    table = own_table(catalog[section.resource])
    return frozenset(member for member, name in (section.fields or {}).items() if is_reading(name, table))


def _digest_of_rows(rows: Sequence[Any], readings: frozenset[str]) -> str:
    if readings:
        rows = [_without(row, readings) if isinstance(row, dict) else row for row in rows]
    return hashlib.sha256(
        b"\n".join(sorted(orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows))
    ).hexdigest()[:32]


def _without(row: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in members}


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
