"""Which asset does this evidence speak of? Link when one is clearly ahead and nothing contradicts, else ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from shopdb.domain.evidence import Evidence, Gathered
from shopdb.store import changes
from shopdb.store.base import utc_now
from shopdb.store.models.assets import Asset, NetworkAddress
from shopdb.store.models.intake import Identifier, IdentityDecision
from shopdb.store.schema import table_of

POWER = {"serial": 4, "uuid": 4, "agent": 3, "mac": 2}
ENOUGH = 2
CLEARLY_AHEAD = 3
SINGLE_VALUED = ("serial", "uuid")

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
    """The verdict; ``reason`` can be told to a person, ``share`` are identifiers that two live devices report."""

    verdict: Verdict
    asset_id: int | None = None
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    share: tuple[Evidence, ...] = ()


def match(session: Session, gathered: Gathered, resource: str) -> Match:
    """Return which asset of this resource the evidence speaks of, in a constant number of statements."""
    decisions = _decisions(session, gathered.fingerprint)
    for asset_id, decision in decisions.items():
        if decision in ("same", "ignore"):
            return Match("linked" if decision == "same" else "ignored", asset_id, f"somebody decided: {decision}")
    candidates = [one for one in _candidates(session, gathered) if decisions.get(one.asset_id) != "different"]
    others = [one for one in candidates if _is_another(one)]
    share = tuple(one for one in gathered.evidence if one.kind in ("mac", "agent") and any(
        one.value in other.known[one.kind] for other in others
    ))  # fmt: skip
    candidates = [one for one in candidates if not _is_another(one)]
    if not candidates:
        return Match("new", share=share)
    return _judged(candidates, gathered, resource, share)


def _judged(candidates: Sequence[Candidate], gathered: Gathered, resource: str, share: tuple[Evidence, ...]) -> Match:
    ranked = sorted(candidates, key=lambda one: (-one.power, one.asset_id))
    best = ranked[0]
    if best.contradicts:
        told = ", ".join(sorted(best.contradicts))
        return Match("doubt", None, f"{best.name} has another {told}", tuple(ranked), share)
    if best.power < ENOUGH:
        mine = [one for one in ranked if one.resource == resource]
        if not mine or not gathered.evidence:
            return Match("new", share=share)
        return Match("doubt", None, f"only the name says that it is {mine[0].name}", tuple(mine), share)
    if best.resource != resource:
        known_as = best.resource or "an asset without a type"
        return Match("doubt", None, f"{best.name} is known as {known_as}", tuple(ranked), share)
    if len(ranked) > 1 and best.power - ranked[1].power < CLEARLY_AHEAD and ranked[1].power >= ENOUGH:
        return Match("doubt", None, f"it could be {best.name} or {ranked[1].name}", tuple(ranked), share)
    return Match("linked", best.asset_id, "", tuple(ranked), share)


def _is_another(one: Candidate) -> bool:
    """Whether the candidate is surely another device: its firmware says so, and only what travels agrees."""
    return bool(one.contradicts) and not one.agrees & {"serial", "uuid", "agent"}


def _candidates(session: Session, gathered: Gathered) -> list[Candidate]:
    pairs = [(one.kind, one.value) for one in gathered.evidence]
    if not pairs:
        return []
    ids = _asset_ids(session, gathered, pairs)
    if not ids:
        return []
    found = {
        row.id: Candidate(row.id, row.name, row.resource)
        for row in session.connection().execute(select(Asset.id, Asset.name, Asset.resource).where(Asset.id.in_(ids)))
    }
    _load_known(session, found)
    for one in found.values():
        _compare(one, gathered)
    return [one for one in found.values() if one.agrees or one.weakly]


def _asset_ids(session: Session, gathered: Gathered, pairs: Sequence[tuple[str, str]]) -> set[int]:
    connection = session.connection()
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in pairs:
        by_kind[kind].append(value)
    known = or_(*[and_(Identifier.kind == kind, Identifier.value.in_(values)) for kind, values in by_kind.items()])
    ids = set(connection.scalars(select(Identifier.asset_id).where(known, Identifier.shared.is_(False)).limit(50)))
    typed = []
    if serials := gathered.values("serial"):
        typed.append(Asset.serial_number.in_(serials))
    if hosts := gathered.values("host"):
        typed.append(Asset.name.in_(hosts))
    if typed:
        ids |= set(connection.scalars(select(Asset.id).where(or_(*typed)).limit(50)))
    if macs := gathered.values("mac"):
        ids |= set(connection.scalars(select(NetworkAddress.asset_id).where(NetworkAddress.mac.in_(macs)).limit(50)))
    return ids


def _load_known(session: Session, found: dict[int, Candidate]) -> None:
    connection = session.connection()
    columns = (Identifier.asset_id, Identifier.kind, Identifier.value)
    own = Identifier.asset_id.in_(found), Identifier.shared.is_(False)
    for asset_id, kind, value in connection.execute(select(*columns).where(*own)):
        found[asset_id].known[kind].add(value)
    for asset_id, serial, name in connection.execute(
        select(Asset.id, Asset.serial_number, Asset.name).where(Asset.id.in_(found))
    ):
        if serial:
            found[asset_id].known["serial"].add(serial.casefold())
        found[asset_id].known["host"].add(name.casefold())
    addresses = select(NetworkAddress.asset_id, NetworkAddress.mac).where(
        NetworkAddress.asset_id.in_(found), NetworkAddress.mac.is_not(None)
    )
    shared = set(
        connection.scalars(select(Identifier.value).where(Identifier.kind == "mac", Identifier.shared.is_(True)))
    )
    for asset_id, mac in connection.execute(addresses):
        if mac and mac not in shared:
            found[asset_id].known["mac"].add(mac)


def _compare(one: Candidate, gathered: Gathered) -> None:
    for evidence in gathered.evidence:
        if evidence.value in one.known[evidence.kind]:
            (one.weakly if evidence.weak else one.agrees).add(evidence.kind)
    for kind in SINGLE_VALUED:
        told, known = gathered.values(kind), one.known[kind]
        if told and known and not told & known:
            one.contradicts.add(kind)


def _decisions(session: Session, fingerprint: bytes) -> dict[int | None, str]:
    statement = select(IdentityDecision.asset_id, IdentityDecision.decision).where(
        IdentityDecision.fingerprint == fingerprint
    )
    return {row.asset_id: row.decision for row in session.connection().execute(statement)}


def remember(session: Session, asset_id: int, gathered: Gathered, share: Sequence[Evidence] = ()) -> list[str]:
    """Keep the evidence with the asset and return what became shared, in words for an admin."""
    table = table_of(Identifier)
    statement = select(Identifier.kind, Identifier.value).where(Identifier.asset_id == asset_id)
    known = {(row.kind, row.value) for row in session.connection().execute(statement)}
    shared = {(one.kind, one.value) for one in share}
    rows = [
        {"asset_id": asset_id, "kind": one.kind, "value": one.value, "shared": (one.kind, one.value) in shared,
         "last_seen": utc_now()}
        for one in sorted(gathered.evidence)
        if (one.kind, one.value) not in known
    ]  # fmt: skip
    changes.insert_rows(session, table, rows)
    for kind, value in sorted(shared):
        same = select(table).where(table.c.kind == kind, table.c.value == value, table.c.shared.is_(False))
        changes.update_rows(
            session,
            table,
            [dict(row) for row in session.connection().execute(same).mappings()],
            {"shared": True},
        )
    return [f"{kind} {value} is reported by two devices and no longer links" for kind, value in sorted(shared)]


def seen(session: Session, asset_id: int, moment: Any) -> None:
    """Note that a collector has seen the asset at this moment; readings are not in the change log."""
    wanted = update(table_of(Asset)).where(Asset.id == asset_id)
    later = or_(Asset.last_seen.is_(None), Asset.last_seen < moment)
    session.connection().execute(wanted.where(later).values(last_seen=moment, health="seen"))
