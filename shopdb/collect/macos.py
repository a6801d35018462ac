"""The questions put to a Mac: system_profiler and its small relatives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shopdb.collect import portable
from shopdb.collect.inventory import Inventory
from shopdb.collect.parsers import macos
from shopdb.collect.probes import Probe
from shopdb.collect.reading import content, output

LOGIN_WINDOW = Path("/Library/Preferences/com.apple.loginwindow.plist")
LONGEST_PROFILE = 180.0  # seconds; reading the signatures of all applications takes a minute on an old disk


def probes() -> tuple[Probe, ...]:
    """Every question; programs are called by their full path, which is not in every scheduler's PATH."""
    return (
        Probe("hostname", portable.name),
        Probe("model, serial number and uuid", _profile("SPHardwareDataType", macos.hardware)),
        Probe("operating system", lambda: macos.operating_system(output("/usr/bin/sw_vers"))),
        Probe("architecture", portable.architecture),
        Probe("memory", portable.memory),
        Probe("network cards", lambda: Inventory(macs=macos.macs(_ports()))),
        Probe("addresses", _ips),
        Probe("disks", _profile("SPStorageDataType", lambda said: Inventory(disks=macos.disks(said)))),
        Probe("monitors", _profile("SPDisplaysDataType", lambda said: Inventory(monitors=macos.monitors(said)))),
        Probe("software", _software),
        Probe("last user", _last_user),
        Probe("last boot", portable.last_boot),
    )


def _profile(kind: str, part: Callable[[str], Inventory]) -> Callable[[], Inventory]:
    return lambda: part(_profiled(kind))


def _profiled(kind: str) -> str:
    return output("/usr/sbin/system_profiler", "-json", kind, seconds=LONGEST_PROFILE)


def _ports() -> str:
    return output("/usr/sbin/networksetup", "-listallhardwareports")


def _ips() -> Inventory:
    passing = macos.passing_addresses(output("/sbin/ifconfig", "-a"))
    return Inventory(ips=portable.addresses(macos.cards(_ports()).__contains__, passing))


def _software() -> Inventory:
    applications = macos.applications(_profiled("SPApplicationsDataType"))
    receipts = macos.packages(output("/usr/sbin/pkgutil", "--regexp", "--pkg-info", ".*"))
    return Inventory(software=applications + receipts)


def _last_user() -> Inventory:
    name = portable.present_user() or macos.last_user(content(LOGIN_WINDOW))
    return Inventory(last_user=name) if name else Inventory()
