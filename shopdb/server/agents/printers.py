"""Printers that agents found over SNMP, or attached to the computer they run on."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.devices import identity
from shopdb.server.agents.texts import Texts, number

# Sentinels of RFC 3805 prtMarkerSuppliesLevel, and the words that agents put in their place.
UNKNOWN = -2
SOME_LEFT = -3
WORDS = {"OK": SOME_LEFT, "WARNING": UNKNOWN}

PAGES = {"RECTOVERSO": "duplex"}  # other counters bear the agents' names

PERCENT = re.compile(r"[0-9]{1,3}")
QUANTITY = re.compile(r"([0-9]{1,9})(?:\.[0-9]*)?\s*([a-z]{1,12}|\?)")

# What the agents' names of supplies begin with; of some the rest is a colour.
KINDS = {
    "WASTETONER": "waste",
    "TONER": "toner",
    "DRUM": "drum",
    "CARTRIDGE": "cartridge",
    "DEVELOPER": "developer",
    "FUSERKIT": "fuser",
    "MAINTENANCEKIT": "maintenance kit",
    "TRANSFERKIT": "transfer kit",
    "STAPLES": "staples",
}


def from_snmp(device: Element, texts: Texts) -> dict[str, Any]:
    """Return the printer's payload; a supply's level is in percent, or an amount of an unknown capacity.

    Levels and capacities below 0 are the sentinels of RFC 3805: -2 unknown, -3 some left.
    """
    payload = identity(device, texts)
    cartridges, counters = device.find("CARTRIDGES"), device.find("PAGECOUNTERS")
    if cartridges is not None:
        payload["supplies"] = sorted(
            (_supply(supply, texts) for supply in cartridges), key=lambda supply: str(supply["name"])
        )
    if counters is not None:
        pages = {PAGES.get(counter.tag, counter.tag.lower()): number(counters, counter.tag) for counter in counters}
        payload["pages"] = {name: count for name, count in sorted(pages.items()) if count is not None}
    return payload


def from_inventory(section: Element, texts: Texts) -> dict[str, Any]:
    """Return name and serial_number of a printer attached to a computer, as far as known."""
    stated = {"name": texts.first(section, "NAME"), "serial_number": texts.first(section, "SERIAL")}
    return {name: value for name, value in stated.items() if value}


def _supply(supply: Element, texts: Texts) -> dict[str, Any]:
    tag = texts.fitting(supply.tag).upper()
    level, capacity, unit = _level((supply.text or "").strip())
    beginning = next((beginning for beginning in KINDS if tag.startswith(beginning)), "")
    kind, color = KINDS.get(beginning, ""), tag.removeprefix(beginning).lower() if beginning else ""
    stated = {
        "name": f"{kind} {color}".strip() or tag.lower(),
        "kind": kind,
        "color": color,
        "level": level,
        "capacity": capacity,
        "unit": unit,
    }
    return {name: value for name, value in stated.items() if value != ""}


def _level(written: str) -> tuple[int, int, str]:
    """Level, capacity and the unit of both."""
    if PERCENT.fullmatch(written):
        return int(written), 100, "percent"
    if quantity := QUANTITY.fullmatch(written):
        return int(quantity[1]), UNKNOWN, quantity[2].strip("?")
    return WORDS.get(written, UNKNOWN), UNKNOWN, ""
