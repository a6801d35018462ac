import plistlib
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import orjson
import pytest

from shopdb.collect import macos as mac
from shopdb.collect.parsers import macos
from shopdb.collect.probes import observe

MIB = 1024**2

PORTS = """
Hardware Port: Ethernet
Device: en0
Ethernet Address: a0:b1:c2:d3:e4:f5

Hardware Port: Thunderbolt 1
Device: en2
Ethernet Address: 36:00:00:00:00:01

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 36:00:00:00:00:02

Hardware Port: Wi-Fi
Device: en1
Ethernet Address: a0:b1:c2:d3:e4:f6

Hardware Port: Thunderbolt Ethernet Slot 1
Device: en7
Ethernet Address: a0:b1:c2:d3:e4:f7

VLAN Configurations
===================
"""


def printed(kind: str, *entries: dict[str, Any]) -> str:
    return orjson.dumps({kind: list(entries)}).decode()


def test_the_machine() -> None:
    said = printed(
        "SPHardwareDataType",
        {
            "machine_name": "Mac mini",
            "machine_model": "Macmini9,1",
            "chip_type": "Example M1",
            "serial_number": "C07XX0XXQ6NV",
            "platform_UUID": "1F2E3D4C-0000-5111-8222-333344445555",
        },
    )

    assert macos.hardware(said) == {
        "manufacturer": "Apple",
        "model": "Macmini9,1",
        "chassis_type": "Mini PC",
        "cpu": "Example M1",
        "serial_number": "C07XX0XXQ6NV",
        "uuid": "1F2E3D4C-0000-5111-8222-333344445555",
    }


@pytest.mark.parametrize(("called", "chassis"), [("MacBook Air", "Laptop"), ("iMac", "All in One"), ("Xserve", "")])
def test_the_chassis_by_the_name_of_the_line(called: str, chassis: str) -> None:
    said = printed("SPHardwareDataType", {"machine_name": called, "cpu_type": "Example i5"})

    assert macos.hardware(said)["chassis_type"] == chassis
    assert macos.hardware(said)["cpu"] == "Example i5"


def test_the_operating_system() -> None:
    said = "ProductName:\t\tmacOS\nProductVersion:\t\t14.7.1\nBuildVersion:\t\t23H222\n"

    assert macos.operating_system(said) == {"os_name": "macOS", "os_version": "14.7.1"}


def test_cards_without_thunderbolt_sockets_and_bridges() -> None:
    assert macos.cards(PORTS) == {"en0", "en1", "en7"}
    assert macos.macs(PORTS) == ["a0:b1:c2:d3:e4:f5", "a0:b1:c2:d3:e4:f6"]


def test_where_no_card_is_inside_the_plugged_in_one_identifies() -> None:
    ports = "Hardware Port: USB 10/100/1000 LAN\nDevice: en5\nEthernet Address: a0:b1:c2:d3:e4:f8\n"

    assert macos.macs(ports) == ["a0:b1:c2:d3:e4:f8"]


def test_privacy_addresses_pass() -> None:
    ifconfig = """en0: flags=8863<UP,BROADCAST,RUNNING> mtu 1500
\tether a0:b1:c2:d3:e4:f5
\tinet6 fe80::1%en0 prefixlen 64 secured scopeid 0x4
\tinet6 2001:db8::7 prefixlen 64 autoconf secured
\tinet6 2001:db8::99 prefixlen 64 autoconf temporary
\tinet6 2001:db8::98 prefixlen 64 deprecated autoconf temporary
\tinet 10.9.8.7 netmask 0xffffff00 broadcast 10.9.8.255
"""

    assert macos.passing_addresses(ifconfig) == {IPv6Address("2001:db8::99"), IPv6Address("2001:db8::98")}


def volume(mount_point: str, *, internal: str = "yes") -> dict[str, Any]:
    return {
        "_name": "Volume",
        "bsd_name": "disk3s5",
        "mount_point": mount_point,
        "file_system": "APFS",
        "size_in_bytes": 1000 * MIB,
        "free_space_in_bytes": 10 * MIB,
        "physical_drive": {"device_name": "EXAMPLE SSD", "is_internal_disk": internal},
    }


def test_volumes_on_built_in_disks() -> None:
    said = printed(
        "SPStorageDataType",
        volume("/"),
        volume("/System/Volumes/Data"),
        volume("/Volumes/STICK", internal="no"),
        {"_name": "network share", "mount_point": "/Volumes/share"},
    )

    assert macos.disks(said) == [
        {
            "name": "/dev/disk3s5",
            "model": "EXAMPLE SSD",
            "size_mb": 1000,
            "free_mb": 10,
            "filesystem": "APFS",
            "mount_point": "/",
        }
    ]


