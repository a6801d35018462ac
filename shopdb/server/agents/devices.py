"""What agents find out about other devices over SNMP, as far as printers and network gear share it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.interfaces import canonical_mac, reachable_ip
from shopdb.server.agents.texts import Texts


def information(device: Element) -> Element:
    """Return where the device's facts stand: in INFO after an inventory, in DEVICE after a discovery."""
    inner = device.find("INFO")
    return device if inner is None else inner


def ports(device: Element) -> Iterator[Element]:
    """Yield the device's network ports, in the agent's order."""
    return device.iterfind("PORTS/PORT")


def identity(device: Element, texts: Texts) -> dict[str, Any]:
    """Return name, manufacturer, model, serial_number, mac, ips, firmware and location, as far as known.

    The name of a device that bears none is its address; without either there is no name.
    """
    info = information(device)
    ips = _ips(info)
    stated = {
        "name": texts.first(info, "NAME", "SNMPHOSTNAME", "DNSHOSTNAME", "NETBIOSNAME") or next(iter(ips), ""),
        "manufacturer": texts.first(info, "MANUFACTURER"),
        "model": texts.first(info, "MODEL"),
        "serial_number": texts.first(info, "SERIAL"),
        "mac": canonical_mac(info.findtext("MAC")) or _first_port_mac(device),
        "firmware": texts.first(info, "FIRMWARE") or _firmware(device, texts),
        "location": texts.first(info, "LOCATION"),
    }
    known: dict[str, Any] = {name: value for name, value in stated.items() if value}
    return known | ({"ips": [_address(ip, known.get("mac")) for ip in ips]} if ips else {})


def _ips(info: Element) -> list[str]:
    listed = [info.findtext("IP"), *(ip.text for ip in info.iterfind("IPS/IP"))]
    return sorted({ip for raw in listed if (ip := reachable_ip(raw))})


def _address(ip: str, mac: str | None) -> dict[str, str]:
    return {"ip": ip, "mac": mac} if mac else {"ip": ip}


def _first_port_mac(device: Element) -> str:
    return next((mac for port in ports(device) if (mac := canonical_mac(port.findtext("MAC")))), "")


def _firmware(device: Element, texts: Texts) -> str:
    listed = (texts.first(firmware, "VERSION") for firmware in device.iterfind("FIRMWARES"))
    return next((version for version in listed if version), "")
