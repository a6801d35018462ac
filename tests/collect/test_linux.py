import os
import platform
import socket
from pathlib import Path

import pytest

from shopdb.collect import linux
from shopdb.collect.linux_network import Interfaces
from shopdb.collect.linux_storage import Mount, Storage, volumes
from shopdb.collect.probes import observe
from tests.collect.test_edid import block


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def ask(root: Path, name: str) -> object:
    """The answer of one probe about the machine below `root`."""
    return observe(probe for probe in linux.probes(root) if probe.name == name)


class TestNetwork:
    @pytest.fixture
    def interfaces(self, tmp_path: Path) -> Interfaces:
        return Interfaces(tmp_path)

    @pytest.fixture
    def sys_class_net(self, tmp_path: Path) -> Path:
        """A card, a bond of two cards with a VLAN on it, a bridge of containers, loopback, a tunnel."""

        def interface(name: str, mac: str = "", kind: str = "1", assigned: str = "0") -> Path:
            write(tmp_path / name / "type", f"{kind}\n")
            write(tmp_path / name / "addr_assign_type", f"{assigned}\n")
            write(tmp_path / name / "address", f"{mac}\n")
            return tmp_path / name

        write(tmp_path / "bonding_masters", "bond0\n")
        for number, name in enumerate(("eth0", "eth1", "eth2")):
            (interface(name, f"00:11:22:33:44:0{number}") / "device").mkdir()
        write(tmp_path / "eth2/bonding_slave/perm_hwaddr", "00:11:22:33:44:99\n")
        (interface("usb0", "5e:00:00:00:00:01", assigned="1") / "device").mkdir()
        (interface("eth0v0", "5e:00:00:00:00:02") / "device/physfn").mkdir(parents=True)
        (interface("ib0", "80:00", kind="32") / "device").mkdir()
        interface("lo", "00:00:00:00:00:00", kind="772")
        interface("tun0", kind="65534")
        for upper, lower in (("bond0", "eth1"), ("bond0", "eth2"), ("vlan7", "bond0"), ("docker0", "veth1")):
            link(interface(upper, "00:11:22:33:44:01") / f"lower_{lower}", tmp_path / lower)
            interface("veth1", "5e:00:00:00:00:03")
        return tmp_path

    @pytest.mark.usefixtures("sys_class_net")
    def test_only_cards_are_physical(self, interfaces: Interfaces) -> None:
        assert [name for name in interfaces.names() if interfaces.is_physical(name)] == [
            "eth0",
            "eth1",
            "eth2",
        ]

    @pytest.mark.usefixtures("sys_class_net")
    def test_bonds_and_vlans_lead_out_and_containers_do_not(self, interfaces: Interfaces) -> None:
        leading = {name for name in interfaces.names() if interfaces.leads_out(name)}

        assert leading == {"eth0", "eth1", "eth2", "bond0", "vlan7"}

    @pytest.mark.usefixtures("sys_class_net")
    def test_a_card_within_a_bond_has_its_own_address(self, interfaces: Interfaces) -> None:
        assert interfaces.mac("eth0") == "00:11:22:33:44:00"
        assert interfaces.mac("eth2") == "00:11:22:33:44:99"

    def test_the_address_of_an_adapter_that_is_plugged_in_identifies_only_for_want_of_better(
        self, sys_class_net: Path, interfaces: Interfaces
    ) -> None:
        for name in ("eth1", "eth2"):
            link(sys_class_net / name / "device/subsystem", sys_class_net / "bus/usb")
        assert interfaces.macs() == ["00:11:22:33:44:00"]

        link(sys_class_net / "eth0/device/subsystem", sys_class_net / "bus/usb")
        assert interfaces.macs() == ["00:11:22:33:44:00", "00:11:22:33:44:01", "00:11:22:33:44:99"]

    def test_without_sys_the_cards_are_unknown_rather_than_none(self, tmp_path: Path) -> None:
        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "network cards")

        assert "macs" not in found
        assert len(warnings) == 1


