"""A computer's network interfaces: which are cards inside it, and which addresses lead to the machine.

FusionInventory marks what is virtual, OCS does not; names and types decide alike for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.sections import sections
from shopdb.server.agents.texts import Texts

NO_CARD = "00:00:00:00:00:00"
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

# Nothing behind these that anybody outside could reach: ends of containers and guests, tunnels, loopbacks.
INTERNAL = re.compile(
    r"(br-[0-9a-f]{12}|cali|cilium|cni|docker|flannel|kube|lxc|lxd|podman|tailscale|veth|virbr|vmnet|vnet).*"
    r"|(awdl|dummy|erspan|gif|gre|gretap|ifb|ip6gre|ip6tnl|ipsec|llw|lo|macvtap|nlmon|sit|stf|tap|teql|tun|tunl|"
    r"utun|vti|vxlan|wg)([0-9._-].*)?"
    r"|zt[0-9a-z]{8}"
    r"|.*(bluetooth|isatap|loopback|npcap|pseudo-interface|tap-|teredo|tunnel|vmware virtual|virtualbox|vpn|"
    r"wan miniport|wi-fi direct).*",
    re.IGNORECASE,
)
# No cards either, but the machine's addresses may be on them: bridges, bonds, VLANs and aliases over cards.
STACKED = re.compile(r"(bond|br|bridge|team|vlan|vmbr)[0-9._-].*|.*[0-9a-z][.:][0-9]+|.*virtu[ae]l.*", re.IGNORECASE)
STACKED_TYPES = frozenset({"aggregate", "alias", "bridge", "dialup", "loopback", "virtual", "vlan"})
VIRTUAL = frozenset({"1", "virtual"})
# Where Windows finds what is no card inside the machine: software, and what goes along to the next PC.
OUTSIDE = ("BTH\\", "ROOT\\", "SWD\\", "USB\\")
# Linux's drivers of USB adapters and docks; those that small computers have soldered in are not among them.
USB_DRIVERS = frozenset(
    {"aqc111", "asix", "ax88179_178a", "cdc_ether", "cdc_mbim", "cdc_ncm", "dm9601", "ipheth", "mcs7830"}
    | {"pegasus", "qmi_wwan", "r8152", "r8153_ecm", "rndis_host", "rtl8150", "sr9700", "sr9800"}
)


@dataclass(frozen=True, slots=True)
class Interface:
    """One section of an interface; agents send one for each of its addresses."""

    name: str
    mac: str
    ips: tuple[str, ...]
    is_card: bool


def interfaces(content: Element, texts: Texts) -> list[Interface]:
    """Return the interfaces that lead out of the machine."""
    return [
        Interface(
            name=name,
            mac=canonical_mac(fields.findtext("MACADDR")),
            # OCS writes addresses of either version into the one field.
            ips=tuple(filter(None, (reachable_ip(fields.findtext(key)) for key in ("IPADDRESS", "IPADDRESS6")))),
            is_card=_is_card(fields, name),
        )
        for fields in sections(content, "NETWORKS")
        for name in [texts.first(fields, "DESCRIPTION").partition("@")[0]]
        if not INTERNAL.fullmatch(name)
    ]


def macs(found: Iterable[Interface]) -> list[str]:
    """Return the addresses of the machine's own cards, sorted, each once."""
    return sorted({interface.mac for interface in found if interface.is_card and interface.mac})


def addresses(found: Iterable[Interface]) -> list[dict[str, Any]]:
    """Return `{ip, mac, interface}` of each address, sorted, each once."""
    by_ip: dict[str, dict[str, Any]] = {}
    for interface in found:
        for ip in interface.ips:
            stated = {"ip": ip, "mac": interface.mac, "interface": interface.name}
            by_ip.setdefault(ip, {key: value for key, value in stated.items() if value})
    return [by_ip[ip] for ip in sorted(by_ip)]


def canonical_mac(raw: str | None) -> str:
    """Return the address as 00:1a:2b:3c:4d:5e; empty where it is none, or that of no card."""
    mac = (raw or "").strip().lower().replace("-", ":")
    return mac if MAC.fullmatch(mac) and mac != NO_CARD else ""


def reachable_ip(raw: str | None) -> str:
    """Return the address in canonical form; empty where it is none, or of one host or one cable alone."""
    try:
        ip: IPv4Address | IPv6Address = ip_address((raw or "").strip().partition("%")[0])
    except ValueError:
        return ""
    return "" if ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast else str(ip)


def _is_card(fields: Element, name: str) -> bool:
    return not (
        _word(fields, "VIRTUALDEV") in VIRTUAL
        or _word(fields, "TYPE") in STACKED_TYPES
        or _word(fields, "PNPDEVICEID").upper().startswith(OUTSIDE)
        or _word(fields, "DRIVER") in USB_DRIVERS
        or STACKED.fullmatch(name)
    )


def _word(fields: Element, name: str) -> str:
    return (fields.findtext(name) or "").strip().casefold()
