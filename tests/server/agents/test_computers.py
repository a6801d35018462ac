from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.exceptions import AgentMessageIncompleteError, AgentMessageRefusedError
from shopdb.server import agents
from tests.server.agents.samples import computer, inventory, sample

OS = "<OPERATINGSYSTEM>{}</OPERATINGSYSTEM>"
HARDWARE = "<HARDWARE><NAME>pc-7</NAME>{}</HARDWARE>"


def payload(name: str) -> dict[str, Any]:
    return agents.fan_out(agents.read(sample(name))).sightings[0].payload


def test_an_inventory_becomes_one_computer() -> None:
    assert payload("bench-12.fusioninventory") == {
        "hostname": "bench-12",
        "domain": "floor.example",
        "source": "FusionInventory-Agent_v2.6-3",
        "partial": False,
        "serial_number": "FB-0012-77",
        "uuid": "4c4c4544-0051-3010-8048-b6c04f503732",
        "manufacturer": "Fabrikam",
        "model": "Bench 12",
        "chassis_type": "Desktop",
        "cpu": "Example(R) Core(TM) i5 @ 2.40GHz",
        "memory_mb": 15872,
        "last_user": "ana",
        "os_name": "Debian GNU/Linux",
        "os_version": "12.8",
        "os_architecture": "x86_64",
        "last_boot": "2026-11-01T05:12:26Z",
        "observed_at": "2026-11-02T07:15:30Z",
        "macs": ["00:1a:2b:3c:4d:5e"],
        "ips": [{"ip": "10.20.30.40", "mac": "00:1a:2b:3c:4d:5e", "interface": "enp3s0"}],
        "disks": [
            {
                "name": "/dev/sda1",
                "size_mb": 511,
                "free_mb": 500,
                "filesystem": "vfat",
                "mount_point": "/boot/efi",
                "model": "FASTDISK 128",
                "serial_number": "FD128-4711",
            },
            {
                "name": "/dev/sda2",
                "size_mb": 118712,
                "free_mb": 61035,
                "filesystem": "ext4",
                "mount_point": "/",
                "model": "FASTDISK 128",
                "serial_number": "FD128-4711",
            },
        ],
        "monitors": [{"manufacturer": "Contoso", "model": "Screen 24", "serial_number": "CT24-9"}],
        "software": [{"name": "adduser", "version": "3.134"}, {"name": "libc6", "version": "2.36-9"}],
    }


def test_two_agents_on_one_machine_tell_the_same() -> None:
    fusioninventory, ocs = payload("bench-12.fusioninventory"), payload("bench-12.ocs")
    for only_there in ("source", "last_boot", "observed_at"):
        del fusioninventory[only_there]
    assert ocs == fusioninventory


def test_a_windows_inventory_keeps_to_cards_fixed_disks_and_stated_values() -> None:
    assert payload("office-3.windows") == {
        "hostname": "OFFICE-3",
        "partial": False,
        "manufacturer": "Boardmaker",
        "model": "B-450",
        "last_user": "ana",
        "os_name": "Microsoft Windows 11 Professionnel",
        "os_version": "10.0.22631",
        "os_architecture": "AMD64",
        "macs": ["00:1a:2b:3c:4d:60"],
        "ips": [
            {
                "ip": "10.20.30.43",
                "mac": "00:1a:2b:3c:4d:60",
                "interface": "Realtek PCIe GbE Family Controller",
            },
            {
                "ip": "10.20.30.44",
                "mac": "00:15:5d:01:02:03",
                "interface": "Hyper-V Virtual Ethernet Adapter",
            },
        ],
        "disks": [
            {"name": "C:", "size_mb": 115123, "free_mb": 71954, "filesystem": "NTFS", "mount_point": "C:"},
            {
                "name": "PHYSICALDRIVE0",
                "model": "FASTDISK 250",
                "serial_number": "FD250-1",
                "size_mb": 238475,
            },
            {"name": "PHYSICALDRIVE1", "model": "BIGDISK", "size_mb": 953869},
        ],
        "software": [
            {"name": "Calculatrice de d\u00e9coupe"},
            {"name": "\u00c9diteur", "version": "2", "publisher": "Atelier"},
        ],
    }


def test_an_absent_section_is_absent_and_an_empty_one_is_an_empty_list() -> None:
    assert computer("") == {"hostname": "pc-7", "partial": False}
    empty = computer("<NETWORKS/><DRIVES></DRIVES><MONITORS> </MONITORS><SOFTWARES></SOFTWARES>")
    assert empty == {
        "hostname": "pc-7",
        "partial": False,
        "macs": [],
        "ips": [],
        "disks": [],
        "monitors": [],
        "software": [],
    }


