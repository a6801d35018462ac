from __future__ import annotations

from typing import Any

import pytest

from tests.server.agents.samples import computer


def volume(device: str, mount_point: str, filesystem: str = "ext4") -> str:
    return (
        f"<DRIVES><VOLUMN>{device}</VOLUMN><TYPE>{mount_point}</TYPE><FILESYSTEM>{filesystem}</FILESYSTEM>"
        "<TOTAL>100</TOTAL></DRIVES>"
    )


def disk(name: str, size: str = "128035", extra: str = "") -> str:
    return (
        f"<STORAGES><NAME>{name}</NAME><DISKSIZE>{size}</DISKSIZE><SERIALNUMBER>S-{name}</SERIALNUMBER>{extra}"
        "</STORAGES>"
    )


def disks(sections: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = computer(sections)["disks"]
    return found


def serials(sections: str) -> dict[str, str | None]:
    return {entry["name"]: entry.get("serial_number") for entry in disks(sections)}


@pytest.mark.parametrize(
    ("partition", "of"),
    [
        ("/dev/sda1", "sda"),
        ("/dev/sda", "sda"),
        ("/dev/sdab12", "sdab"),
        ("/dev/nvme0n1p2", "nvme0n1"),
        ("/dev/mmcblk0p1", "mmcblk0"),
        ("/dev/vda3", "vda"),
        ("/dev/xvdb1", "xvdb"),
    ],
)
def test_a_volume_bears_the_serial_number_of_its_disk(partition: str, of: str) -> None:
    assert serials(volume(partition, "/") + disk(of) + disk("sdz")) == {
        partition: f"S-{of}",
        "/dev/sdz": "S-sdz",
    }


def test_a_mapped_volume_lies_on_the_only_disk() -> None:
    assert serials(volume("/dev/mapper/root", "/") + disk("sda")) == {"/dev/mapper/root": "S-sda"}


def test_of_several_disks_none_is_guessed() -> None:
    found = serials(volume("/dev/mapper/root", "/") + disk("sda") + disk("sdb"))
    assert found == {"/dev/mapper/root": None, "/dev/sda": "S-sda", "/dev/sdb": "S-sdb"}


def test_a_partition_of_a_disk_that_is_not_listed_lies_on_no_other() -> None:
    assert serials(volume("/dev/sdb1", "/") + disk("sda")) == {"/dev/sdb1": None, "/dev/sda": "S-sda"}


@pytest.mark.parametrize("size", ["128035", "128035.67632", "128036"])
def test_a_disk_has_one_size_however_an_agent_rounds_it(size: str) -> None:
    assert disks(disk("sda", "274877"))[0]["size_mb"] == 262144
    assert disks(disk("sda", size))[0]["size_mb"] in (122104, 122105)


@pytest.mark.parametrize("filesystem", ["tmpfs", "overlay", "nfs4", "cifs", "squashfs", "fuse.sshfs", "iso9660"])
def test_what_is_no_local_volume_is_left_out(filesystem: str) -> None:
    assert disks(volume("/dev/sdx1", "/mnt", filesystem)) == []


@pytest.mark.parametrize("device", ["/dev/loop7", "/dev/zram0", "/dev/sr0", "none", ""])
def test_what_only_looks_like_a_volume_is_left_out(device: str) -> None:
    assert disks(volume(device, "/mnt")) == []


@pytest.mark.parametrize(
    "storage",
    [
        disk("zram0"),
        disk("sr0"),
        disk("sg0"),
        disk("sdb", extra="<INTERFACE>USB</INTERFACE>"),
        disk("sdb", extra="<TYPE>Removable Media</TYPE>"),
        disk("sdb", extra="<TYPE>cd</TYPE>"),
        disk("sdb", size="0"),
        disk("sdb", size=""),
        disk(""),
    ],
)
def test_what_is_no_fixed_disk_is_left_out(storage: str) -> None:
    assert disks(storage) == []


@pytest.mark.parametrize("device", ["/dev/md0", "/dev/dm-1", "tank/data", "/dev/mapper/srv-root"])
def test_a_volume_over_several_disks_is_a_volume(device: str) -> None:
    assert [entry["name"] for entry in disks(volume(device, "/srv"))] == [device]


def test_a_windows_volume_without_a_letter_bears_its_label() -> None:
    drive = "<DRIVES><LETTER>Sr1</LETTER><TYPE>Local Disk</TYPE><FILESYSTEM>NTFS</FILESYSTEM></DRIVES>"
    assert disks(drive) == [{"name": "Sr1", "filesystem": "NTFS"}]


@pytest.mark.parametrize(("name", "told"), [("disk0", "/dev/disk0"), ("ACME SSD 512", "ACME SSD 512")])
def test_a_disk_is_told_by_its_device_where_the_agent_knows_it(name: str, told: str) -> None:
    assert [entry["name"] for entry in disks(disk(name))] == [told]


def test_one_device_mounted_twice_is_two_volumes_and_said_twice_is_one() -> None:
    home, root = volume("/dev/sda2", "/home", "btrfs"), volume("/dev/sda2", "/", "btrfs")
    assert [entry["mount_point"] for entry in disks(home + root + home)] == ["/", "/home"]