def test_screens_hang_below_the_graphics_cards() -> None:
    said = printed(
        "SPDisplaysDataType",
        {
            "_name": "Example M1",
            "spdisplays_ndrvs": [
                {
                    "_name": "DELL U2720Q",
                    "_spdisplays_display-vendor-id": "10ac",
                    "_spdisplays_display-serial-number": "4f1a2b3c",
                },
                {
                    "_name": "Color LCD",
                    "_spdisplays_display-vendor-id": "610",
                    "_spdisplays_display-serial-number": "0",
                },
            ],
        },
        {"_name": "no screen here"},
    )

    assert macos.monitors(said) == [
        {"manufacturer": "Dell", "model": "DELL U2720Q", "serial_number": str(0x4F1A2B3C)},
        {"manufacturer": "Apple", "model": "Color LCD", "serial_number": ""},
    ]


def test_applications_without_the_systems_parts_and_helpers() -> None:
    said = printed(
        "SPApplicationsDataType",
        {
            "_name": "Example CAD",
            "version": "26.1",
            "path": "/Applications/Example CAD.app",
            "obtained_from": "identified_developer",
            "signed_by": [
                "Developer ID Application: Example GmbH (A1B2C3D4E5)",
                "Developer ID CA",
                "Apple Root CA",
            ],
        },
        {"_name": "Safari", "version": "18", "path": "/Applications/Safari.app", "obtained_from": "apple"},
        {"_name": "Helper", "version": "1", "path": "/Applications/Example CAD.app/Contents/Helper.app"},
        {"_name": "Dock", "version": "1.8", "path": "/System/Library/CoreServices/Dock.app"},
        {"_name": "Home-made", "path": "/Users/mueller/Applications/Home-made.app"},
    )

    assert macos.applications(said) == [
        {"name": "Example CAD", "version": "26.1", "publisher": "Example GmbH"},
        {"name": "Safari", "version": "18", "publisher": "Apple"},
        {"name": "Home-made", "version": "", "publisher": ""},
    ]


def test_packages_of_others_than_apple() -> None:
    receipts = """package-id: com.apple.pkg.Core
version: 14.7
volume: /
location: /
install-time: 1730000000
package-id: com.example.driver
version: 3.2.1
volume: /
location: Library
install-time: 1730000001
"""

    assert macos.packages(receipts) == [{"name": "com.example.driver", "version": "3.2.1"}]


def test_the_last_user_at_the_window() -> None:
    assert macos.last_user(plistlib.dumps({"lastUserName": "mueller"}, fmt=plistlib.FMT_BINARY)) == "mueller"
    assert macos.last_user(plistlib.dumps({})) == ""


def test_a_kind_that_was_not_printed_is_an_error_and_no_empty_list() -> None:
    with pytest.raises(KeyError):
        macos.monitors("{}")


def test_the_programs_of_a_mac_make_its_inventory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profiles = {
        "SPHardwareDataType": {"machine_model": "Macmini9,1"},
        "SPStorageDataType": volume("/"),
        "SPDisplaysDataType": {"spdisplays_ndrvs": []},
        "SPApplicationsDataType": {"_name": "Example CAD", "path": "/Applications/Example CAD.app"},
    }
    said = {
        "sw_vers": "ProductName: macOS\nProductVersion: 14.7.1\n",
        "networksetup": PORTS,
        "ifconfig": "",
        "pkgutil": "package-id: com.example.driver\nversion: 3\n",
    }

    def output(program: str, *options: str, **_: object) -> str:
        kind = options[-1] if options else ""
        return printed(kind, profiles[kind]) if kind in profiles else said[Path(program).name]

    (tmp_path / "loginwindow.plist").write_bytes(plistlib.dumps({"lastUserName": "mueller"}))
    monkeypatch.setattr(mac, "output", output)
    monkeypatch.setattr(mac, "LOGIN_WINDOW", tmp_path / "loginwindow.plist")
    found, warnings = observe(mac.probes())

    assert warnings == ()
    assert (found["model"], found["os_version"], found["monitors"]) == ("Macmini9,1", "14.7.1", [])
    assert found["macs"] == ["a0:b1:c2:d3:e4:f5", "a0:b1:c2:d3:e4:f6"]
    assert [entry["name"] for entry in found["software"]] == ["com.example.driver", "Example CAD"]
    assert found["disks"][0]["mount_point"] == "/"
    assert found["last_user"]
