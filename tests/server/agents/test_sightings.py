from __future__ import annotations

import pytest

from shopdb.server import agents
from shopdb.server.agents import FanOut, SightingKind
from shopdb.server.agents.printers import SOME_LEFT, UNKNOWN
from tests.server.agents.samples import inventory, sample


def found_in(name: str) -> FanOut:
    return agents.fan_out(agents.read(sample(name), user_agent="Agent_v1"))


def of_device(device: str) -> FanOut:
    return agents.fan_out(agents.read(inventory(f"<DEVICE>{device}</DEVICE>", query="SNMPQUERY")))


def test_an_inventory_tells_of_the_computer_and_of_what_is_attached_to_it() -> None:
    found = found_in("bench-12.fusioninventory")
    seen = {"observed_at": "2026-11-02T07:15:30Z", "source": "FusionInventory-Agent_v2.6-3"}
    assert [kind for kind, _ in found.sightings] == ["computer", "usb device", "printer"]
    assert found.sightings[1].payload == {
        "vendor_id": "0951",
        "product_id": "1666",
        "serial_number": "60A44C3FACC9",
        "name": "Flash Drive",
        "manufacturer": "Kingsample",
        "class": "8",
        "host": "bench-12",
        **seen,
    }
    assert found.sightings[2].payload == {"name": "Label printer", "serial_number": "LBL-5", **seen}


def test_what_could_not_be_told_apart_is_left_out_and_counted() -> None:
    assert found_in("bench-12.fusioninventory").left_out == {
        "USB devices without a serial number": 1,
        "attached printers without a serial number": 1,
    }


@pytest.mark.parametrize(
    "device",
    [
        "<VENDORID>1d6b</VENDORID><PRODUCTID>0002</PRODUCTID><SERIAL>0000:00:14.0</SERIAL>",
        "<VENDORID>0951</VENDORID><SERIAL>60A44C3FACC9</SERIAL>",
        "<VENDORID>0951'</VENDORID><PRODUCTID>1666</PRODUCTID><SERIAL>60A44C3FACC9</SERIAL>",
        "<VENDORID>0951</VENDORID><PRODUCTID>1666</PRODUCTID><SERIAL>6&amp;1A2B&amp;0&amp;2</SERIAL>",
    ],
)
def test_hubs_and_made_up_serial_numbers_are_no_usb_sighting(device: str) -> None:
    body = inventory(f"<HARDWARE><NAME>pc-7</NAME></HARDWARE><USBDEVICES>{device}</USBDEVICES>")
    assert len(agents.fan_out(agents.read(body)).sightings) == 1


def test_a_printer_found_over_snmp_has_supplies_with_their_sentinels() -> None:
    (sighting,) = found_in("printer.snmp").sightings
    assert sighting == (
        SightingKind.PRINTER,
        {
            "name": "prn-hall2",
            "manufacturer": "Inkwell",
            "model": "IW-9",
            "serial_number": "IW9-0001",
            "mac": "00:1b:a9:12:11:f2",
            "firmware": "4.11",
            "location": "Hall 2",
            "ips": [{"ip": "10.20.31.5", "mac": "00:1b:a9:12:11:f2"}],
            "supplies": [
                {
                    "name": "drum black",
                    "kind": "drum",
                    "color": "black",
                    "level": 40,
                    "capacity": 100,
                    "unit": "percent",
                },
                {"name": "glossunit", "level": 12, "capacity": 100, "unit": "percent"},
                {"name": "staples", "kind": "staples", "level": 300, "capacity": UNKNOWN, "unit": "items"},
                {
                    "name": "toner black",
                    "kind": "toner",
                    "color": "black",
                    "level": SOME_LEFT,
                    "capacity": UNKNOWN,
                },
                {
                    "name": "toner cyan",
                    "kind": "toner",
                    "color": "cyan",
                    "level": UNKNOWN,
                    "capacity": UNKNOWN,
                },
                {"name": "waste", "kind": "waste", "level": UNKNOWN, "capacity": UNKNOWN},
            ],
            "pages": {"duplex": 831, "total": 94344},
            "source": "Agent_v1",
        },
    )


