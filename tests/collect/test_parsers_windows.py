import sys
from types import SimpleNamespace
from typing import Any, Self

import orjson
import pytest

from shopdb.collect import windows, windows_registry
from shopdb.collect.parsers import cim, uninstall
from shopdb.collect.probes import observe
from shopdb.exceptions import ProbeFailedError

GIB = 1024**3

SAID: dict[str, list[Any]] = {
    "system": [{"Manufacturer": "Example Inc.", "Model": "Tower 7", "Domain": "shop.example", "PartOfDomain": True}],
    "bios": [{"SerialNumber": " 7XK2P13 "}],
    "product": [{"UUID": "4C4C4544-0034-3010-8048-B6C04F503732"}],
    "enclosure": [{"ChassisTypes": [3], "SMBIOSAssetTag": "Default string"}],
    "os": [{"Caption": "Microsoft Windows 11 Pro", "Version": "10.0.22631"}],
    "processor": [{"Name": "Example CPU @ 3.20GHz"}, {"Name": "Example CPU @ 3.20GHz"}],
    "adapters": [
        {"MACAddress": "00:11:22:33:44:55", "PNPDeviceID": "PCI\\VEN_8086&DEV_15F9\\3&1"},
        {"MACAddress": "00:11:22:33:44:66", "PNPDeviceID": "USB\\VID_0BDA&PID_8153\\1"},
        {"MACAddress": "00:11:22:33:44:77", "PNPDeviceID": "BTH\\MS_BTHPAN\\7&1"},
        {"MACAddress": "0A:00:27:00:00:0B", "PNPDeviceID": "ROOT\\NET\\0000"},
        {"MACAddress": None, "PNPDeviceID": "PCI\\VEN_8086&DEV_2723\\4&2"},
    ],
    "interfaces": [
        {"InterfaceIndex": 4, "MACAddress": "00:11:22:33:44:55"},
        {"InterfaceIndex": 9, "MACAddress": "00:15:5D:01:02:03"},
        {"InterfaceIndex": 12, "MACAddress": "00:11:22:33:44:66"},
        {"InterfaceIndex": 1, "MACAddress": None},
    ],
    "addresses": [
        {"InterfaceIndex": 4, "InterfaceAlias": "Ethernet", "IPAddress": "10.9.8.7", "Suffix": "Dhcp"},
        {"InterfaceIndex": 4, "InterfaceAlias": "Ethernet", "IPAddress": "fe80::1%4", "Suffix": "Link"},
        {"InterfaceIndex": 4, "InterfaceAlias": "Ethernet", "IPAddress": "2001:db8::7", "Suffix": "Link"},
        {"InterfaceIndex": 4, "InterfaceAlias": "Ethernet", "IPAddress": "2001:db8::99", "Suffix": "Random"},
        {
            "InterfaceIndex": 9,
            "InterfaceAlias": "vEthernet (WSL)",
            "IPAddress": "172.20.0.1",
            "Suffix": "Manual",
        },
        {"InterfaceIndex": 1, "InterfaceAlias": "Loopback", "IPAddress": "127.0.0.1", "Suffix": "WellKnown"},
    ],
    "volumes": [
        {"DeviceID": "C:", "Size": 500 * GIB, "FreeSpace": 100 * GIB, "FileSystem": "NTFS"},
        {"DeviceID": "D:", "Size": None, "FreeSpace": None, "FileSystem": None},
    ],
    "drives": [
        {
            "Index": 0,
            "Model": "EXAMPLE SSD",
            "SerialNumber": "S1 ",
            "Size": 512 * GIB,
            "MediaType": "Fixed hard disk media",
        },
        {
            "Index": 1,
            "Model": "EXAMPLE HDD",
            "SerialNumber": "S2",
            "Size": 1000 * GIB,
            "MediaType": "Fixed hard disk media",
        },
        {
            "Index": 2,
            "Model": "STICK",
            "SerialNumber": "S3",
            "Size": 32 * GIB,
            "MediaType": "Removable Media",
        },
    ],
    "partitions": [{"Volume": "C:", "Partition": "Disk #0, Partition #2"}],
    "monitors": [
        {
            "ManufacturerName": [68, 69, 76, 0, 0],
            "UserFriendlyName": [69, 50, 52, 0, 0, 0],
            "ProductCodeID": [65, 48, 66, 49],
            "SerialNumberID": [65, 66, 67, 49, 0],
        },
        {
            "ManufacturerName": [81, 81, 90],
            "UserFriendlyName": None,
            "ProductCodeID": [65, 48, 66, 49],
            "SerialNumberID": [48, 0],
        },
    ],
}


