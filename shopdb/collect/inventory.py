"""What one computer says of itself: the shape of a push, and the last gate before it leaves.

How any of it is found out is the platform modules' business, where it goes the courier's. Two rules hold
everywhere: what is unknown is absent (the server leaves it untouched), what is known to be none is an empty
list (the server removes what it had).
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Required, TypedDict, cast

# The server's columns are no longer than this; a name beyond it is cut rather than the whole push refused.
LONGEST_TEXT = 255


# Platforms write these in different case; every agent that reports the machine writes them small.
CASELESS = ("domain", "uuid")


class Address(TypedDict, total=False):
    """One IP address of an interface that leads out of the machine."""

    ip: Required[str]
    mac: str
    interface: str


class Disk(TypedDict, total=False):
    """One mounted local volume, or one disk that carries none; sizes in MiB."""

    name: Required[str]
    model: str
    serial_number: str
    size_mb: int
    free_mb: int
    filesystem: str
    mount_point: str


class Monitor(TypedDict, total=False):
    """One attached screen, as its EDID describes it."""

    manufacturer: str
    model: str
    serial_number: str


class Software(TypedDict, total=False):
    """One installed package or program."""

    name: Required[str]
    version: str
    publisher: str


class Inventory(TypedDict, total=False):
    """Everything known of one computer; moments are RFC 3339 in UTC, memory is MiB."""

    hostname: str
    serial_number: str
    uuid: str
    agent_id: str
    manufacturer: str
    model: str
    chassis_type: str
    asset_tag: str
    os_name: str
    os_version: str
    os_architecture: str
    domain: str
    cpu: str
    memory_mb: int
    macs: list[str]
    ips: list[Address]
    disks: list[Disk]
    monitors: list[Monitor]
    software: list[Software]
    last_user: str
    last_boot: str
    observed_at: str
    source: str
    partial: bool


def tidied(found: Inventory) -> Inventory:
    """The same inventory, fit to be sent: text trimmed and encodable, blanks left out, lists sorted.

    An empty list stays: it says that there is none. Of two equal entries one is kept, save for monitors: two
    screens of one model that have no serial number are still two screens.
    """
    tidy = {name: _tidied(value) for name, value in found.items() if value is not None}
    tidy |= {name: str(tidy[name]).lower() for name in CASELESS if name in tidy}
    return cast(
        "Inventory",
        {
            name: _sorted(value, unique=name != "monitors") if isinstance(value, list) else value
            for name, value in tidy.items()
            if value != ""
        },
    )


def moment(seconds: float) -> str:
    """Seconds since 1970 as an RFC 3339 moment in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def mebibytes(size: float) -> int:
    """Bytes as whole MiB, rounded down."""
    return int(size) // (1024 * 1024)


def is_reachable(ip: IPv4Address | IPv6Address) -> bool:
    """Whether another machine could use the address: not those of one host or one cable."""
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast)


def printable(told: str) -> str:
    """One line of a stranger's text, at most 300 characters of it, none that steers a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in told[:300]).strip()


def _tidied(value: object) -> object:
    match value:
        case str():
            return _plain(value)
        case dict():
            tidy = {name: _tidied(part) for name, part in value.items()}
            return {name: part for name, part in tidy.items() if part not in (None, "")}
        case list():
            return [part for part in map(_tidied, value) if part not in (None, "", {})]
        case _:
            return value


def _plain(text: str) -> str:
    """Names on Linux may hold bytes that are no UTF-8: they arrive as lone surrogates, which JSON has not."""
    encodable = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return " ".join(encodable.split())[:LONGEST_TEXT].strip()


def _sorted(parts: list[object], *, unique: bool) -> list[object]:
    """Case aside, as a person reads a list of names; the machine's own order would vary from run to run."""
    ordered = sorted(parts, key=_order)
    return [part for part, before in zip(ordered, [None, *ordered], strict=False) if not unique or part != before]


def _order(part: object) -> tuple[str, str]:
    text = "\n".join(f"{value}" for value in part.values()) if isinstance(part, dict) else f"{part}"
    return text.casefold(), text