def test_a_switch_found_over_snmp_has_its_ports() -> None:
    (sighting,) = found_in("switch.snmp").sightings
    assert sighting == (
        SightingKind.NETWORK_DEVICE,
        {
            "name": "sw-hall2",
            "manufacturer": "Crossbar",
            "model": "CB-24",
            "serial_number": "CB24-33",
            "mac": "b0:5a:da:10:10:80",
            "firmware": "7.1",
            "ips": [{"ip": "10.20.0.2", "mac": "b0:5a:da:10:10:80"}],
            "description": "Crossbar 24-port switch, software 7.1",
            "uptime": 788_940,
            "ports": [
                {
                    "number": 1,
                    "name": "Gi1/0/1",
                    "mac": "b0:5a:da:10:10:81",
                    "status": "up",
                    "speed": 1_000_000_000,
                    "vlan": 20,
                },
                {"number": 24, "name": "Uplink", "status": "down", "speed": 0, "vlan": 1},
            ],
            "source": "Agent_v1",
        },
    )


def test_a_discovery_tells_of_typed_devices_and_counts_the_others() -> None:
    found = found_in("scan.netdiscovery")
    assert [(kind, payload["name"]) for kind, payload in found.sightings] == [
        ("network device", "sw-hall2"),
        ("printer", "10.20.31.5"),
    ]
    assert "ports" not in found.sightings[0].payload
    assert found.left_out == {
        "devices of no kept type": 2,
        "devices that did not answer": 1,
        "devices without a name or an address": 1,
    }


def test_the_start_and_end_of_a_scan_tell_of_nothing() -> None:
    body = inventory("<AGENT><START>1</START></AGENT><MODULEVERSION>4.2</MODULEVERSION>", query="SNMPQUERY")
    assert agents.fan_out(agents.read(body)) == FanOut()


@pytest.mark.parametrize(("written", "named"), [("STORAGE", "storage"), ("POWER", "power"), ("KVM", "kvm")])
def test_other_gear_on_the_network_names_its_type(written: str, named: str) -> None:
    found = of_device(f"<INFO><NAME>x</NAME><TYPE>{written}</TYPE></INFO>")
    assert found.sightings[0].payload == {"name": "x", "type": named}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7 days, 01:26:41.98", 610_001),
        ("1 day, 0:00:00", 86_400),
        ("(512) 0:00:05.12", 5),
        ("23.85 seconds", None),
        ("soon", None),
        ("", None),
    ],
)
def test_an_uptime_is_told_in_seconds(written: str, seconds: int | None) -> None:
    found = of_device(f"<INFO><NAME>x</NAME><TYPE>NETWORKING</TYPE><UPTIME>{written}</UPTIME></INFO>")
    assert found.sightings[0].payload.get("uptime") == seconds


@pytest.mark.parametrize("section", ["<PORTS/>", "<PORTS><PORT/></PORTS>"])
def test_a_device_that_reports_no_port_has_an_empty_list(section: str) -> None:
    found = of_device(f"<INFO><NAME>x</NAME><TYPE>NETWORKING</TYPE></INFO>{section}")
    assert found.sightings[0].payload["ports"] == []


def test_a_printer_without_supplies_has_an_empty_list_and_one_unasked_has_none() -> None:
    info = "<INFO><NAME>x</NAME><TYPE>PRINTER</TYPE></INFO>"
    assert of_device(info + "<CARTRIDGES/>").sightings[0].payload == {"name": "x", "supplies": []}
    assert of_device(info).sightings[0].payload == {"name": "x"}


def test_sightings_say_what_they_are_of_and_never_who_keeps_it() -> None:
    assert {str(kind) for kind in SightingKind} == {"computer", "printer", "network device", "usb device"}
