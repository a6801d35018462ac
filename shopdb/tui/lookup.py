"""What a list or form needs to know of records beside its own: their whole values, and those that match some words.

Belongs to the terminal; everything here runs in job threads, with a session.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from shopdb.domain.filters import Filter
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Resource
from shopdb.store import records
from shopdb.store.base import utc_now
from shopdb.tui import cells


@dataclass(frozen=True, slots=True)
class Match:
    """One record that could be meant; ``told`` is what else tells it from its like."""

    ref: Ref
    told: str


def matches(session: Session, target: Resource, words: str, limit: int) -> list[Match]:
    """Return the first records of a resource in which every word is found; without words, its first ones."""
    query = ListQuery(Filter(words=tuple(words.split())), limit=limit)
    now = utc_now()
    beside = [one for one in target.listed_fields if one.name not in (target.label_field, "last_seen")]
    found = []
    for record in records.page(session, target, query).rows:
        told = [cells.cell(record.values[one.name], one, now) for one in beside]
        found.append(Match(Ref(record.id, record.label), " · ".join(text for text in told if text != cells.NOTHING)))
    return found


@dataclass(frozen=True, slots=True)
class Whole:
    """A record with every field, and the resource that knows most of it (an asset's own type)."""

    resource: Resource
    record: Record


def whole(session: Session, resource: Resource, record_id: int) -> Whole:
    """Return a record as what it is; `RecordNotFoundError` if it is not there."""
    record = records.get(session, resource, record_id)
    typed = records.typed(session, resource, record)
    return Whole(typed, record if typed is resource else records.get(session, typed, record_id))