def test_answers_are_read_through_a_byte_order_mark_and_lists_of_one() -> None:
    printed = "\ufeff" + orjson.dumps({"os": {"Caption": "x"}, "monitors": None, "bios": []}).decode()

    assert cim.answers(printed) == {"os": [{"Caption": "x"}], "monitors": [], "bios": []}


def test_lists_that_old_powershell_wraps_are_unwrapped() -> None:
    said = cim.answers('{"enclosure": {"value": [{"ChassisTypes": {"value": [10], "Count": 1}}], "Count": 1}}')

    assert said == {"enclosure": [{"ChassisTypes": {"value": [10], "Count": 1}}]}
    assert cim.product({**said, "system": [{}]})["chassis_type"] == "Notebook"


@pytest.mark.parametrize("printed", ["", "[]", "Get-CimInstance : Access denied"])
def test_other_text_is_no_answer(printed: str) -> None:
    with pytest.raises((ValueError, ProbeFailedError)):
        cim.answers(printed)


def test_the_machine() -> None:
    assert cim.product(SAID) == {
        "manufacturer": "Example Inc.",
        "model": "Tower 7",
        "domain": "shop.example",
        "chassis_type": "Desktop",
        "asset_tag": "",
    }
    assert cim.serials(SAID) == {"serial_number": "7XK2P13", "uuid": "4C4C4544-0034-3010-8048-B6C04F503732"}
    assert cim.operating_system(SAID) == {"os_name": "Microsoft Windows 11 Pro", "os_version": "10.0.22631"}
    assert cim.processor(SAID) == {"cpu": "Example CPU @ 3.20GHz"}


def test_a_workgroup_is_no_domain() -> None:
    assert cim.product(SAID | {"system": [{"Domain": "WORKGROUP", "PartOfDomain": False}]})["domain"] == ""


def test_only_cards_have_addresses_that_identify() -> None:
    assert cim.macs(SAID) == ["00:11:22:33:44:55"]


def test_where_no_card_is_inside_the_plugged_in_one_identifies() -> None:
    assert cim.macs({**SAID, "adapters": SAID["adapters"][1:]}) == ["00:11:22:33:44:66"]


def test_lasting_addresses_of_the_cards() -> None:
    assert cim.ips(SAID) == [
        {"ip": "10.9.8.7", "mac": "00:11:22:33:44:55", "interface": "Ethernet"},
        {"ip": "2001:db8::7", "mac": "00:11:22:33:44:55", "interface": "Ethernet"},
    ]


def test_volumes_and_the_fixed_disks_without_one() -> None:
    assert cim.disks(SAID) == [
        {
            "name": "C:",
            "model": "EXAMPLE SSD",
            "serial_number": "S1",
            "size_mb": 512_000,
            "free_mb": 102_400,
            "filesystem": "NTFS",
            "mount_point": "C:",
        },
        {"name": "D:", "model": "", "serial_number": "", "filesystem": "", "mount_point": "D:"},
        {"name": "Disk 1", "model": "EXAMPLE HDD", "serial_number": "S2", "size_mb": 1_024_000},
    ]


def test_screens_spell_themselves_in_numbers() -> None:
    assert cim.monitors(SAID) == [
        {"manufacturer": "Dell", "model": "E24", "serial_number": "ABC1"},
        {"manufacturer": "QQZ", "model": "QQZA0B1", "serial_number": ""},
    ]


@pytest.mark.parametrize("part", [cim.product, cim.serials, cim.macs, cim.ips, cim.disks, cim.monitors])
def test_a_question_without_an_answer_fails_its_part_alone(part: Any) -> None:
    with pytest.raises(ProbeFailedError, match="no answer about"):
        part({})


