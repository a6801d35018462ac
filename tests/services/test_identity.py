"""The ladder of identity: which asset a push speaks of."""

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.services import records as record_service
from shopdb.services.collect import Answer
from tests.services.pushes import Pusher, count, record, shared

NIC, DOCK, MADE_UP = "3c:52:82:10:20:30", "00:e0:4c:68:00:01", "02:fc:00:00:00:01"
UUID = "7d0c2a4e-5b1f-4c4e-9a58-2f1b6c3d8e90"
SWAPPED = "4e2a0c7d-1f5b-4e4c-9a58-2f1b6c3d8e90"
PC = {"hostname": "WS-1", "serial_number": "5CG8841K", "uuid": UUID, "macs": [NIC]}


@pytest.fixture
def push(shop: Shop) -> Pusher:
    return Pusher(shop)


def outcome(answer: Answer) -> tuple[str, int | None]:
    return answer.outcome, answer.id


@pytest.mark.parametrize(
    "again",
    [
        {"hostname": "WS-1", "serial_number": "5cg8841k"},
        {"hostname": "WS-2", "uuid": UUID.upper()},
        {"hostname": "WS-2", "uuid": SWAPPED},
        {"hostname": "WS-2", "macs": ["3C-52-82-10-20-30"]},
        {"hostname": "WS-2", "agent_id": "b2f6c1c8-0f7e-4d0a-9f7f-3c7e3f1d2a55"},
    ],
    ids=["serial", "uuid", "byte-swapped uuid", "network card", "agent id"],
)
def test_one_strong_identifier_finds_the_machine_again(push: Pusher, shop: Shop, again: dict[str, object]) -> None:
    first = push(PC, agent_id="b2f6c1c8-0f7e-4d0a-9f7f-3c7e3f1d2a55")
    assert push(again).id == first.id
    assert count(shop, "computers") == 1


def test_a_name_alone_never_links(push: Pusher, shop: Shop) -> None:
    push(PC)
    answer = push({"hostname": "WS-1"})
    assert (answer.outcome, answer.reasons) == ("held", ("only its name says that it is WS-1",))
    assert count(shop, "computers") == 1


def test_a_machine_of_another_name_and_serial_is_another(push: Pusher, shop: Shop) -> None:
    push(PC)
    assert push({"hostname": "WS-2", "serial_number": "5CG0000L"}).outcome == "created"
    assert push({"hostname": "WS-1", "serial_number": "5CG1111M"}).outcome == "created", "a name is used again"
    assert count(shop, "computers") == 3


def test_a_made_up_card_links_only_together_with_the_name(push: Pusher, shop: Shop) -> None:
    first = push({"hostname": "vm-7", "macs": [MADE_UP]})
    assert outcome(push({"hostname": "vm-7", "macs": [MADE_UP], "os_name": "Debian"})) == ("updated", first.id)
    other = push({"hostname": "vm-8", "macs": [MADE_UP]})
    assert other.outcome == "held"
    assert "network card" in other.reasons[0]
    assert count(shop, "computers") == 1


@pytest.mark.parametrize(
    "junk", ["To Be Filled By O.E.M.", "N/A", "0000000", "1111", "System Serial Number", "123456789012", "-", "x.x"]
)
def test_a_junk_serial_identifies_nothing_and_that_is_told(push: Pusher, shop: Shop, junk: str) -> None:
    first = push({"hostname": "WS-1", "serial_number": junk, "macs": [NIC]})
    assert any(junk in reason and "identifies nothing" in reason for reason in first.reasons)
    second = push({"hostname": "WS-2", "serial_number": junk.lower(), "macs": [DOCK]})
    assert (first.outcome, second.outcome) == ("created", "created")
    assert first.id != second.id


def test_a_real_serial_with_dots_is_kept(push: Pusher) -> None:
    first = push({"hostname": "WS-1", "serial_number": "VMware-1.2.AB"})
    assert push({"hostname": "WS-9", "serial_number": "vmware-1.2.ab"}).id == first.id


def test_what_the_site_calls_junk_is_junk(push: Pusher) -> None:
    first = push(PC, junk=["5cg8841k"], uuid=None, macs=[])
    assert first.outcome == "created"
    assert push(PC, junk=["5cg8841k"], uuid=None, macs=[], hostname="WS-2").id != first.id


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", "03000200-0400-0500-0006-000700080009"),
        ("uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
        ("macs", ["00:50:56:c0:00:08"]),
        ("macs", ["00:1A:7D:DA:71:0A"]),
        ("macs", ["01:00:5e:00:00:01"]),
    ],
)
def test_identifiers_that_many_devices_share_by_birth_link_nobody(push: Pusher, kind: str, value: object) -> None:
    first = push({"hostname": "WS-1", "serial_number": "5CG8841K", kind: value})
    assert push({"hostname": "WS-2", "serial_number": "5CG0000L", kind: value}).id != first.id


def test_a_card_that_travels_becomes_shared_and_links_no_more(push: Pusher, shop: Shop) -> None:
    push(PC, macs=[NIC, DOCK])
    answer = push({"hostname": "WS-2", "serial_number": "5CG0000L", "macs": [DOCK]})
    assert answer.outcome == "created"
    assert f"network card {DOCK} is reported by two devices and no longer links" in answer.reasons
    assert shared(shop) == {DOCK}
    third = push({"hostname": "WS-3", "macs": [DOCK]})
    assert third.outcome == "created", "it says nothing any more"
    assert push({"hostname": "WS-4", "macs": [DOCK]}).outcome == "created", "nor of the third"