class TestStorage:
    def test_nonsense_is_no_volume(self, tmp_path: Path) -> None:
        bound_file = tmp_path / "hosts"
        bound_file.touch()
        mounts = [
            Mount("/dev/sda2", "/", "ext4"),
            Mount("/dev/sda2", "/var/lib/docker/overlay", "ext4"),
            Mount("/dev/sda1", "/boot/efi", "vfat"),
            Mount("/dev/sdb1", str(bound_file), "ext4"),
            Mount("tmpfs", "/run", "tmpfs"),
            Mount("overlay", "/merged", "overlay"),
            Mount("/dev/loop3", "/snap/core/1", "squashfs"),
            Mount("/dev/zram0", "/swap", "ext4"),
            Mount("/dev/sr0", "/media/cdrom", "iso9660"),
            Mount("server:/export", "/mnt/nfs", "nfs4"),
            Mount("tank/home", "/home", "zfs"),
            Mount("tank", "/tank", "zfs"),
            Mount("tank/vm/one", "/vm/one", "zfs"),
        ]

        assert [(mount.device, mount.point) for mount in volumes(mounts)] == [
            ("/dev/sda2", "/"),
            ("tank/home", "/home"),
            ("/dev/sda1", "/boot/efi"),
        ]

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """Two disks: one partitioned with a logical volume on it, one bare; a stick and a loop device."""
        devices = tmp_path / "sys/devices"
        for name, size, removable in (
            ("sda", 2048, 0),
            ("nvme0n1", 4096, 0),
            ("sdb", 64, 1),
            ("loop0", 64, 0),
        ):
            disk = devices / name
            write(disk / "size", f"{size}\n")
            write(disk / "removable", f"{removable}\n")
            write(disk / "dev", f"8:{size}\n")
            link(tmp_path / "sys/block" / name, disk)
            link(tmp_path / "sys/class/block" / name, disk)
            if name != "loop0":
                write(disk / "device/model", f"MODEL OF {name}   \n")
        write(devices / "nvme0n1/device/serial", "NVME-1\n")
        write(tmp_path / "run/udev/data/b8:2048", "E:ID_SERIAL_SHORT=SATA-1\n")
        write(devices / "sda/sda1/partition", "1\n")
        link(tmp_path / "sys/class/block/sda1", devices / "sda/sda1")
        link(devices / "dm-0/slaves/sda1", devices / "sda/sda1")
        link(tmp_path / "sys/class/block/dm-0", devices / "dm-0")
        write(tmp_path / "dev/dm-0", "")
        link(tmp_path / "dev/mapper/vg-root", Path("../dm-0"))
        return tmp_path

    def test_a_volume_bears_the_hardware_below_it_and_bare_disks_stand_alone(self, root: Path, tmp_path: Path) -> None:
        mounted, bare = Storage(root).disks([Mount("/dev/mapper/vg-root", str(tmp_path), "ext4")])

        assert mounted["name"] == "/dev/mapper/vg-root"
        assert mounted["mount_point"] == str(tmp_path)
        assert (mounted["model"], mounted["serial_number"]) == ("MODEL OF sda", "SATA-1")
        assert mounted["size_mb"] >= mounted["free_mb"] > 0
        assert bare == {
            "name": "/dev/nvme0n1",
            "model": "MODEL OF nvme0n1",
            "serial_number": "NVME-1",
            "size_mb": 2,
        }

    def test_sticks_and_images_are_no_fixed_disks(self, root: Path) -> None:
        assert Storage(root).fixed_disks() == ["nvme0n1", "sda"]


class TestFirmware:
    def test_a_pc(self, tmp_path: Path) -> None:
        dmi = tmp_path / "sys/class/dmi/id"
        write(dmi / "sys_vendor", "Example Inc.\n")
        write(dmi / "product_name", "Tower 7\n")
        write(dmi / "chassis_type", "3\n")
        write(dmi / "chassis_asset_tag", "Default string\n")
        write(dmi / "product_serial", "7XK2P13\n")
        write(dmi / "product_uuid", "4c4c4544-0034-3010-8048-b6c04f503732\n")

        assert ask(tmp_path, "maker and model") == (
            {"manufacturer": "Example Inc.", "model": "Tower 7", "chassis_type": "Desktop"},
            (),
        )
        assert ask(tmp_path, "serial number and uuid") == (
            {"serial_number": "7XK2P13", "uuid": "4c4c4544-0034-3010-8048-b6c04f503732"},
            (),
        )

    def test_a_board_with_a_device_tree(self, tmp_path: Path) -> None:
        write(tmp_path / "proc/device-tree/model", b"Example Board 4\0")
        write(tmp_path / "proc/device-tree/serial-number", b"10000000abcdef01\0")

        assert ask(tmp_path, "maker and model") == ({"model": "Example Board 4"}, ())
        assert ask(tmp_path, "serial number and uuid") == ({"serial_number": "10000000abcdef01"}, ())

    def test_a_machine_without_firmware_says_nothing_and_warns_of_nothing(self, tmp_path: Path) -> None:
        assert ask(tmp_path, "maker and model") == ({}, ())
        assert ask(tmp_path, "serial number and uuid") == ({}, ())

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_what_only_root_may_read_is_left_out_with_a_warning(self, tmp_path: Path) -> None:
        write(tmp_path / "sys/class/dmi/id/product_serial", "7XK2P13\n")
        (tmp_path / "sys/class/dmi/id/product_serial").chmod(0)

        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "serial number and uuid")

        assert found == {}
        assert "administrator" in warnings[0]


