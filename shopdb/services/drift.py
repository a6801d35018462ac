"""Drift: where collectors see another value than the one that a person typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref, value_from_json, value_to_json
from shopdb.domain.listing import Record
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import ValueRefusedError
from shopdb.store.models.intake import Observation
from shopdb.store.schema import table_of


@dataclass(frozen=True, slots=True)
class Drift:
    """One field whose value no collector has seen; ``seen`` is what ``source`` saw last, decoded.

    A link is seen by its label alone: its id is None until it is saved.
    """

    field: Field
    typed: Any
    seen: Any
    source: str
    seen_at: datetime


def drift(session: Session, resource: Resource, record: Record) -> list[Drift]:
    """Return the fields of a whole record that collectors see otherwise, in the order of the form; one statement."""
    table = table_of(Observation)
    newest_first = select(table).where(table.c.asset_id == record.id).order_by(table.c.observed_at.desc(), table.c.id)
    observations = [dict(row) for row in session.connection().execute(newest_first).mappings()]
    compared = (_compared(field, record, observations) for field in resource.edited_fields)
    return [one for one in compared if one is not None]


def _compared(field: Field, record: Record, observations: list[dict[str, Any]]) -> Drift | None:
    saying = [one for one in observations if _said(one, field) is not None]
    typed = record.values.get(field.name)
    said = [_said(one, field) for one in saying]
    if not saying or typed in (None, "") or _as_said(typed, field) in said:
        return None
    try:
        seen = Ref(None, str(said[0])) if field.kind is Kind.LINK else value_from_json(said[0], field)
    except ValueRefusedError:
        return None  # the field has been described otherwise since
    return Drift(field, typed, seen, saying[0]["source"] or saying[0]["plugin"], saying[0]["observed_at"])


def _said(observation: Mapping[str, Any], field: Field) -> Any:
    values = observation["observed_values"]
    return values.get(field.name) if isinstance(values, dict) else None


def _as_said(value: Any, field: Field) -> Any:
    return value.label if isinstance(value, Ref) else value_to_json(value, field)
