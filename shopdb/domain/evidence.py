"""What a payload says about which device it speaks of: normal forms, and the identifiers that are junk.

Sources: identifiers seen in public inventory data; IEEE 802 for the bits of a MAC address; DMTF DSP0134 (SMBIOS) for
UUIDs, whose first three groups some tools report byte-swapped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.domain.collector import CollectorSchema

JUNK_SERIALS = frozenset(
    {
        "n/a", "na", "(null string)", "null", "invalid", "none", "empty", "unknown", "not specified", "not available",
        "default string", "system serial number", "chassis serial number", "to be filled by o.e.m.", "oem_serial",
        "systemserialnumb", "serial number", "sys-1234567890", "mb-1234567890", "0123456789", "nnnnnnn", "eval",
        "xxxxxxx", "not present", "o.e.m.",
    }
)  # fmt: skip
JUNK_SERIAL_SHAPES = re.compile(r"0+|1+|[01]+|[-.x]+|12345678\d*|.{0,2}", re.IGNORECASE)
JUNK_UUIDS = frozenset(
    {
        "0" * 32,
        "f" * 32,
        "e" * 32,
        "03000200040005000006000700080009",
        "01010101010101010101010101010101",
        "6ab5b300538d10149fb5b0684d007b53",
    }
)
JUNK_MACS = frozenset(
    {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff", "20:41:53:59:4e:ff", "00:1a:7d:da:71:0a"}
)
JUNK_MAC_PREFIXES = ("00:50:56:c0:", "0a:00:27:00:00:", "33:50:6f:45:30:30", "50:50:54:50:30:30")
LONGEST = 190
LOCAL_BIT, GROUP_BIT = 0b10, 0b01


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One identifier in its normal form; a ``weak`` one never links alone."""

    kind: str
    value: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of one payload, and what was left out with the reason why."""

    evidence: frozenset[Evidence]
    dropped: tuple[str, ...]

    def values(self, kind: str) -> frozenset[str]:
        """Return the values of one kind."""
        return frozenset(one.value for one in self.evidence if one.kind == kind)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over what identifies the device: the same device asks the same question."""
        telling = sorted(one for one in self.evidence if not one.weak) or sorted(self.evidence)
        return hashlib.sha256("\n".join(f"{one.kind}={one.value}" for one in telling).encode()).digest()


def gather(schema: CollectorSchema, payload: Mapping[str, Any], *, site_junk: Collection[str] = ()) -> Gathered:
    """Return the evidence in a payload; ``site_junk`` are the site's own worthless identifiers, in any case."""
    found: set[Evidence] = set()
    dropped: list[str] = []
    own_junk = {junk.casefold() for junk in site_junk}
    for kind, members in schema.evidence.items():
        for raw in _raw_values(members, payload):
            made = _normal(kind, raw)
            if made is None or raw.casefold() in own_junk:
                dropped.append(f"{kind} {raw[:60]!r} identifies nothing")
            else:
                found.add(made)
    return Gathered(frozenset(found), tuple(dropped))


def _raw_values(members: tuple[str, ...], payload: Mapping[str, Any]) -> list[str]:
    values = [payload.get(member) for member in members]
    if len(members) > 1:
        return ["/".join(str(value).strip() for value in values)] if all(values) else []
    if isinstance(values[0], list):
        return [str(value).strip() for value in values[0] if isinstance(value, str) and value.strip()]
    return [str(values[0]).strip()] if values[0] else []


def _normal(kind: str, raw: str) -> Evidence | None:
    if kind == "mac":
        return _mac(raw)
    if kind == "uuid":
        return _uuid(raw)
    if kind == "serial":
        return _serial(raw)
    if kind == "host":
        name = raw.casefold().partition(".")[0]
        return Evidence(kind, name[:LONGEST], weak=True) if name and name != "localhost" else None
    return Evidence(kind, raw.casefold()[:LONGEST]) if raw else None


def _serial(raw: str) -> Evidence | None:
    last = raw.rpartition("/")[2].strip()
    if last.casefold() in JUNK_SERIALS or JUNK_SERIAL_SHAPES.fullmatch(last):
        return None
    return Evidence("serial", raw.casefold()[:LONGEST])


def _uuid(raw: str) -> Evidence | None:
    digits = re.sub(r"[-{}\s]", "", raw).casefold()
    if not re.fullmatch(r"[0-9a-f]{32}", digits) or digits in JUNK_UUIDS or len(set(digits)) == 1:
        return None
    swapped = "".join(_bytes_reversed(group) for group in (digits[:8], digits[8:12], digits[12:16])) + digits[16:]
    return None if swapped in JUNK_UUIDS else Evidence("uuid", min(digits, swapped))


def _bytes_reversed(group: str) -> str:
    return "".join(group[at : at + 2] for at in range(len(group) - 2, -1, -2))


def _mac(raw: str) -> Evidence | None:
    digits = re.sub(r"[-:.\s]", "", raw).casefold()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        return None
    value = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    first = int(digits[:2], 16)
    if value in JUNK_MACS or value.startswith(JUNK_MAC_PREFIXES) or first & GROUP_BIT:
        return None
    # A locally administered address is made up by software: it supports a match and never makes one.
    return Evidence("mac", value, weak=bool(first & LOCAL_BIT))
