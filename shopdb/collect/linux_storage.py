"""Linux's local volumes and the disks below them, by the mounts and /sys/block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from shopdb.collect.inventory import Disk, mebibytes
from shopdb.collect.parsers.linux import udev_serial
from shopdb.collect.reading import line, text

SECTOR = 512  # bytes; /sys/block counts in these whatever the disk's own
IMAGES = frozenset({"squashfs", "erofs", "iso9660", "udf", "cramfs"})  # packed files and discs, not storage
NOT_DISKS = ("loop", "ram", "zram", "fd", "sr")  # kernel names of what looks like one


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the mount table."""

    device: str
    point: str
    filesystem: str


class Storage:
    """The disks and volumes of a machine whose file system starts at `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def disks(self, mounts: Iterable[Mount]) -> list[Disk]:
        """Every local volume among the mounts, and every fixed disk that carries none of them."""
        below = {mount: self._disks_below(mount) for mount in volumes(mounts)}
        used = set().union(*below.values())
        mounted = [self._volume(mount, disks) for mount, disks in below.items()]
        return mounted + [self._bare(name) for name in self.fixed_disks() if name not in used]

    def fixed_disks(self) -> list[str]:
        """Kernel names of disks with hardware behind them; sticks and cards come and go, and are no part."""
        return sorted(
            disk.name
            for disk in (self._root / "sys/block").glob("*")
            if not disk.name.startswith(NOT_DISKS)
            and (disk / "device").exists()
            and line(disk / "removable") != "1"
            and line(disk / "hidden") != "1"
            and line(disk / "size") not in ("", "0")
        )

    def _volume(self, mount: Mount, disks: frozenset[str]) -> Disk:
        space = psutil.disk_usage(mount.point)
        model, serial_number = self._hardware(*disks) if len(disks) == 1 else ("", "")
        return Disk(
            name=mount.device,
            model=model,
            serial_number=serial_number,
            size_mb=mebibytes(space.total),
            free_mb=mebibytes(space.free),
            filesystem=mount.filesystem,
            mount_point=mount.point,
        )

    def _bare(self, name: str) -> Disk:
        size = int(line(self._root / "sys/block" / name / "size")) * SECTOR
        model, serial_number = self._hardware(name)
        return Disk(name=f"/dev/{name}", model=model, serial_number=serial_number, size_mb=mebibytes(size))

    def _hardware(self, name: str) -> tuple[str, str]:
        """The disk's model and serial number."""
        disk = self._root / "sys/block" / name
        udev = self._root / "run/udev/data" / f"b{line(disk / 'dev')}"
        return (
            line(disk / "device/model") or line(disk / "device/name"),
            line(disk / "device/serial") or line(disk / "serial") or udev_serial(text(udev)),
        )

    def _disks_below(self, mount: Mount) -> frozenset[str]:
        """Kernel names of the disks that hold the volume: several below a RAID, unknown below ZFS."""
        device = (self._root / mount.device.lstrip("/")).resolve()
        return self._below((self._root / "sys/class/block" / device.name).resolve())

    def _below(self, block: Path) -> frozenset[str]:
        if (block / "partition").exists():
            return frozenset({block.parent.name})
        slaves = [slave.resolve() for slave in (block / "slaves").glob("*")]
        if slaves:
            return frozenset().union(*map(self._below, slaves))
        return frozenset({block.name}) if (block / "device").exists() else frozenset()


def mount_table() -> list[Mount]:
    """What is mounted now on devices, those of the network left out."""
    return [Mount(part.device, part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=False)]


def volumes(mounts: Iterable[Mount]) -> list[Mount]:
    """One mount of each local volume, the shortest path to it; images, bound files and RAM are none."""
    kept: dict[str, Mount] = {}
    for mount in sorted(mounts, key=lambda mount: (len(mount.point), mount.point)):
        if _is_volume(mount):
            kept.setdefault(_pool(mount), mount)
    return list(kept.values())


def _is_volume(mount: Mount) -> bool:
    if mount.filesystem == "zfs":
        return True
    return (
        mount.device.startswith("/dev/")
        and not mount.device.removeprefix("/dev/").startswith(NOT_DISKS)
        and mount.filesystem not in IMAGES
        and not Path(mount.point).is_file()  # containers bind single files of their host
    )


def _pool(mount: Mount) -> str:
    """What shares one space: the data sets of a ZFS pool, the subvolumes of a device."""
    return mount.device.partition("/")[0] if mount.filesystem == "zfs" else mount.device