def test_a_contradiction_is_held_with_both_sides(push: Pusher, shop: Shop) -> None:
    first = push(PC)
    answer = push(PC, serial_number="5CG9999Z")
    assert (answer.outcome, answer.reasons) == ("held", ("WS-1 has another serial",))
    with shop.reading() as session:
        row = session.connection().execute(shop.schema.tables["held_items"].select()).one()
    (candidate,) = row.candidates
    assert (candidate["id"], candidate["agrees"], candidate["contradicts"]) == (
        first.id,
        ["host", "mac", "uuid"],
        ["serial"],
    )


def test_two_machines_that_fit_equally_well_are_held(push: Pusher) -> None:
    push({"hostname": "WS-1", "macs": [NIC]})
    push({"hostname": "WS-2", "macs": [DOCK]})
    answer = push({"hostname": "WS-3", "macs": [NIC, DOCK]})
    assert (answer.outcome, answer.reasons) == ("held", ("it could be WS-1 or WS-2",))


def test_one_that_is_clearly_ahead_wins(push: Pusher) -> None:
    first = push(PC)
    push({"hostname": "WS-2", "macs": [DOCK]})
    assert push(PC, macs=[NIC, DOCK]).id == first.id


def test_the_same_evidence_of_another_type_is_held(shop: Shop, push: Pusher) -> None:
    printer = Pusher(shop, "printers")({"name": "PRN-1", "serial_number": "PHX0192TG"})
    answer = push({"hostname": "WS-1", "serial_number": "PHX0192TG"})
    assert (answer.outcome, answer.reasons) == ("held", ("PRN-1 is known as one of printers",))
    assert printer.outcome == "created"


def test_what_a_person_typed_before_any_push_is_found(shop: Shop, push: Pusher) -> None:
    computers = shop.catalog["computers"]
    typed = shop.write(
        SYSTEM,
        lambda session: record_service.create(session, computers, {"name": "Cell 4", "serial_number": "5CG8841K"}),
    )
    assert outcome(push(PC)) == ("updated", typed.id)
    assert record(shop, "computers", typed.id)["name"] == "Cell 4"


def test_an_asset_that_was_typed_without_a_type_becomes_a_computer(shop: Shop, push: Pusher) -> None:
    assets = shop.catalog["assets"]
    typed = shop.write(
        SYSTEM, lambda session: record_service.create(session, assets, {"name": "WS-1", "serial_number": "5CG8841K"})
    )
    assert outcome(push(PC, os_name="Debian")) == ("updated", typed.id)
    assert record(shop, "computers", typed.id)["os_name"] == "Debian"
    assert count(shop, "assets") == 1


def test_a_machine_that_is_installed_anew_and_renamed_stays_itself(shop: Shop, push: Pusher) -> None:
    first = push(PC, agent_id="11111111-2222-3333-4444-555555555555", os_name="Windows 10")
    again = push(PC, hostname="WS-CMM1", agent_id="99999999-2222-3333-4444-555555555555", os_name="Windows 11")
    assert outcome(again) == ("updated", first.id)
    values = record(shop, "computers", first.id)
    assert (values["name"], values["os_name"]) == ("WS-CMM1", "Windows 11")


def test_a_push_that_names_nothing_is_held_and_no_two_are_mixed_up(shop: Shop) -> None:
    usb = Pusher(shop, "usb")
    first = usb({"vendor_id": "0781", "product_id": "5581", "host": "WS-1"})
    second = usb({"vendor_id": "0781", "product_id": "5581", "host": "WS-2"})
    assert (first.outcome, second.outcome) == ("held", "held")
    assert first.held_id != second.held_id
    assert "nothing in it identifies a device" in first.reasons


def test_a_serial_of_several_parts_counts_whole(shop: Shop) -> None:
    usb = Pusher(shop, "usb")
    stick = {"vendor_id": "0781", "product_id": "5581", "serial_number": "AA04012700007453", "host": "WS-1"}
    first = usb(stick)
    assert usb(stick, host="WS-2").id == first.id
    assert usb(stick, vendor_id="090c").outcome == "held", "makers use the same serial numbers again"
    assert record(shop, "usb_devices", first.id)["seen_on"] == "WS-2"


def test_the_same_machine_seen_by_different_programs_is_one(shop: Shop, push: Pusher) -> None:
    first = push(PC, source="agent one")
    second = push({"hostname": "ws-1.plant.example", "macs": [NIC], "os_name": "Debian"}, source="agent two")
    assert second.id == first.id
    assert count(shop, "observations") == 2


@pytest.mark.parametrize("serial", ["Pr\u00fcf-001", "\u7cfb\u5217-42-7", "\U0001f5a8-77-1", "a\\b\\c"])
def test_serials_that_databases_compare_otherwise_are_told_apart(push: Pusher, shop: Shop, serial: str) -> None:
    first = push({"hostname": "WS-1", "serial_number": serial})
    assert push({"hostname": "WS-1", "serial_number": serial}, os_name="x").id == first.id
    other = push({"hostname": "WS-2", "serial_number": serial.replace("-", "_").replace("\\", "/")})
    assert other.id != first.id
    accented = push({"hostname": "WS-3", "serial_number": f"{serial}e\u0301", "macs": [NIC]})
    plain = push({"hostname": "WS-3", "serial_number": f"{serial}e", "macs": [NIC]})
    assert (plain.outcome, plain.id != accented.id) == ("created", True)
