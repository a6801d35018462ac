"""What a plugin is told, and what it gives back, when a made-up shop is built: plain values, no database.

A plugin that offers the service "demo" is asked for its share of the shop: the function takes a `DemoFloor` alone and
yields `DemoAsset`s, and `DemoRow`s for records that are no assets. Core gives them ids, numbers and dates and writes
them. Whatever chance decides, ``floor.rng`` decides, so that the same seed builds the same shop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Final

PURPOSES = ("machining", "metrology", "heat_treat", "inspection", "office", "server_room", "storage", "lobby")
"""What the places of the made-up shop are for; each purpose has at least one place."""

OFFICE_NETWORK = 10 << 24
MACHINE_NETWORK = 172 << 24 | 16 << 16
HOSTS_IN_A_NET = 254
MOST_NETS = 4096


class _Owner(Enum):
    ASSET = "the asset itself"


THIS_ASSET: Final = _Owner.ASSET
"""Stands in a row of an asset where the asset's id belongs; the foreign key to the owner is filled in by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class DemoRow:
    """A row of a table of the plugin's own or of core's; columns that are left out keep their defaults.

    Another row may stand where that row's id belongs: ``{"plan_id": plan}``.
    """

    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A location: what it is for, in which building, and the part of the floor plan that it covers, in metres."""

    id: int
    name: str
    purpose: str
    building: int
    business_unit_id: int
    left: int
    top: int
    width: int
    depth: int


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who works in the made-up shop."""

    id: int
    name: str
    badge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAsset:
    """One asset. Core looks up or adds what is only named, and makes up status, dates, tags and slips of the pen.

    ``prefix`` begins its number ("PC" makes PC-0001). ``resource`` names the record type that completes it, whose row
    is among ``rows``. ``model`` is maker and name, ``software`` name, publisher and version of each program,
    ``point`` its own position on the floor plan. ``collected``: collectors report it, so it was last seen sometime.
    ``drives``: how many of the machines (``is_machine``) in the same place stop without it.
    """

    prefix: str
    name: str
    type: str
    place: DemoPlace
    resource: str = ""
    is_machine: bool = False
    model: tuple[str, str] | None = None
    serial_number: str | None = None
    owner: DemoPerson | None = None
    point: tuple[Decimal, Decimal] | None = None
    collected: bool = False
    drives: int = 0
    software: Sequence[tuple[str, str, str]] = ()
    rows: Sequence[DemoRow] = ()


@dataclass(frozen=True, slots=True)
class DemoFloor:
    """The made-up shop before it is filled; ``count`` assets will stand in it, whichever plugin they belong to."""

    rng: Random
    now: datetime
    count: int
    places: Mapping[str, Sequence[DemoPlace]]
    people: Sequence[DemoPerson]
    hosts: Iterator[int] = field(repr=False)

    def share(self, percent: int) -> int:
        """Return how many assets that part of all of them is, at least one."""
        return max(1, self.count * percent // 100)

    def place(self, *purposes: str) -> DemoPlace:
        """Return some place that serves one of the purposes."""
        return self.rng.choice(self.places[self.rng.choice(purposes)])

    def person(self) -> DemoPerson:
        """Return somebody."""
        return self.rng.choice(self.people)

    def point(self, place: DemoPlace) -> tuple[Decimal, Decimal]:
        """Return a point of the floor plan that lies within the place."""
        across, down = self.rng.randrange(place.width * 10), self.rng.randrange(place.depth * 10)
        return place.left + Decimal(across) / 10, place.top + Decimal(down) / 10

    def day(self, days: int) -> date:
        """Return the date so many days from now."""
        return self.now.date() + timedelta(days=days)

    def before_now(self, *, days: float) -> datetime:
        """Return a moment of the last so many days."""
        return self.now - timedelta(seconds=self.rng.randrange(1, int(days * 86_400)))

    def shaped(self, shape: str) -> str:
        """Return the shape, "CN####@@" say, with a digit for each #, a letter for each @, a hex digit for each %."""
        return "".join(self.rng.choice(_SHAPES.get(sign, sign)) for sign in shape)

    def address(self, maker: str, interface: str, *, is_machine_network: bool = False) -> DemoRow:
        """Return a network interface that no other asset of the shop has; ``maker`` begins its MAC ("00:1b:21")."""
        host = next(self.hosts)
        net, number = divmod(host, HOSTS_IN_A_NET)
        network = MACHINE_NETWORK if is_machine_network else OFFICE_NETWORK
        mac = ":".join((maker, f"{host >> 16 & 255:02x}", f"{host >> 8 & 255:02x}", f"{host & 255:02x}"))
        values = {
            "ip": ".".join(str(byte) for byte in (network + (net % MOST_NETS << 8) + number + 1).to_bytes(4, "big")),
            "mac": mac,
            "interface": interface,
            "is_machine_network": is_machine_network,
        }
        return DemoRow("network_addresses", values)


_SHAPES = {
    "#": "0123456789",
    "@": "ABCDEFGHJKLMNPRSTUVWXYZ",
    "%": "0123456789abcdef",
}