class TestMonitors:
    def test_without_a_graphics_driver_the_screens_are_unknown(self, tmp_path: Path) -> None:
        assert ask(tmp_path, "monitors") == ({}, ())

    def test_with_empty_sockets_there_are_none(self, tmp_path: Path) -> None:
        write(tmp_path / "sys/class/drm/card0-HDMI-A-1/edid", b"")

        assert ask(tmp_path, "monitors") == ({"monitors": []}, ())

    def test_attached_screens(self, tmp_path: Path) -> None:
        write(tmp_path / "sys/class/drm/card0-DP-1/edid", block(model="E24", serial="A1") + bytes(128))
        write(tmp_path / "sys/class/drm/card0-DP-2/edid", b"")

        assert ask(tmp_path, "monitors") == (
            {"monitors": [{"manufacturer": "Dell", "model": "E24", "serial_number": "A1"}]},
            (),
        )

    def test_a_broken_one_leaves_all_as_they_were(self, tmp_path: Path) -> None:
        write(tmp_path / "sys/class/drm/card0-DP-1/edid", block(model="E24"))
        write(tmp_path / "sys/class/drm/card0-DP-2/edid", b"garbage")

        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "monitors")

        assert "monitors" not in found
        assert "no EDID" in warnings[0]


class TestSoftware:
    @pytest.fixture
    def programs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder that is the whole PATH, for package managers made of a line of shell."""
        folder = tmp_path / "bin"
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder))
        return folder

    def program(self, path: Path, does: str) -> None:
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)

    def test_all_package_managers_are_asked(self, programs: Path, tmp_path: Path) -> None:
        self.program(programs / "dpkg-query", r"printf 'installed\tvim\t9\t\t\n'")
        self.program(programs / "rpm", r"printf 'bash\t5-1\t(none)\n'")
        self.program(programs / "pacman", "echo awk 1-1")
        write(tmp_path / "lib/apk/db/installed", "P:musl\nV:1\n")

        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "software")

        assert [entry["name"] for entry in found["software"]] == ["awk", "bash", "musl", "vim"]
        assert warnings == ()

    def test_one_that_fails_leaves_the_whole_list_as_it_was(self, programs: Path, tmp_path: Path) -> None:
        self.program(programs / "dpkg-query", r"printf 'installed\tvim\t9\t\t\n'")
        self.program(programs / "rpm", "echo database is locked >&2; exit 1")

        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "software")

        assert "software" not in found
        assert "database is locked" in warnings[0]

    @pytest.mark.usefixtures("programs")
    def test_without_any_the_list_is_unknown_rather_than_empty(self, tmp_path: Path) -> None:
        found, warnings = observe(p for p in linux.probes(tmp_path) if p.name == "software")

        assert "software" not in found
        assert len(warnings) == 1


@pytest.mark.skipif(platform.system() != "Linux", reason="asks the machine of the tests as a Linux")
def test_this_very_machine_is_described_believably() -> None:
    found, _ = observe(linux.probes())

    assert found["hostname"] == socket.gethostname().partition(".")[0]
    assert found["memory_mb"] > 100
    assert found["last_boot"].endswith("Z")
    assert all(
        disk["filesystem"] not in ("tmpfs", "overlay", "squashfs") for disk in found["disks"] if "filesystem" in disk
    )
    assert all(not mac.startswith("00:00:00") for mac in found.get("macs", []))
    assert "127.0.0.1" not in [address["ip"] for address in found["ips"]]
