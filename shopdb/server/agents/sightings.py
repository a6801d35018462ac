"""Which things an agent's message tells of, each as the payload that a collector schema of its kind accepts.

Which plugin keeps which kind is the plugins' to say: their collector schemas name the kind they accept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from shopdb.server.agents import computers, network, printers, usb
from shopdb.server.agents.devices import information
from shopdb.server.agents.messages import AgentMessage, Query
from shopdb.server.agents.sections import sections
from shopdb.server.agents.texts import Texts


class SightingKind(StrEnum):
    """What a sighting is of; a collector schema's `accepts` holds one of these."""

    COMPUTER = "computer"
    PRINTER = "printer"
    NETWORK_DEVICE = "network device"
    USB_DEVICE = "usb device"


class Sighting(NamedTuple):
    """One thing that an agent saw."""

    kind: SightingKind
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FanOut:
    """All sightings of a message, the reporting computer first.

    `cut` counts the texts that were too long and lost their end, `left_out` what could not become a sighting,
    by reason.
    """

    sightings: tuple[Sighting, ...] = ()
    cut: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


# SNMP's device types of agents; a computer is taken from an agent that runs on it, not from its SNMP service.
DEVICE_KINDS = {
    "PRINTER": SightingKind.PRINTER,
    "NETWORKING": SightingKind.NETWORK_DEVICE,
    **dict.fromkeys(network.TYPES, SightingKind.NETWORK_DEVICE),
}

NO_USB_SERIAL = "USB devices without a serial number"
NO_PRINTER_SERIAL = "attached printers without a serial number"
UNANSWERED = "devices that did not answer"
OTHER_TYPE = "devices of no kept type"
NAMELESS = "devices without a name or an address"


def fan_out(message: AgentMessage) -> FanOut:
    """Return the message's sightings; a PROLOG has none.

    Raises AgentMessageIncompleteError if an inventory's computer has no name.
    """
    texts, left_out = Texts(), Counter[str]()
    found: list[Sighting] = []
    if message.query is Query.INVENTORY:
        found = _of_inventory(message, texts, left_out)
    elif message.query is not Query.PROLOG:
        found = [
            sighting
            for device in sections(message.content, "DEVICE")
            if (sighting := _of_device(device, message.source, texts, left_out))
        ]
    return FanOut(tuple(found), texts.cut, left_out)


def _of_inventory(message: AgentMessage, texts: Texts, left_out: Counter[str]) -> list[Sighting]:
    computer = computers.from_inventory(message, texts)
    seen = {name: computer[name] for name in ("observed_at", "source") if name in computer}
    found = [Sighting(SightingKind.COMPUTER, computer)]
    for section in sections(message.content, "USBDEVICES"):
        device = usb.from_inventory(section, texts)
        if "serial_number" in device:
            payload = device | {"host": computer["hostname"]} | seen
            found.append(Sighting(SightingKind.USB_DEVICE, payload))
        elif device:
            left_out[NO_USB_SERIAL] += 1
    for section in sections(message.content, "PRINTERS"):
        printer = printers.from_inventory(section, texts)
        if printer.keys() >= {"name", "serial_number"}:
            found.append(Sighting(SightingKind.PRINTER, printer | seen))
        else:
            left_out[NO_PRINTER_SERIAL] += 1
    return found


def _of_device(device: Element, source: str, texts: Texts, left_out: Counter[str]) -> Sighting | None:
    kind = DEVICE_KINDS.get((information(device).findtext("TYPE") or "").strip().upper())
    if device.find("ERROR") is not None:
        left_out[UNANSWERED] += 1
    elif kind is None:
        left_out[OTHER_TYPE] += 1
    else:
        read = printers.from_snmp if kind is SightingKind.PRINTER else network.from_snmp
        payload = read(device, texts) | ({"source": source} if source else {})
        if "name" in payload:
            return Sighting(kind, payload)
        left_out[NAMELESS] += 1
    return None
