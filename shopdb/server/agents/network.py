"""Network gear that agents found over SNMP: switches, routers and whatever else answers on a rack's shelf."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.devices import identity, information, ports
from shopdb.server.agents.interfaces import canonical_mac
from shopdb.server.agents.texts import LONGEST_DESCRIPTION, Texts, number

# Agents tell no switch from a router: both are NETWORKING, which says nothing here.
TYPES = {"STORAGE": "storage", "POWER": "power", "PHONE": "phone", "VIDEO": "video", "KVM": "kvm"}

# RFC 2863 ifOperStatus.
STATUSES = {
    "1": "up",
    "2": "down",
    "3": "testing",
    "4": "unknown",
    "5": "dormant",
    "6": "not present",
    "7": "lower layer down",
}
UPTIME = re.compile(r"(?:\([0-9]+\)\s*)?(?:([0-9]{1,6}) days?, )?([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?")


def from_snmp(device: Element, texts: Texts) -> dict[str, Any]:
    """Return the device's payload; uptime is in seconds, a port's speed in bits a second."""
    info = information(device)
    stated = {
        "type": TYPES.get((info.findtext("TYPE") or "").strip().upper(), ""),
        "description": texts.first(info, "COMMENTS", "DESCRIPTION", longest=LONGEST_DESCRIPTION),
        "uptime": _seconds((info.findtext("UPTIME") or "").strip()),
    }
    payload = identity(device, texts) | {name: value for name, value in stated.items() if value not in ("", None)}
    if device.find("PORTS") is not None:
        payload["ports"] = [port for found in ports(device) if "name" in (port := _port(found, texts))]
    return payload


def _port(port: Element, texts: Texts) -> dict[str, Any]:
    stated = {
        "number": number(port, "IFNUMBER"),
        "name": texts.first(port, "IFNAME", "IFDESCR") or (port.findtext("IFNUMBER") or "").strip(),
        "mac": canonical_mac(port.findtext("MAC")),
        "status": STATUSES.get((port.findtext("IFSTATUS") or "").strip(), ""),
        "speed": number(port, "IFSPEED"),
        "vlan": _vlan(port),
    }
    return {name: value for name, value in stated.items() if value not in ("", None)}


def _vlan(port: Element) -> int | None:
    """The VLAN of frames without a tag: the only one of an access port, the native one of a trunk."""
    vlans = list(port.iterfind("VLANS/VLAN"))
    plain = [vlan for vlan in vlans if (vlan.findtext("TAGGED") or "").strip() == "0"] or vlans
    return number(plain[0], "NUMBER") if len(plain) == 1 else None


def _seconds(written: str) -> int | None:
    found = UPTIME.fullmatch(written)
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