def test_a_section_of_which_nothing_remains_is_an_empty_list() -> None:
    assert computer("<NETWORKS><DESCRIPTION>lo</DESCRIPTION></NETWORKS>")["macs"] == []


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_an_agents_list_does_not_matter(order: int) -> None:
    names = ["b", "A", "c", "a", "b"][::order]
    listed = "".join(f"<SOFTWARES><NAME>{name}</NAME></SOFTWARES>" for name in names)
    assert [entry["name"] for entry in computer(listed)["software"]] == ["A", "a", "b", "c"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_program_listed_with_and_without_its_publisher_is_one(order: int) -> None:
    plain = "<SOFTWARES><NAME>Editor</NAME><VERSION>2</VERSION></SOFTWARES>"
    named = plain.replace("</NAME>", "</NAME><PUBLISHER>Atelier</PUBLISHER>")
    listed = "".join([plain, named][::order])
    assert computer(listed)["software"] == [{"name": "Editor", "version": "2", "publisher": "Atelier"}]


@pytest.mark.parametrize(
    ("name", "hostname", "domain"),
    [
        ("pc-7", "pc-7", None),
        ("pc-7.Floor.Example", "pc-7", "floor.example"),
        ("Anas-Laptop.local", "Anas-Laptop", None),
        ("10.1.2.3", "10.1.2.3", None),
        (".hidden", ".hidden", "hidden"),
    ],
)
def test_a_name_is_split_from_its_domain(name: str, hostname: str, domain: str | None) -> None:
    found = computer("", name=name)
    assert (found["hostname"], found.get("domain")) == (hostname, domain)


@pytest.mark.parametrize("group", ["WORKGROUP", "MSHOME", "localdomain", "(none)"])
def test_a_default_group_is_no_domain(group: str) -> None:
    body = inventory(HARDWARE.format(f"<WORKGROUP>{group}</WORKGROUP>"))
    assert "domain" not in agents.fan_out(agents.read(body)).sightings[0].payload


def test_a_computer_without_a_name_has_that_of_its_device_id() -> None:
    message = agents.read(inventory("", device_id="pc-8-2026-01-02-03-04-05"))
    assert agents.fan_out(message).sightings[0].payload["hostname"] == "pc-8"


@pytest.mark.parametrize("device_id", ["", "pc-8", "2026-01-02-03-04-05"])
def test_a_computer_without_any_name_is_refused(device_id: str) -> None:
    with pytest.raises(AgentMessageIncompleteError, match="HARDWARE/NAME"):
        agents.fan_out(agents.read(inventory("<SOFTWARES/>", device_id=device_id)))


def test_a_device_id_is_no_identity() -> None:
    message = agents.read(inventory(HARDWARE.format(""), device_id="pc-7-2026-01-02-03-04-05"))
    assert agents.fan_out(message).sightings[0].payload == {"hostname": "pc-7", "partial": False}


@pytest.mark.parametrize(
    ("system", "hardware", "name", "version"),
    [
        ("<FULL_NAME>Ubuntu 22.04.3 LTS</FULL_NAME><VERSION>22.04.3 LTS</VERSION>", "", "Ubuntu", "22.04"),
        ("", "<OSNAME>Ubuntu 22.04</OSNAME>", "Ubuntu", "22.04"),
        (
            "<FULL_NAME>Debian GNU/Linux 12 (bookworm)</FULL_NAME><VERSION>12.8</VERSION>",
            "",
            "Debian GNU/Linux",
            "12.8",
        ),
        (
            "<FULL_NAME>Debian GNU/Linux 12 (bookworm)</FULL_NAME><VERSION>122.1</VERSION>",
            "",
            "Debian GNU/Linux",
            "12",
        ),
        ("<FULL_NAME>Red Hat Enterprise Linux 9.3 (Plow)</FULL_NAME>", "", "Red Hat Enterprise Linux", "9.3"),
        ("", "<OSNAME>Arch Linux</OSNAME><OSCOMMENTS>#1 SMP</OSCOMMENTS>", "Arch Linux", None),
        (
            "<FULL_NAME>Microsoft Windows 10 Pro</FULL_NAME><KERNEL_VERSION>10.0.1</KERNEL_VERSION>",
            "",
            "Microsoft Windows 10 Pro",
            "10.0.1",
        ),
        ("", "", None, None),
    ],
)
def test_the_operating_system_is_told_as_name_and_version(
    system: str, hardware: str, name: str | None, version: str | None
) -> None:
    body = inventory(OS.format(system) + HARDWARE.format(hardware))
    found = agents.fan_out(agents.read(body)).sightings[0].payload
    assert (found.get("os_name"), found.get("os_version")) == (name, version)


@pytest.mark.parametrize(
    ("written", "offset", "moment"),
    [
        ("2026-11-02 08:15:30", "+0100", "2026-11-02T07:15:30Z"),
        ("2026-11-02 08:15:30", "-0330", "2026-11-02T11:45:30Z"),
        ("2026-11-02T08:15:30Z", "", "2026-11-02T08:15:30Z"),
        ("2026-11-02 08:15:30+02:00", "+0100", "2026-11-02T06:15:30Z"),
        ("2026-11-02 08:15:30", "", None),
        ("2026-11-02 08:15:30", "CET", None),
        ("2026-02-30 08:15:30", "+0000", None),
        ("0001-01-01 00:00:00", "+1400", None),
        ("2026-11-02 08:15:30", "+9999", None),
        ("yesterday", "+0000", None),
    ],
)
def test_a_moment_is_told_in_utc_or_not_at_all(written: str, offset: str, moment: str | None) -> None:
    zone = f"<TIMEZONE><OFFSET>{offset}</OFFSET></TIMEZONE>"
    found = computer(OS.format(f"<BOOT_TIME>{written}</BOOT_TIME>{zone}"))
    assert found.get("last_boot") == moment


@pytest.mark.parametrize("user", ["reboot", "wtmp", "runlevel"])
def test_what_last_lists_beside_people_is_no_user(user: str) -> None:
    body = inventory(HARDWARE.format(f"<LASTLOGGEDUSER>{user}</LASTLOGGEDUSER>"))
    assert "last_user" not in agents.fan_out(agents.read(body)).sightings[0].payload


@pytest.mark.parametrize("memory", ["-5", "plenty", "", "9" * 40])
def test_a_number_that_is_none_is_absent(memory: str) -> None:
    body = inventory(HARDWARE.format(f"<MEMORY>{memory}</MEMORY>"))
    assert "memory_mb" not in agents.fan_out(agents.read(body)).sightings[0].payload


def test_two_equal_screens_are_two_screens() -> None:
    screen = "<MONITORS><CAPTION>Screen</CAPTION></MONITORS>"
    assert computer(screen * 2 + "<MONITORS><CAPTION> </CAPTION></MONITORS>")["monitors"] == [{"model": "Screen"}] * 2


def test_long_texts_lose_their_end_and_are_counted() -> None:
    program = f"<SOFTWARES><NAME>{'n' * 300}</NAME><VERSION>{'1' * 255}</VERSION></SOFTWARES>"
    found = agents.fan_out(agents.read(inventory(HARDWARE.format("") + program * 2)))
    assert found.sightings[0].payload["software"] == [{"name": "n" * 255, "version": "1" * 255}]
    assert found.cut == 2


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<&"), max_size=40)
FIELDS = st.sampled_from(
    [
        "NAME",
        "VERSION",
        "FROM",
        "TYPE",
        "VOLUMN",
        "LETTER",
        "TOTAL",
        "DISKSIZE",
        "DESCRIPTION",
        "MACADDR",
        "IPADDRESS",
        "SSN",
        "UUID",
        "OSNAME",
        "OSCOMMENTS",
        "ARCH",
        "FULL_NAME",
        "BOOT_TIME",
        "LOGDATE",
        "VENDORID",
        "SERIAL",
        "INFO",
    ]
)
SECTIONS = st.sampled_from(
    [
        "HARDWARE",
        "BIOS",
        "CPUS",
        "NETWORKS",
        "DRIVES",
        "STORAGES",
        "SOFTWARES",
        "OPERATINGSYSTEM",
        "USBDEVICES",
        "MONITORS",
        "PRINTERS",
        "ACCESSLOG",
        "DEVICE",
        "ENVS",
    ]
)


@given(
    st.sampled_from(["INVENTORY", "SNMPQUERY"]),
    st.lists(st.tuples(SECTIONS, st.lists(st.tuples(FIELDS, NAMES), max_size=6)), max_size=8),
)
def test_any_inventory_becomes_sightings_or_a_named_refusal(
    query: str, sections: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    content = "".join(
        f"<{tag}>{''.join(f'<{name}>{text}</{name}>' for name, text in fields)}</{tag}>" for tag, fields in sections
    )
    try:
        message = agents.read(inventory(content, query=query))
        found = agents.fan_out(message)
    except AgentMessageRefusedError:
        return
    assert agents.fan_out(agents.read(agents.redacted(message))).sightings == found.sightings
    for _, payload in found.sightings:
        assert not [name for name, value in payload.items() if value in ("", None)]