def test_the_script_asks_every_question_and_needs_no_quoting() -> None:
    script = windows.script(windows.QUESTIONS)

    assert '"' not in script
    assert "\n" not in script
    assert all(f"$found['{name}'] = @(Get-" in script for name in SAID)
    assert windows.QUESTIONS.keys() == SAID.keys()


def test_one_powershell_answers_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def answers(*argv: str) -> str:
        started.append(argv)
        return orjson.dumps(SAID).decode()

    monkeypatch.setattr(windows, "output", answers)
    monkeypatch.setitem(sys.modules, "winreg", registry({64: {}, 32: {}}, {"LastLoggedOnUser": "SHOP\\mueller"}))
    found, warnings = observe(windows.probes())

    assert warnings == ()
    assert (found["model"], found["os_name"], found["software"]) == (
        "Tower 7",
        "Microsoft Windows 11 Pro",
        [],
    )
    assert len(found["disks"]) == 3
    assert len(found["monitors"]) == 2
    assert found["last_user"]
    assert [argv[-2] for argv in started] == ["-Command"]


def test_powershell_that_fails_is_not_started_for_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def refuses(*argv: str) -> str:
        started.append(argv)
        raise ProbeFailedError(argv[0], "it ended with 1")

    monkeypatch.setattr(windows, "output", refuses)
    failures = 0
    for probe in windows.probes():
        if probe.name in ("processor", "disks", "monitors"):
            with pytest.raises(ProbeFailedError, match="PowerShell"):
                probe.read()
            failures += 1

    assert (failures, len(started)) == (3, 1)


def test_installed_programs_without_their_parts_and_updates() -> None:
    entries: list[dict[str, object]] = [
        {"DisplayName": "Example CAD 2026", "DisplayVersion": "26.1", "Publisher": "Example GmbH"},
        {"DisplayName": "Example CAD Runtime", "SystemComponent": 1},
        {"DisplayName": "Update for Example CAD", "ParentKeyName": "Example CAD"},
        {"DisplayName": "Security Update (KB1)", "ReleaseType": "Security Update"},
        {"UninstallString": "no name"},
        {"DisplayName": "Old Tool", "DisplayVersion": 7},
    ]

    assert uninstall.software(entries) == [
        {"name": "Example CAD 2026", "version": "26.1", "publisher": "Example GmbH"},
        {"name": "Old Tool", "version": "", "publisher": ""},
    ]


class Key(SimpleNamespace):
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        """Close nothing."""


def registry(keys: dict[int, dict[str, dict[str, object]]], logon: dict[str, str]) -> SimpleNamespace:
    """What windows_registry uses of `winreg`, over the keys of each view."""

    def open_key(parent: Any, path: str, _reserved: int = 0, access: int = 0) -> Key:
        if path == windows_registry.UNINSTALL:
            return Key(names=[*keys[access - 1], "taken away"], keys=keys[access - 1], values={})
        if path == windows_registry.LOGON:
            return Key(values=logon)
        if path not in parent.keys:
            raise FileNotFoundError(path)
        return Key(values=parent.keys[path], names=[])

    return SimpleNamespace(
        HKEY_LOCAL_MACHINE=object(),
        KEY_READ=1,
        KEY_WOW64_64KEY=64,
        KEY_WOW64_32KEY=32,
        OpenKey=open_key,
        QueryInfoKey=lambda key: (len(getattr(key, "names", [])), len(key.values), 0),
        EnumKey=lambda key, at: key.names[at],
        EnumValue=lambda key, at: (*list(key.values.items())[at], 1),
        QueryValueEx=lambda key, name: (key.values[name], 1),
    )


def test_both_views_of_the_registry_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    views: dict[int, dict[str, dict[str, object]]] = {
        64: {"{1}": {"DisplayName": "Long"}},
        32: {"{2}": {"DisplayName": "Short", "SystemComponent": 1}},
    }
    monkeypatch.setitem(sys.modules, "winreg", registry(views, {"LastLoggedOnUser": "SHOP\\mueller"}))

    assert list(windows_registry.uninstall_entries()) == [
        {"DisplayName": "Long"},
        {"DisplayName": "Short", "SystemComponent": 1},
    ]
    assert windows_registry.last_user() == "SHOP\\mueller"
