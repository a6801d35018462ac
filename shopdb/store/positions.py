"""Where an asset stands: its own position, that of a related asset, or that of its location (ADR 001)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.store.chunks import chunks
from shopdb.store.models.assets import Asset, AssetRelationship, AssetType
from shopdb.store.models.catalogue import FloorPlan, Location

FURTHEST = 4
"""How many relationships away a position is still taken from; it also bounds the statements."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on a floor plan, in the plan's units, and the rule that gave it.

    ``source`` is "own", "via machine M-104" or "via location Bay 3".
    """

    x: float
    y: float
    floor_plan: str | None
    source: str


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    parent_id: int | None
    point: tuple[Decimal, Decimal] | None
    floor_plan: str | None


@dataclass(frozen=True, slots=True)
class _Standing:
    label: str
    location_id: int | None
    point: tuple[Decimal, Decimal] | None


def resolve_asset_position(session: Session, asset: int | Asset) -> Position | None:
    """Return where one asset (or its id) stands and why, None if nothing says."""
    asset_id = asset if isinstance(asset, int) else asset.id
    return resolve_positions(session, [asset_id]).get(asset_id)


def resolve_positions(session: Session, ids: Sequence[int]) -> dict[int, Position]:
    """Return the positions of those assets that have one, in a constant number of statements for up to 500."""
    found: dict[int, Position] = {}
    places = _places(session)
    for some in chunks(ids):
        standing = _standing(session, some)
        for asset_id, one in standing.items():
            if one.point:
                found[asset_id] = _position(one.point, _plan(places, one.location_id), "own")
        found |= _through_relations(session, [asset_id for asset_id in standing if asset_id not in found], places)
        for asset_id, one in standing.items():
            if asset_id not in found and (position := _through_location(places, one.location_id)):
                found[asset_id] = position
    return found


def _through_relations(session: Session, ids: Iterable[int], places: Mapping[int, _Place]) -> dict[int, Position]:
    """Walk outwards one relationship at a time; the nearest answers first, of equals the one with the lowest id."""
    found: dict[int, Position] = {}
    frontier: dict[int, set[int]] = {asset_id: {asset_id} for asset_id in ids}
    seen = {asset_id: {asset_id} for asset_id in frontier}
    for _ in range(FURTHEST):
        edges = _edges(session, {one for ends in frontier.values() for one in ends})
        frontier = {
            asset_id: {target for one in ends for target in edges.get(one, ())} - seen[asset_id]
            for asset_id, ends in frontier.items()
        }
        frontier = {asset_id: ends for asset_id, ends in frontier.items() if ends}
        if not frontier:
            break
        standing = _standing(session, sorted({one for ends in frontier.values() for one in ends}))
        for asset_id, ends in list(frontier.items()):
            seen[asset_id] |= ends
            known = next((standing[one] for one in sorted(ends) if one in standing and standing[one].point), None)
            if known is not None and known.point:
                found[asset_id] = _position(known.point, _plan(places, known.location_id), f"via {known.label}")
                del frontier[asset_id]
    return found


def _edges(session: Session, ids: Iterable[int]) -> dict[int, list[int]]:
    edges: dict[int, list[int]] = {}
    for some in chunks(sorted(ids)):
        statement = select(AssetRelationship.source_id, AssetRelationship.target_id).where(
            AssetRelationship.source_id.in_(some), AssetRelationship.inheritsposition.is_(True)
        )
        for source, target in session.connection().execute(statement):
            edges.setdefault(source, []).append(target)
    return edges


def _standing(session: Session, ids: Sequence[int]) -> dict[int, _Standing]:
    found: dict[int, _Standing] = {}
    columns = (Asset.id, Asset.name, Asset.location_id, Asset.mapx, Asset.mapy, AssetType.name.label("type_name"))
    for some in chunks(ids):
        statement = select(*columns).outerjoin(AssetType, AssetType.id == Asset.type_id).where(Asset.id.in_(some))
        for row in session.connection().execute(statement):
            label = f"{(row.type_name or 'asset').lower()} {row.name}"
            found[row.id] = _Standing(label, row.location_id, _point(row))
    return found


def _places(session: Session) -> dict[int, _Place]:
    columns = (Location.id, Location.name, Location.parent_id, Location.mapx, Location.mapy)
    statement = select(*columns, FloorPlan.name.label("plan")).outerjoin(
        FloorPlan, FloorPlan.id == Location.floor_plan_id
    )
    return {
        row.id: _Place(row.name, row.parent_id, _point(row), row.plan)
        for row in session.connection().execute(statement)
    }


def _through_location(places: Mapping[int, _Place], location_id: int | None) -> Position | None:
    for place in _upwards(places, location_id):
        if place.point:
            return _position(place.point, _plan(places, location_id), f"via location {place.name}")
    return None


def _plan(places: Mapping[int, _Place], location_id: int | None) -> str | None:
    return next((place.floor_plan for place in _upwards(places, location_id) if place.floor_plan), None)


def _upwards(places: Mapping[int, _Place], location_id: int | None) -> list[_Place]:
    chain: list[_Place] = []
    place = places.get(location_id or 0)
    while place is not None and place not in chain:
        chain.append(place)
        place = places.get(place.parent_id or 0)
    return chain


def _point(row: Any) -> tuple[Decimal, Decimal] | None:
    return None if row.mapx is None or row.mapy is None else (row.mapx, row.mapy)


def _position(point: tuple[Decimal, Decimal], floor_plan: str | None, source: str) -> Position:
    return Position(float(point[0]), float(point[1]), floor_plan, source)
