"""Which asset does this evidence speak of? Link when one is clearly ahead and nothing contradicts, else ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select, union, update
from sqlalchemy.orm import Session

from shopdb.domain.evidence import Evidence, Gathered, comparable, host_name
from shopdb.store import changes
from shopdb.store.base import utc_now
from shopdb.store.models.assets import Asset, NetworkAddress
from shopdb.store.models.intake import Identifier, IdentityDecision
from shopdb.store.schema import table_of

POWER = {"serial": 4, "uuid": 4, "agent": 3, "mac": 2}
ENOUGH = 2
CLEARLY_AHEAD = 3
SINGLE_VALUED = ("serial", "uuid")
OF_THE_FIRMWARE_OR_AGENT = frozenset({"serial", "uuid", "agent"})
MOST_CANDIDATES = 200

Verdict = Literal["linked", "new", "doubt", "ignored"]


@dataclass(slots=True)
class Candidate:
    """An asset that shares evidence with a payload: what agrees, what contradicts."""

    asset_id: int
    name: str
    resource: str | None
    agrees: set[str] = field(default_factory=set)
    weakly: set[str] = field(default_factory=set)
    contradicts: set[str] = field(default_factory=set)
    known: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def power(self) -> int:
        """How much the agreeing evidence weighs; a name and a made-up MAC count only together."""
        strong = sum(POWER[kind] for kind in self.agrees)
        together = ENOUGH if {"host", "mac"} <= self.weakly else 0
        return max(strong, together)

    @property
    def is_another(self) -> bool:
        """Whether it is surely another device: its firmware says so, and only what travels agrees."""
        return bool(self.contradicts) and self.agrees.isdisjoint(OF_THE_FIRMWARE_OR_AGENT)

    def described(self) -> dict[str, Any]:
        """Return the candidate as a JSON document for the review queue."""
        return {
            "id": self.asset_id,
            "name": self.name,
            "resource": self.resource,
            "agrees": sorted(self.agrees | self.weakly),
            "contradicts": sorted(self.contradicts),
            "known": {kind: sorted(values)[:5] for kind, values in sorted(self.known.items())},
        }


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict; ``reason`` can be told to a person.

    ``resource`` is the linked asset's record type. ``share`` are identifiers that two live devices report; ``shared``
    are those that were so before.
    """

    verdict: Verdict
    asset_id: int | None = None
    resource: str | None = None
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    share: frozenset[Evidence] = frozenset()
    shared: frozenset[Evidence] = frozenset()


def match(session: Session, gathered: Gathered, resource: str) -> Match:
    """Return which asset of this resource the evidence speaks of, in a constant number of statements."""
    if not gathered.evidence:
        return Match("doubt", reason="nothing in it identifies a device")
    decided = _decisions(session, gathered.fingerprint)
    if None in decided:
        return Match("ignored", reason=f"{decided[None]} decided to ignore this device")
    same_id = next((asset_id for asset_id, decision in decided.items() if decision == "same"), None)
    found = _candidates(session, gathered, same_id)
    same = found.assets.get(same_id or 0)
    others = [
        one
        for one in found.assets.values()
        if one is not same and (one.is_another or decided.get(one.asset_id) == "different")
    ]
    share = frozenset(
        one
        for one in gathered.evidence
        if one.kind in POWER and any(one.value in other.known[one.kind] for other in others)
    )
    if same is not None:
        judged = _linked_or_asked(same, resource, [same])
    else:
        judged = _judged([one for one in found.assets.values() if one not in others], resource)
    return replace(judged, share=share, shared=found.shared)


def _judged(candidates: Sequence[Candidate], resource: str) -> Match:
    ranked = sorted(candidates, key=lambda one: (-one.power, one.asset_id))
    if not ranked:
        return Match("new")
    best = ranked[0]
    if best.contradicts:
        return Match("doubt", reason=f"{best.name} has another {_listed(best.contradicts)}", candidates=tuple(ranked))
    if best.power < ENOUGH:
        mine = tuple(one for one in ranked if one.resource in (resource, None))
        if not mine:
            return Match("new")
        return Match(
            "doubt", reason=f"only its {_listed(mine[0].weakly)} says that it is {mine[0].name}", candidates=mine
        )
    if len(ranked) > 1 and best.power - ranked[1].power < CLEARLY_AHEAD and ranked[1].power >= ENOUGH:
        return Match("doubt", reason=f"it could be {best.name} or {ranked[1].name}", candidates=tuple(ranked))
    return _linked_or_asked(best, resource, ranked)


def _linked_or_asked(best: Candidate, resource: str, ranked: Sequence[Candidate]) -> Match:
    if best.resource not in (resource, None):
        return Match("doubt", reason=f"{best.name} is known as one of {best.resource}", candidates=tuple(ranked))
    return Match("linked", best.asset_id, best.resource, candidates=tuple(ranked))


def _listed(kinds: Iterable[str]) -> str:
    names = {"host": "name", "mac": "network card", "agent": "agent id"}
    return " and ".join(names.get(kind, kind) for kind in sorted(kinds))


@dataclass(frozen=True, slots=True)
class _Found:
    assets: dict[int, Candidate]
    shared: frozenset[Evidence]


