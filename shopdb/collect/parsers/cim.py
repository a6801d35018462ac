"""Windows' answers to CIM questions, as PowerShell's ConvertTo-Json writes them.

A question that Windows could not answer is missing from the answers; asking for it raises ProbeFailedError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import orjson

from shopdb.collect.inventory import Address, Disk, Inventory, Monitor, is_reachable, mebibytes
from shopdb.collect.parsers.edid import maker
from shopdb.collect.parsers.smbios import chassis_type, stated
from shopdb.exceptions import ProbeFailedError

Answer = Mapping[str, Any]
Answers = Mapping[str, list[Answer]]

# Buses that a card can sit on; ROOT and SWD are adapters made of software, BTH is a telephone.
USB = "USB"
CARD_BUSES = ("PCI", USB, "SD", "PCMCIA", "VMBUS", "XENVIF")
TEMPORARY = "Random"  # SuffixOrigin of IPv6 privacy addresses, which change daily
FIXED_MEDIUM = "Fixed"  # Win32_DiskDrive.MediaType: "Fixed hard disk media"; sticks are "Removable Media"


def answers(printed: str) -> Answers:
    """The answers by question; raises ValueError or ProbeFailedError for any other text."""
    said = orjson.loads(printed.lstrip("\ufeff"))
    if not isinstance(said, dict):
        raise ProbeFailedError("PowerShell", "it printed no object")
    return {name: _listed(answer) for name, answer in said.items()}


def product(said: Answers) -> Inventory:
    """Maker, model, chassis, asset tag and domain; a workgroup is no domain."""
    system, enclosure = _one(said, "system"), _one(said, "enclosure")
    chassis = _numbers(enclosure.get("ChassisTypes"))
    return Inventory(
        manufacturer=stated(_text(system, "Manufacturer")),
        model=stated(_text(system, "Model")),
        domain=_text(system, "Domain") if system.get("PartOfDomain") else "",
        chassis_type=chassis_type(chassis[0]) if chassis else "",
        asset_tag=stated(_text(enclosure, "SMBIOSAssetTag")),
    )


def serials(said: Answers) -> Inventory:
    """The serial number and uuid of the firmware."""
    return Inventory(
        serial_number=stated(_text(_one(said, "bios"), "SerialNumber")),
        uuid=stated(_text(_one(said, "product"), "UUID")),
    )


def operating_system(said: Answers) -> Inventory:
    """`Microsoft Windows 11 Pro` and `10.0.22631`."""
    system = _one(said, "os")
    return Inventory(os_name=_text(system, "Caption"), os_version=_text(system, "Version"))


def processor(said: Answers) -> Inventory:
    """The first processor's name."""
    return Inventory(cpu=_text(_one(said, "processor"), "Name"))


def macs(said: Answers) -> list[str]:
    """Addresses of the cards inside the machine; of all cards where none is inside.

    Docks and USB adapters carry theirs along to the next PC.
    """
    cards = _cards(said)
    return [mac for mac, bus in cards.items() if bus != USB] or list(cards)


def ips(said: Answers) -> list[Address]:
    """Lasting addresses of the cards, and of teams and virtual switches that carry a card's own MAC."""
    cards = _cards(said)
    by_index = {
        adapter.get("InterfaceIndex"): _text(adapter, "MACAddress").lower() for adapter in _all(said, "interfaces")
    }
    return [
        Address(ip=str(ip), mac=mac, interface=_text(entry, "InterfaceAlias"))
        for entry in _all(said, "addresses")
        for mac in [by_index.get(entry.get("InterfaceIndex"), "")]
        for ip in [ip_address(_text(entry, "IPAddress").partition("%")[0])]
        if mac in cards and is_reachable(ip) and entry.get("Suffix") != TEMPORARY
    ]


def disks(said: Answers) -> list[Disk]:
    """Every local volume, and every fixed disk that holds none of them."""
    drives = {drive.get("Index"): drive for drive in _all(said, "drives")}
    on_drive = {
        _text(pair, "Volume"): int(number[1])
        for pair in _all(said, "partitions")
        if (number := re.match(r"Disk #(\d+)", _text(pair, "Partition")))
    }
    found = []
    for volume in _all(said, "volumes"):
        name = _text(volume, "DeviceID")
        drive = drives.get(on_drive.get(name, -1), {})
        entry = Disk(name=name, model=_text(drive, "Model"), serial_number=_text(drive, "SerialNumber"))
        if volume.get("Size"):  # a locked BitLocker volume tells neither size nor file system
            entry["size_mb"] = mebibytes(volume["Size"])
            entry["free_mb"] = mebibytes(volume.get("FreeSpace") or 0)
        entry["filesystem"] = _text(volume, "FileSystem")
        entry["mount_point"] = name
        found.append(entry)
    return found + [
        Disk(
            name=f"Disk {index}",
            model=_text(drive, "Model"),
            serial_number=_text(drive, "SerialNumber"),
            size_mb=mebibytes(drive.get("Size") or 0),
        )
        for index, drive in drives.items()
        if index not in on_drive.values() and _text(drive, "MediaType").startswith(FIXED_MEDIUM)
    ]


def monitors(said: Answers) -> list[Monitor]:
    """The attached screens by their EDID, which Windows hands out as numbers of characters."""
    return [
        Monitor(
            manufacturer=maker(_characters(screen, "ManufacturerName")),
            model=_characters(screen, "UserFriendlyName")
            or _characters(screen, "ManufacturerName") + _characters(screen, "ProductCodeID"),
            serial_number=_characters(screen, "SerialNumberID").strip("0") and _characters(screen, "SerialNumberID"),
        )
        for screen in _all(said, "monitors")
    ]


def _cards(said: Answers) -> dict[str, str]:
    """The bus that each card sits on, by the card's address."""
    found = {}
    for adapter in _all(said, "adapters"):
        bus = _text(adapter, "PNPDeviceID").upper().partition("\\")[0]
        if bus in CARD_BUSES and adapter.get("MACAddress"):
            found[_text(adapter, "MACAddress").lower()] = bus
    return found


def _all(said: Answers, question: str) -> list[Answer]:
    if question not in said:
        raise ProbeFailedError("Windows", f"no answer about {question}")
    return said[question]


def _one(said: Answers, question: str) -> Answer:
    return next(iter(_all(said, question)), {})


def _listed(answer: object) -> list[Answer]:
    return [part for part in _parts(answer) if isinstance(part, dict)]


def _parts(value: object) -> list[Any]:
    """PowerShell writes a list of one as that one, and before version 6 some lists as `{value, Count}`."""
    if isinstance(value, dict) and value.keys() == {"value", "Count"}:
        value = value["value"]
    return value if isinstance(value, list) else [value]


def _text(answer: Answer, name: str) -> str:
    value = answer.get(name)
    return "" if value is None else str(value).strip()


def _numbers(value: object) -> list[int]:
    return [part for part in _parts(value) if isinstance(part, int)]


def _characters(answer: Answer, name: str) -> str:
    letters = _numbers(answer.get(name))
    return "".join(chr(letter) for letter in letters if 0 < letter < 0xD800).strip()
