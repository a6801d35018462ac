"""The questions put to a Linux machine: its files, its psutil, its package managers."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from shopdb.collect import portable
from shopdb.collect.inventory import Inventory, Software
from shopdb.collect.linux_network import Interfaces
from shopdb.collect.linux_storage import Storage, mount_table
from shopdb.collect.parsers import edid, linux, packages, smbios
from shopdb.collect.probes import Probe
from shopdb.collect.reading import content, line, output, text
from shopdb.exceptions import ProbeFailedError

ROOT = Path("/")


def probes(root: Path = ROOT) -> tuple[Probe, ...]:
    """Every question, to the machine whose /sys, /proc and /etc lie below `root`."""
    return (
        Probe("hostname", partial(_name, root)),
        Probe("maker and model", partial(_product, root)),
        Probe("serial number and uuid", partial(_serials, root)),
        Probe("operating system", partial(_operating_system, root)),
        Probe("architecture", portable.architecture),
        Probe("processor", partial(_processor, root)),
        Probe("memory", portable.memory),
        Probe("network cards", partial(_macs, root)),
        Probe("addresses", partial(_ips, root)),
        Probe("disks", partial(_disks, root)),
        Probe("monitors", partial(_monitors, root)),
        Probe("software", partial(_software, root)),
        Probe("last user", _last_user),
        Probe("last boot", portable.last_boot),
    )


def _name(root: Path) -> Inventory:
    named = portable.name()
    behind = named["domain"] or linux.domain(named["hostname"], text(root / "etc/hosts"))
    return Inventory(hostname=named["hostname"], domain=behind)


def _product(root: Path) -> Inventory:
    """From the firmware; boards without one (a Raspberry Pi) have a device tree instead."""
    dmi = root / "sys/class/dmi/id"
    return Inventory(
        manufacturer=smbios.stated(line(dmi / "sys_vendor")),
        model=smbios.stated(line(dmi / "product_name")) or line(root / "proc/device-tree/model"),
        chassis_type=smbios.chassis_type(line(dmi / "chassis_type")),
        asset_tag=smbios.stated(line(dmi / "chassis_asset_tag")),
    )


def _serials(root: Path) -> Inventory:
    """The kernel shows them to root alone."""
    dmi = root / "sys/class/dmi/id"
    return Inventory(
        serial_number=smbios.stated(line(dmi / "product_serial")) or line(root / "proc/device-tree/serial-number"),
        uuid=smbios.stated(line(dmi / "product_uuid")),
    )


def _operating_system(root: Path) -> Inventory:
    os_release = text(root / "etc/os-release") or text(root / "usr/lib/os-release")
    return linux.operating_system(os_release, text(root / "etc/debian_version"))


def _processor(root: Path) -> Inventory:
    return Inventory(cpu=linux.processor(text(root / "proc/cpuinfo")))


def _macs(root: Path) -> Inventory:
    return Inventory(macs=Interfaces(root / "sys/class/net").macs())


def _ips(root: Path) -> Inventory:
    interfaces = Interfaces(root / "sys/class/net")
    passing = linux.passing_addresses(text(root / "proc/net/if_inet6"))
    return Inventory(ips=portable.addresses(interfaces.leads_out, passing))


def _disks(root: Path) -> Inventory:
    return Inventory(disks=Storage(root).disks(mount_table()))


def _monitors(root: Path) -> Inventory:
    """Absent where no graphics driver shows its sockets: there a screen may be attached unseen."""
    sockets = sorted((root / "sys/class/drm").glob("card*-*/edid"))
    if not sockets:
        return Inventory()
    return Inventory(monitors=[edid.monitor(block) for block in map(content, sockets) if block])


def _software(root: Path) -> Inventory:
    """All package managers that are there, or nothing: half a list would remove the other half."""
    found: list[Software] = []
    if shutil.which("dpkg-query"):
        found += packages.dpkg(output("dpkg-query", "--show", f"--showformat={packages.DPKG_FORMAT}"))
    if shutil.which("rpm"):
        found += packages.rpm(output("rpm", "--query", "--all", f"--queryformat={packages.RPM_FORMAT}"))
    if shutil.which("pacman"):
        found += packages.pacman(output("pacman", "--query"))
    found += packages.apk(text(root / "lib/apk/db/installed"))
    if not found:
        raise ProbeFailedError("the package lists", "none of dpkg, rpm, pacman and apk knows a package")
    return Inventory(software=found)


def _last_user() -> Inventory:
    name = portable.present_user()
    if not name and shutil.which("last"):
        name = linux.last_login(output("last", "-w", "-n", "20"))
    return Inventory(last_user=name) if name else Inventory()
