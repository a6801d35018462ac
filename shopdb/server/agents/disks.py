"""A computer's volumes and disks, told apart from everything else that agents list among them.

One entry is a mounted local volume, with the model and serial number of the disk below it where that is
certain, or a disk that carries no known volume. Sizes are in MiB.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.sections import sections
from shopdb.server.agents.texts import Texts, number

# Devices of Linux that hold no files to stay, and those that only stand for other disks.
NO_VOLUME = re.compile(r"/dev/(fd|loop|ram|sr|zram)[0-9]+")
NO_DISK = re.compile(r"(dm-|fd|loop|md|nbd|ram|sg|sr|zram)[0-9]+[a-z]*")
# What agents call media that come and go (sticks are seen as USB devices), by word of their type or bus.
PASSING = re.compile(r".*(card|cd|disc|dvd|floppy|network|ram|removable|tape|usb)\b.*", re.IGNORECASE)
IN_MEMORY = {"autofs", "devtmpfs", "efivarfs", "overlay", "proc", "ramfs", "sysfs", "tmpfs"}
OF_A_SERVER = {"afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smbfs", "sshfs"}
OF_A_HOST = {"9p", "fuse", "vboxsf", "virtiofs"}
PACKED = {"cdfs", "cramfs", "erofs", "iso9660", "squashfs", "udf"}
OTHER_FILESYSTEMS = IN_MEMORY | OF_A_SERVER | OF_A_HOST | PACKED
PARTITION = re.compile(r"(/dev/(?:nvme[0-9]+n[0-9]+|mmcblk[0-9]+)(?=p)|/dev/(?:[hsv]d|xvd)[a-z]+)p?[0-9]+")
KERNEL_NAME = re.compile(r"[a-z][a-z0-9]*")
LETTER = re.compile(r"([A-Za-z]:)[\\/]?")


def disks(content: Element, texts: Texts) -> list[dict[str, Any]]:
    """Return `{name, model, serial_number, size_mb, free_mb, filesystem, mount_point}` of each, sorted."""
    volumes = [volume for drive in sections(content, "DRIVES") if (volume := _volume(drive, texts))]
    hardware = {disk["name"]: disk for storage in sections(content, "STORAGES") if (disk := _disk(storage, texts))}
    bare = dict(hardware)
    entries = []
    for volume in volumes:
        below = _disk_below(str(volume["name"]), hardware)
        bare.pop(below, None)
        facts = {key: hardware[below].get(key) for key in ("model", "serial_number")} if below else {}
        entries.append(_stated(volume | facts))
    entries += [_stated(disk) for disk in bare.values()]
    unique = {(entry["name"], entry.get("mount_point", "")): entry for entry in entries}
    return [unique[key] for key in sorted(unique)]


def _volume(drive: Element, texts: Texts) -> dict[str, Any] | None:
    filesystem = texts.first(drive, "FILESYSTEM")
    on_windows = drive.find("LETTER") is not None
    name, mount_point = (_windows_volume if on_windows else _unix_volume)(drive, texts)
    if not name or filesystem.casefold() in OTHER_FILESYSTEMS or filesystem.startswith("fuse."):
        return None
    return {
        "name": name,
        "size_mb": number(drive, "TOTAL"),
        "free_mb": number(drive, "FREE"),
        "filesystem": filesystem,
        "mount_point": mount_point,
    }


def _windows_volume(drive: Element, texts: Texts) -> tuple[str, str]:
    """Name and mount point: both its letter, or its label where it has none."""
    if PASSING.match(texts.first(drive, "TYPE")):
        return "", ""
    stated = texts.first(drive, "LETTER")
    letter = LETTER.fullmatch(stated)
    return (letter[1].upper(), letter[1].upper()) if letter else (stated, "")


def _unix_volume(drive: Element, texts: Texts) -> tuple[str, str]:
    """Device and mount point, which agents call the volume and its type."""
    device = texts.first(drive, "VOLUMN")
    return ("", "") if NO_VOLUME.fullmatch(device) else (device, texts.first(drive, "TYPE"))


def _disk(storage: Element, texts: Texts) -> dict[str, Any] | None:
    name = texts.first(storage, "NAME").removeprefix("/dev/").removeprefix("\\\\.\\")
    words = " ".join(texts.first(storage, field) for field in ("TYPE", "DESCRIPTION", "INTERFACE"))
    megabytes = number(storage, "DISKSIZE")
    if not name or not megabytes or NO_DISK.fullmatch(name) or PASSING.match(words):
        return None
    return {
        "name": f"/dev/{name}" if KERNEL_NAME.fullmatch(name) else name,
        "model": texts.first(storage, "MODEL"),
        "serial_number": texts.first(storage, "SERIALNUMBER", "SERIAL"),
        # Agents count a disk in millions of bytes, some rounded down: a disk is a whole number of MiB.
        "size_mb": -(-megabytes * 1_000_000 // 2**20),
    }


def _disk_below(volume: str, hardware: dict[str, dict[str, Any]]) -> str:
    """The name of the disk that carries the volume: its own, its partition's, or the only one there is."""
    if volume in hardware:
        return volume
    if partition := PARTITION.fullmatch(volume):
        return partition[1] if partition[1] in hardware else ""
    return next(iter(hardware)) if len(hardware) == 1 else ""


def _stated(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value not in ("", None)}
