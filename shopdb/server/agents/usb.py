"""USB devices that agents saw on the computer they run on."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.texts import Texts

ID = re.compile(r"[0-9a-f]{4}")
HUB = "9"  # USB's class of hubs
ROOT_HUBS = "1d6b"  # the vendor id under which Linux lists its own controllers


def from_inventory(section: Element, texts: Texts) -> dict[str, Any]:
    """Return the device's payload without its host; empty for hubs and where an id is missing."""
    vendor, product = ((section.findtext(name) or "").strip().lower() for name in ("VENDORID", "PRODUCTID"))
    if not (ID.fullmatch(vendor) and ID.fullmatch(product)) or vendor == ROOT_HUBS:
        return {}
    kind = texts.first(section, "CLASS")
    if kind == HUB:
        return {}
    serial = texts.first(section, "SERIAL")
    stated = {
        "vendor_id": vendor,
        "product_id": product,
        # Windows makes up an instance id with ampersands for devices that have no serial number.
        "serial_number": "" if "&" in serial else serial,
        "name": texts.first(section, "CAPTION", "NAME"),
        "manufacturer": texts.first(section, "MANUFACTURER"),
        "class": kind,
    }
    return {name: value for name, value in stated.items() if value}
