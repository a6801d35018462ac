"""What a payload says about which device it speaks of: normal forms, and the identifiers that are junk.

Sources: identifiers seen in public inventory data; IEEE 802 for the bits of a MAC address; DMTF DSP0134 (SMBIOS) for
UUIDs, whose first three groups some tools report byte-swapped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shopdb.domain.collector import CollectorSchema

JUNK = frozenset(
    {
        "n/a", "na", "(null string)", "null", "invalid", "none", "empty", "unknown", "not specified", "not available",
        "default string", "system serial number", "chassis serial number", "to be filled by o.e.m.", "oem_serial",
        "systemserialnumb", "serial number", "sys-1234567890", "mb-1234567890", "0123456789", "nnnnnnn", "eval",
        "not present", "o.e.m.",
    }
)  # fmt: skip
JUNK_SHAPES = re.compile(r"0+|1+|[01]+|[-.x]+|12345678\d*|.{0,2}", re.IGNORECASE | re.DOTALL)
JUNK_HOSTS = frozenset({"localhost", "localhost.localdomain", "(none)", "unknown"})
JUNK_UUIDS = frozenset(
    {"03000200040005000006000700080009", "01010101010101010101010101010101", "6ab5b300538d10149fb5b0684d007b53"}
)
JUNK_MACS = frozenset(
    {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff", "20:41:53:59:4e:ff", "00:1a:7d:da:71:0a"}
)
JUNK_MAC_PREFIXES = ("00:50:56:c0:", "0a:00:27:00:00:", "33:50:6f:45:30:30", "50:50:54:50:30:30")
ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:]*", re.IGNORECASE)
LONGEST = 190
LONGEST_TOLD = 60
LOCAL_BIT, GROUP_BIT = 0b10, 0b01


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One identifier in its normal form, which is printable ASCII; a ``weak`` one never links alone.

    ``told`` is the identifier as it came, of several parts the last, for comparing it with what people typed.
    """

    kind: str
    value: str
    weak: bool = False
    told: str = field(default="", compare=False)


@dataclass(frozen=True)
class Gathered:
    """The evidence of one payload, and what was left out with the reason why."""

    evidence: frozenset[Evidence]
    dropped: tuple[str, ...] = ()

    def values(self, kind: str) -> frozenset[str]:
        """Return the values of one kind."""
        return frozenset(one.value for one in self.evidence if one.kind == kind)

    def told(self, kind: str) -> frozenset[str]:
        """Return the identifiers of one kind as they came."""
        return frozenset(one.told for one in self.evidence if one.kind == kind)

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 over what identifies the device: the same device asks the same question."""
        return _digest(one for one in self.evidence if not one.weak) if self.is_strong else self.digest

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over all of the evidence."""
        return _digest(self.evidence)

    @property
    def is_strong(self) -> bool:
        """Whether any of it can link by itself."""
        return not all(one.weak for one in self.evidence)


def gather(schema: CollectorSchema, payload: Mapping[str, Any], *, site_junk: Collection[str] = ()) -> Gathered:
    """Return the evidence in a payload; ``site_junk`` are the site's own worthless identifiers, in any case."""
    found: set[Evidence] = set()
    dropped: list[str] = []
    junk = {one.casefold() for one in site_junk}
    for kind, members in schema.evidence.items():
        for parts in _told(members, payload):
            made = None if parts[-1].casefold() in junk else _normal(kind, parts)
            if made is None:
                dropped.append(f"{kind} {'/'.join(parts)[:LONGEST_TOLD]!r} identifies nothing")
            else:
                found.add(made)
    return Gathered(frozenset(found), tuple(dropped))


def _told(members: tuple[str, ...], payload: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the identifiers that these members tell, each in its parts; several members make one identifier."""
    values = [payload.get(member) for member in members]
    if len(values) == 1 and isinstance(values[0], list):
        return [(value.strip(),) for value in values[0] if isinstance(value, str) and value.strip()]
    parts = tuple(str(value or "").strip() for value in values)
    return [parts] if all(parts) else []


def _normal(kind: str, parts: tuple[str, ...]) -> Evidence | None:
    told, last = "/".join(parts), parts[-1]
    if kind == "mac":
        return _mac(told)
    if kind == "uuid":
        return _uuid(told)
    if kind == "host":
        name = host_name(last)
        return Evidence(kind, comparable("/".join((*parts[:-1], name))), weak=True, told=name) if name else None
    if last.casefold() in JUNK or JUNK_SHAPES.fullmatch(last):
        return None
    return Evidence(kind, comparable(told), told=last)


def host_name(told: str) -> str:
    """Return a host's name without its domain, "" if the name says nothing; an address stays whole."""
    if told.casefold() in JUNK_HOSTS:
        return ""
    return told if ADDRESS.fullmatch(told) else told.partition(".")[0]


def _uuid(told: str) -> Evidence | None:
    digits = re.sub(r"[-{}\s]", "", told).casefold()
    if not re.fullmatch(r"[0-9a-f]{32}", digits) or len(set(digits)) == 1:
        return None
    swapped = "".join(_bytes_reversed(group) for group in (digits[:8], digits[8:12], digits[12:16])) + digits[16:]
    if not JUNK_UUIDS.isdisjoint({digits, swapped}):
        return None
    return Evidence("uuid", min(digits, swapped), told=told)


def _bytes_reversed(group: str) -> str:
    return "".join(group[at : at + 2] for at in range(len(group) - 2, -1, -2))


def _mac(told: str) -> Evidence | None:
    digits = re.sub(r"[-:.\s]", "", told).casefold()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        return None
    value = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    first = int(digits[:2], 16)
    if value in JUNK_MACS or value.startswith(JUNK_MAC_PREFIXES) or first & GROUP_BIT:
        return None
    # A locally administered address is made up by software: it supports a match and never makes one.
    return Evidence("mac", value, weak=bool(first & LOCAL_BIT), told=told)


def comparable(told: str) -> str:
    """Return a text whose equality means the same in Python and in every database: no case, ASCII, not too long."""
    value = told.casefold().encode("unicode_escape").decode()
    if len(value) <= LONGEST:
        return value
    return value[: LONGEST - 33] + "#" + hashlib.sha256(value.encode()).hexdigest()[:32]


def _digest(evidence: Any) -> bytes:
    return hashlib.sha256("\n".join(f"{one.kind}={one.value}" for one in sorted(evidence)).encode()).digest()
