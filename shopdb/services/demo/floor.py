"""The buildings of a made-up shop, who works there, and for which part of the company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.demo import DemoPerson, DemoPlace
from shopdb.services.demo.cast import BUSINESS_UNITS, EMAIL_DOMAIN, FIRST_NAMES, LAST_NAMES, mail_name
from shopdb.services.demo.writing import Writer
from shopdb.store.chunks import chunks
from shopdb.store.models import BusinessUnit, FloorPlan, Location, Person
from shopdb.store.schema import table_of

ASSETS_PER_BUILDING = 300
MOST_BUILDINGS = 40
ASSETS_PER_PERSON = 8
FEWEST_PEOPLE, MOST_PEOPLE = 12, 3000
FIRST_BADGE = 20_001
WIDTH, DEPTH = 120, 60
"""Of each building, in metres, which are the units of its floor plan."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room that every building has; rooms of the same area stand under one location."""

    name: str
    purpose: str
    area: str
    left: int
    top: int
    width: int
    depth: int


ROOMS = (
    Room("Bay 1", "machining", "Shop floor", 0, 0, 30, 20),
    Room("Bay 2", "machining", "Shop floor", 30, 0, 30, 20),
    Room("Bay 3", "machining", "Shop floor", 60, 0, 30, 20),
    Room("Bay 4", "machining", "Shop floor", 0, 20, 30, 20),
    Room("Bay 5", "machining", "Shop floor", 30, 20, 30, 20),
    Room("Bay 6", "machining", "Shop floor", 60, 20, 30, 20),
    Room("Heat treat", "heat_treat", "Shop floor", 90, 0, 30, 20),
    Room("Metrology", "metrology", "Quality", 90, 20, 15, 20),
    Room("Final inspection", "inspection", "Quality", 105, 20, 15, 20),
    Room("Offices", "office", "Front", 0, 40, 40, 20),
    Room("Engineering", "office", "Front", 40, 40, 20, 20),
    Room("Server room", "server_room", "Front", 60, 40, 10, 20),
    Room("Tool crib", "storage", "Stores", 70, 40, 20, 20),
    Room("Receiving", "storage", "Stores", 90, 40, 20, 20),
    Room("Lobby", "lobby", "Front", 110, 40, 10, 20),
)
AREAS = tuple(dict.fromkeys(room.area for room in ROOMS))


@dataclass(frozen=True, slots=True)
class Site:
    """The empty shop: places by purpose and people."""

    places: Mapping[str, Sequence[DemoPlace]]
    people: Sequence[DemoPerson]


def lay_out(session: Session, writer: Writer, count: int, rng: Random) -> Site:
    """Return a shop for that many assets; what is there already under the same name is used, not doubled."""
    known = _Known(session, writer)
    units = known.or_added(BusinessUnit, "name", [{"name": name, "code": code} for name, code in BUSINESS_UNITS])
    buildings = range(1, 1 + min(MOST_BUILDINGS, 1 + count // ASSETS_PER_BUILDING))
    return Site(_places(known, list(units.values()), buildings), _people(known, list(units.values()), count, rng))


@dataclass(frozen=True, slots=True)
class _Known:
    """What people can refer to: found by its key, or added."""

    session: Session
    writer: Writer

    def or_added(self, model: type[Any], key: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Return the id of each row by its key, in the rows' order."""
        table = table_of(model)
        found: dict[str, int] = {}
        for some in chunks([row[key] for row in rows]):
            statement = select(table.c[key], table.c.id).where(table.c[key].in_(some))
            found |= {value.casefold(): record_id for value, record_id in self.session.connection().execute(statement)}
        missing = [row for row in rows if row[key].casefold() not in found]
        made = self.writer.insert(table, missing)
        found |= {row[key].casefold(): record_id for row, record_id in zip(missing, made, strict=True)}
        return {row[key]: found[row[key].casefold()] for row in rows}


def _places(known: _Known, units: Sequence[int], buildings: range) -> Mapping[str, Sequence[DemoPlace]]:
    plans = known.or_added(FloorPlan, "name", [
        {"name": f"Building {number}", "width": WIDTH, "height": DEPTH, "drawing": drawing()} for number in buildings
    ])  # fmt: skip
    houses = known.or_added(Location, "name", [
        {"name": name, "floor_plan_id": plan, "mapx": WIDTH // 2, "mapy": DEPTH // 2} for name, plan in plans.items()
    ])  # fmt: skip
    parts = known.or_added(Location, "name", [
        {"name": f"B{number} {area}", "parent_id": houses[f"Building {number}"]}
        for number in buildings
        for area in AREAS
    ])  # fmt: skip
    rooms = known.or_added(Location, "name", [
        {
            "name": f"B{number} {room.name}",
            "parent_id": parts[f"B{number} {room.area}"],
            "mapx": room.left + room.width // 2,
            "mapy": room.top + room.depth // 2,
        }
        for number in buildings
        for room in ROOMS
    ])  # fmt: skip
    places: defaultdict[str, list[DemoPlace]] = defaultdict(list)
    for number in buildings:
        for index, room in enumerate(ROOMS):
            name = f"B{number} {room.name}"
            unit = units[(number + index) % len(units)]
            box = (room.left, room.top, room.width, room.depth)
            places[room.purpose].append(DemoPlace(rooms[name], name, room.purpose, number, unit, *box))
    return places


def _people(known: _Known, units: Sequence[int], count: int, rng: Random) -> Sequence[DemoPerson]:
    wanted = min(max(count // ASSETS_PER_PERSON, FEWEST_PEOPLE), MOST_PEOPLE)
    rows: list[dict[str, Any]] = []
    for badge in range(FIRST_BADGE, FIRST_BADGE + wanted):
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        rows.append({
            "name": f"{first} {last}",
            "badge": str(badge),
            "email": f"{mail_name(first)}.{mail_name(last)}@{EMAIL_DOMAIN}",
            "phone": f"ext. {rng.randrange(2000, 9000)}",
            "business_unit_id": rng.choice(units),
        })  # fmt: skip
    ids = known.or_added(Person, "badge", rows)
    return [DemoPerson(ids[row["badge"]], row["name"], row["badge"]) for row in rows]


def drawing() -> str:
    """Return the floor plan of a building as SVG."""
    rooms = "".join(
        f'<g><title>{room.name}</title><rect x="{room.left}" y="{room.top}" width="{room.width}" '
        f'height="{room.depth}" fill="none" stroke="black" stroke-width="0.3"/></g>'
        for room in ROOMS
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {DEPTH}">{rooms}</svg>'
