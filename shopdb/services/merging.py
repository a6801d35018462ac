"""One sighting of one asset: what its source said before, what is new in it, and putting that into the record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shopdb.domain.collector import CollectorSchema
from shopdb.domain.evidence import Gathered
from shopdb.domain.resource import Resource
from shopdb.exceptions import StaleRowError
from shopdb.services import observe, sections
from shopdb.services.members import READINGS, Digests, Members, rows_of
from shopdb.store import changes, identity
from shopdb.store.models.assets import Asset
from shopdb.store.models.intake import Observation
from shopdb.store.schema import key_column, own_table, table_of


@dataclass(frozen=True)
class Sighting:
    """One payload that fits its schema, and what is known of it before any asset is.

    ``body_digest`` is None where the payload was not alone in its message.
    """

    schema: CollectorSchema
    members: Members
    resource: Resource
    payload: Mapping[str, Any]
    gathered: Gathered
    source: str
    observed_at: datetime
    received_at: datetime
    body_digest: bytes | None

    @cached_property
    def digests(self) -> dict[str, str]:
        """What tells which of its members changed."""
        return self.members.digests(self.payload)

    @cached_property
    def evidence_digest(self) -> bytes | None:
        """SHA-256 that the next push of the same program about the same device has; None without evidence."""
        if not self.gathered.evidence:
            return None
        whose = f"{self.schema.plugin}\n{self.source}\n".encode()
        return hashlib.sha256(whose + self.gathered.digest).digest()


@dataclass(frozen=True, slots=True)
class Observed:
    """What one source last said of one asset."""

    id: int
    asset_id: int
    source: str
    values: Mapping[str, Any]
    digests: Digests
    observed_at: datetime

    def is_newer_than(self, sighting: Sighting) -> str:
        """Return why the sighting comes too late, "" if it does not."""
        if sighting.observed_at >= self.observed_at:
            return ""
        return f"older than what was observed at {self.observed_at:%Y-%m-%d %H:%M:%S} UTC"

    def says_the_same_as(self, sighting: Sighting) -> bool:
        """Whether there is nothing new in the sighting."""
        return all(self.digests.get(member) == digest for member, digest in sighting.digests.items())


@dataclass(slots=True)
class Merged:
    """What a merge did; ``told`` can be shown to a person."""

    outcome: Literal["created", "updated", "unchanged"]
    asset_id: int
    told: tuple[str, ...] = ()


@dataclass(slots=True)
class _News:
    """What a merge finds out on its way."""

    changed: bool = False
    told: list[str] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)


_OBSERVATION = table_of(Observation)
_COLUMNS = (
    _OBSERVATION.c.id,
    _OBSERVATION.c.asset_id,
    _OBSERVATION.c.source,
    _OBSERVATION.c.observed_values,
    _OBSERVATION.c.section_digests,
    _OBSERVATION.c.observed_at,
)


def known(session: Session, sighting: Sighting) -> Observed | None:
    """Return what this source last said with the very same evidence: then there is no question which asset it is."""
    if sighting.evidence_digest is None:
        return None
    same = select(*_COLUMNS).where(_OBSERVATION.c.evidence_digest == sighting.evidence_digest)
    row = session.connection().execute(same.order_by(_OBSERVATION.c.observed_at.desc()).limit(1)).one_or_none()
    return None if row is None else Observed(*row)


def note_repetition(session: Session, plugin: str, asset_id: int, body_digest: bytes, moment: datetime) -> bool:
    """Note that the last push about an asset came again, byte for byte; return whether it is still the last."""
    table = _OBSERVATION
    same = table.c.asset_id == asset_id, table.c.plugin == plugin, table.c.body_digest == body_digest
    if session.connection().execute(update(table).where(*same).values(received_at=moment)).rowcount == 0:
        return False
    identity.seen(session, asset_id, moment)
    return True


def note_sighting(session: Session, sighting: Sighting, before: Observed) -> None:
    """Note that the source saw the asset again as it was."""
    identity.seen(session, before.asset_id, sighting.observed_at)
    _save(session, sighting, before.asset_id, before, {})


def merge(session: Session, sighting: Sighting, before: Observed | None, found: identity.Match | None) -> Merged:
    """Put what is new in the sighting into its asset: the one of the observation before, or the one that was found."""
    seen = observe.read(session, sighting.schema, sighting.resource, sighting.payload)
    news = _News(told=[*sighting.gathered.dropped, *seen.refused], said=seen.said(sighting.resource))
    asset_id = before.asset_id if before is not None else found.asset_id if found is not None else None
    is_new = asset_id is None
    others: list[Observed] = []
    if asset_id is None:
        identifying = sighting.payload.get(sighting.schema.identityfield)
        asset_id = observe.create(session, sighting.schema, sighting.resource, seen, identifying)
    else:
        before, others = _lock(session, sighting, asset_id)
        if before is not None and (late := before.is_newer_than(sighting)):
            return Merged("unchanged", asset_id, (late,))
        if found is not None and found.resource is None:
            _adopt(session, sighting.resource, asset_id)
        mine = before.values if before is not None else {}
        newer = [one.values for one in others if one.is_newer_than(sighting)]
        past = observe.Known(mine, [one.values for one in others], newer)
        news.changed = observe.change(session, sighting.resource, asset_id, seen, past)
    _merge_sections(session, sighting, asset_id, (before, others), news)
    if found is not None:
        news.told += identity.remember(session, asset_id, sighting.gathered, found)
    _save(session, sighting, asset_id, before, news.said)
    identity.seen(session, asset_id, sighting.observed_at)
    return Merged("created" if is_new else "updated" if news.changed else "unchanged", asset_id, tuple(news.told))


def _merge_sections(
    session: Session, sighting: Sighting, asset_id: int, past: tuple[Observed | None, list[Observed]], news: _News
) -> None:
    before, others = past
    then: Digests = before.digests if before is not None else {}
    now = sighting.digests
    newer = {member for one in others if one.is_newer_than(sighting) for member in one.digests}
    for member, section in sighting.schema.sections.items():
        readings_moved = sighting.members.sections[member] and then.get(READINGS) != now[READINGS]
        if member not in now or member in newer or (then.get(member) == now[member] and not readings_moved):
            continue
        merged = sections.merge(session, section, asset_id, rows_of(sighting.payload, member), sighting.observed_at)
        news.changed = merged.changed or news.changed
        news.told += [f"{member}: {reason}" for reason in merged.refused]


def _lock(session: Session, sighting: Sighting, asset_id: int) -> tuple[Observed | None, list[Observed]]:
    """Wait for other pushes about the asset, keep further ones waiting, and return what was said of it so far."""
    assets, table = table_of(Asset), _OBSERVATION
    if session.connection().scalar(select(assets.c.id).where(assets.c.id == asset_id).with_for_update()) is None:
        # Deleted since it was found: the transaction begins again and finds another, or none.
        raise StaleRowError(assets.name, asset_id)
    said = select(*_COLUMNS).where(table.c.asset_id == asset_id, table.c.plugin == sighting.schema.plugin)
    observed = [Observed(*row) for row in session.connection().execute(said)]
    mine = next((one for one in observed if one.source == sighting.source), None)
    return mine, [one for one in observed if one is not mine]


def _adopt(session: Session, resource: Resource, asset_id: int) -> None:
    """Make an asset that a person typed without a type one of this resource's records."""
    assets, own = table_of(Asset), own_table(resource)
    row = session.connection().execute(select(assets).where(assets.c.id == asset_id)).mappings().one()
    changes.update_row(session, assets, dict(row), {"resource": resource.name})
    changes.insert_rows(session, own, [{key_column(own).name: asset_id}])


def _save(
    session: Session, sighting: Sighting, asset_id: int, before: Observed | None, said: Mapping[str, Any]
) -> None:
    values: dict[str, Any] = {
        "evidence_digest": sighting.evidence_digest,
        "body_digest": sighting.body_digest,
        "observed_at": sighting.observed_at,
        "received_at": sighting.received_at,
    }
    if before is None or not before.says_the_same_as(sighting):
        values["observed_values"] = {**(before.values if before is not None else {}), **said}
        values["section_digests"] = {**(before.digests if before is not None else {}), **sighting.digests}
    if before is None:
        key = {"asset_id": asset_id, "plugin": sighting.schema.plugin, "source": sighting.source}
        session.connection().execute(insert(_OBSERVATION), key | values)
    else:
        session.connection().execute(update(_OBSERVATION).where(_OBSERVATION.c.id == before.id).values(**values))