def _candidates(session: Session, gathered: Gathered, decided_id: int | None) -> _Found:
    connection = session.connection()
    ids = set(connection.scalars(_speaking(gathered).limit(MOST_CANDIDATES)))
    ids |= set() if decided_id is None else {decided_id}
    evidence = {(one.kind, one.value): one for one in gathered.evidence}
    told = select(Identifier.kind, Identifier.value).where(_told(gathered), Identifier.shared.is_(True)).distinct()
    shared = {(kind, value) for kind, value in connection.execute(told)}
    found: dict[int, Candidate] = {}
    if ids:
        assets = select(Asset.id, Asset.name, Asset.resource, Asset.serial_number).where(Asset.id.in_(ids))
        for asset_id, name, resource, serial in connection.execute(assets):
            one = found[asset_id] = Candidate(asset_id, name, resource)
            one.known["host"].add(comparable(host_name(name)))
            one.known["serial"] |= {comparable(serial)} if serial else set()
        _read_identifiers(session, found)
        for one in found.values():
            one.known = {kind: {value for value in one.known[kind] if (kind, value) not in shared} for kind in _KINDS}
            _compare(one, gathered)
    speaking = {asset_id: one for asset_id, one in found.items() if one.agrees or one.weakly or asset_id == decided_id}
    return _Found(speaking, frozenset(evidence[pair] for pair in shared if pair in evidence))


_KINDS = (*POWER, "host")


def _told(gathered: Gathered) -> ColumnElement[bool]:
    kinds = sorted({one.kind for one in gathered.evidence})
    return or_(*[and_(Identifier.kind == kind, Identifier.value.in_(sorted(gathered.values(kind)))) for kind in kinds])


def _speaking(gathered: Gathered) -> Any:
    """Return the select of the ids of assets that bear any of the evidence, by what collectors or people said."""
    known = [select(Identifier.asset_id).where(_told(gathered), Identifier.shared.is_(False))]
    if serials := gathered.told("serial"):
        known.append(select(Asset.id).where(Asset.serial_number.in_(sorted(serials))))
    if names := gathered.told("host"):
        known.append(select(Asset.id).where(Asset.name.in_(sorted(names))))
    if macs := gathered.values("mac"):
        known.append(select(NetworkAddress.asset_id).where(NetworkAddress.mac.in_(sorted(macs))))
    return union(*known)


def _read_identifiers(session: Session, found: dict[int, Candidate]) -> None:
    connection = session.connection()
    said = select(Identifier.asset_id, Identifier.kind, Identifier.value).where(Identifier.asset_id.in_(found))
    for asset_id, kind, value in connection.execute(said):
        found[asset_id].known[kind].add(value)
    typed = select(NetworkAddress.asset_id, NetworkAddress.mac).where(
        NetworkAddress.asset_id.in_(found), NetworkAddress.mac.is_not(None)
    )
    for asset_id, mac in connection.execute(typed):
        found[asset_id].known["mac"].add(mac or "")


def _compare(one: Candidate, gathered: Gathered) -> None:
    for evidence in gathered.evidence:
        known = one.known[evidence.kind]
        if evidence.value in known:
            (one.weakly if evidence.weak else one.agrees).add(evidence.kind)
        elif evidence.told and comparable(evidence.told) in known:
            # What people type is but the last part of an identifier of several parts.
            one.weakly.add(evidence.kind)
    for kind in SINGLE_VALUED:
        told = gathered.values(kind)
        if told and one.known[kind] and kind not in one.agrees | one.weakly:
            one.contradicts.add(kind)


def _decisions(session: Session, fingerprint: bytes) -> dict[int | None, str]:
    """Return what people decided about this evidence, by asset; None stands for whoever ignores the device."""
    columns = (IdentityDecision.asset_id, IdentityDecision.decision, IdentityDecision.decided_by)
    statement = select(*columns).where(IdentityDecision.fingerprint == fingerprint)
    return {
        row.asset_id: row.decided_by if row.asset_id is None else row.decision
        for row in session.connection().execute(statement)
    }


def remember(session: Session, asset_id: int, gathered: Gathered, found: Match) -> list[str]:
    """Keep the evidence with the asset and return what became shared, in words for an admin."""
    table = table_of(Identifier)
    statement = select(Identifier.kind, Identifier.value).where(Identifier.asset_id == asset_id)
    known = {(kind, value) for kind, value in session.connection().execute(statement)}
    powerless = found.share | found.shared
    rows = [
        {"asset_id": asset_id, "kind": one.kind, "value": one.value, "shared": one in powerless, "last_seen": utc_now()}
        for one in sorted(gathered.evidence)
        if (one.kind, one.value) not in known
    ]
    changes.insert_rows(session, table, rows)
    for one in sorted(found.share):
        same = select(table).where(table.c.kind == one.kind, table.c.value == one.value, table.c.shared.is_(False))
        bearers = [dict(row) for row in session.connection().execute(same).mappings()]
        changes.update_rows(session, table, bearers, {"shared": True})
    return [
        f"{_listed([one.kind])} {one.value} is reported by two devices and no longer links"
        for one in sorted(found.share)
    ]


def seen(session: Session, asset_id: int, moment: datetime) -> None:
    """Note that a collector has seen the asset at this moment; readings are not in the change log."""
    assets = table_of(Asset)
    later = or_(assets.c.last_seen.is_(None), assets.c.last_seen < moment)
    noted = update(assets).where(assets.c.id == asset_id, later).values(last_seen=moment, health="seen")
    session.connection().execute(noted)
