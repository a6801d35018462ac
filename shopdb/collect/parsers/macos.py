"""What macOS' own programs print: system_profiler, networksetup, ifconfig, pkgutil, sw_vers."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from typing import Any

import orjson

from shopdb.collect.inventory import Disk, Inventory, Monitor, Software, mebibytes
from shopdb.collect.parsers.edid import NO_SERIAL_NUMBERS, maker, maker_code

CHASSIS = (
    ("MacBook", "Laptop"),
    ("iMac", "All in One"),
    ("Mac mini", "Mini PC"),
    ("Mac Studio", "Mini PC"),
    ("Mac Pro", "Tower"),
)
SOCKETS = re.compile(r"Thunderbolt (\d+|Bridge)")
PLUGGED_IN = re.compile(r"USB|Thunderbolt")
# The parts of one APFS container that macOS mounts beside the volume a person knows.
PARTS_OF_ROOT = "/System/Volumes/"
SYSTEM_PARTS = "/System/Library/"
APPLE_PACKAGES = "com.apple."


def profile(printed: str, kind: str) -> list[Mapping[str, Any]]:
    """The entries of one kind that `system_profiler -json` printed; raises KeyError when it has none."""
    return [entry for entry in orjson.loads(printed)[kind] if isinstance(entry, dict)]


def hardware(printed: str) -> Inventory:
    """Model, chassis, processor, serial number and uuid, from SPHardwareDataType."""
    said = next(iter(profile(printed, "SPHardwareDataType")), {})
    called = _text(said, "machine_name")
    return Inventory(
        manufacturer="Apple",
        model=_text(said, "machine_model"),
        chassis_type=next((chassis for start, chassis in CHASSIS if called.startswith(start)), ""),
        cpu=_text(said, "chip_type") or _text(said, "cpu_type"),
        serial_number=_text(said, "serial_number"),
        uuid=_text(said, "platform_UUID"),
    )


def operating_system(sw_vers: str) -> Inventory:
    """Name and version, from `sw_vers`."""
    said = dict(re.findall(r"(?m)^(\w+):\s*(.*?)\s*$", sw_vers))
    return Inventory(os_name=said.get("ProductName", "macOS"), os_version=said.get("ProductVersion", ""))


def cards(hardware_ports: str) -> frozenset[str]:
    """Interfaces that are network cards, from `networksetup -listallhardwareports`.

    Thunderbolt sockets count as ports too; they are no cards, and their addresses are made up.
    """
    return frozenset(device for _, device, _ in _ports(hardware_ports))


def macs(hardware_ports: str) -> list[str]:
    """Burnt-in addresses of the cards inside the machine; of all cards where none is inside.

    Docks and USB adapters carry theirs along to the next PC.
    """
    ports = _ports(hardware_ports)
    inside = [mac for port, _, mac in ports if not PLUGGED_IN.search(port)]
    return inside or [mac for _, _, mac in ports]


def passing_addresses(ifconfig: str) -> frozenset[IPv6Address]:
    """IPv6 addresses that will be dropped again: privacy addresses change daily and identify nothing."""
    return frozenset(
        IPv6Address(address)
        for address, flags in re.findall(r"(?m)^\s+inet6 ([0-9a-f:]+)(?:%\w+)? prefixlen \d+(.*)$", ifconfig)
        if {"temporary", "deprecated", "tentative", "duplicated"} & set(flags.split())
    )


def disks(printed: str) -> list[Disk]:
    """Volumes on built-in disks, from SPStorageDataType; others come and go."""
    return [
        Disk(
            name=f"/dev/{_text(volume, 'bsd_name')}",
            model=_text(volume["physical_drive"], "device_name"),
            size_mb=mebibytes(volume["size_in_bytes"]),
            free_mb=mebibytes(volume["free_space_in_bytes"]),
            filesystem=_text(volume, "file_system"),
            mount_point=_text(volume, "mount_point"),
        )
        for volume in profile(printed, "SPStorageDataType")
        if volume.get("physical_drive", {}).get("is_internal_disk") == "yes"
        and volume.get("mount_point")
        and not _text(volume, "mount_point").startswith(PARTS_OF_ROOT)
    ]


def monitors(printed: str) -> list[Monitor]:
    """Attached screens, from SPDisplaysDataType, where they hang below the graphics cards."""
    return [
        Monitor(
            manufacturer=maker(maker_code(_hex(screen, "_spdisplays_display-vendor-id"))),
            model=_text(screen, "_name"),
            serial_number=_screen_serial(screen),
        )
        for card in profile(printed, "SPDisplaysDataType")
        for screen in card.get("spdisplays_ndrvs", [])
    ]


def applications(printed: str) -> list[Software]:
    """Applications that a person installed or that came with macOS, from SPApplicationsDataType."""
    return [
        Software(
            name=_text(application, "_name"),
            version=_text(application, "version"),
            publisher=_publisher(application),
        )
        for application in profile(printed, "SPApplicationsDataType")
        if _text(application, "_name") and _is_own(_text(application, "path"))
    ]


def packages(receipts: str) -> list[Software]:
    """Packages of others than Apple, from `pkgutil --regexp --pkg-info`."""
    found = re.findall(r"(?m)^package-id: (\S+)\nversion: (.*)$", receipts)
    return [Software(name=name, version=version) for name, version in found if not name.startswith(APPLE_PACKAGES)]


def last_user(loginwindow: bytes) -> str:
    """Who logged in last at the window, from com.apple.loginwindow.plist."""
    said = plistlib.loads(loginwindow)
    return _text(said, "lastUserName") if isinstance(said, dict) else ""


def _ports(hardware_ports: str) -> list[tuple[str, str, str]]:
    found = re.findall(r"(?m)^Hardware Port: (.*)\nDevice: (en\d+)\nEthernet Address: ([0-9a-f:]{17})$", hardware_ports)
    return [port for port in found if not SOCKETS.fullmatch(port[0])]


def _is_own(path: str) -> bool:
    """Not a part of the system, and not a helper inside another application."""
    return not path.startswith(SYSTEM_PARTS) and ".app/" not in path


def _publisher(application: Mapping[str, Any]) -> str:
    """Who signed it: `Developer ID Application: Example GmbH (A1B2C3D4E5)`."""
    if application.get("obtained_from") == "apple":
        return "Apple"
    return next(_developers(application), "")


def _developers(application: Mapping[str, Any]) -> Iterator[str]:
    for signature in application.get("signed_by") or []:
        if named := re.fullmatch(r"Developer ID Application: (.*) \(\w+\)", str(signature)):
            yield named[1]


def _screen_serial(screen: Mapping[str, Any]) -> str:
    """The number of the EDID, decimal as on other platforms."""
    number = _hex(screen, "_spdisplays_display-serial-number")
    return "" if number in NO_SERIAL_NUMBERS else str(number)


def _hex(entry: Mapping[str, Any], name: str) -> int:
    try:
        return int(_text(entry, name), 16)
    except ValueError:
        return 0


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return "" if value is None else str(value).strip()
