"""Which record that is here a row of a list is."""

import pytest

from shopdb.boot import Shop
from shopdb.exceptions import SchemeRefusedError
from tests.services.lists import created, imported, listed, told

ADDRESSES = "Asset,IP address,Interface\nHaas,10.0.0.7,eth0\nOkuma,10.0.0.7,eth1\n"


@pytest.fixture
def two_machines(shop: Shop) -> Shop:
    for name in ("Haas", "Okuma"):
        created(shop, "equipment", name=name)
    return shop


def test_what_belongs_to_another_owner_is_another_record(two_machines: Shop) -> None:
    report = imported(two_machines, "network_addresses", ADDRESSES)
    assert told(report) == []
    assert report.counts == {("network_addresses", "new"): 2}
    owners = [one.label for one in listed(two_machines, "network_addresses")]
    assert owners == ["10.0.0.7", "10.0.0.7"]
    assert imported(two_machines, "network_addresses", ADDRESSES).counts == {("network_addresses", "same"): 2}
    mended = imported(two_machines, "network_addresses", "Asset,IP address,Interface\nOkuma,10.0.0.7,eth2\n")
    assert mended.counts == {("network_addresses", "changed"): 1}
    assert len(listed(two_machines, "network_addresses", "interface=eth0 asset=Haas")) == 1


def test_two_rows_for_one_thing_of_one_owner_are_not_both_right(two_machines: Shop) -> None:
    text = "Asset,IP address,Interface\nHaas,10.0.0.7,eth0\nhaas,10.0.0.7,eth1\n"
    assert told(imported(two_machines, "network_addresses", text)) == ["IP address: row 2 has it already"]


def test_what_is_unique_beside_its_owner_tells_records_of_an_owner_apart(two_machines: Shop) -> None:
    created(two_machines, "relationship_types", name="feeds", inverse="is fed by")
    for name in ("Saw", "Press"):
        created(two_machines, "equipment", name=name)
    text = "Asset,Relation,Other asset\nHaas,feeds,Saw\nHaas,feeds,Press\n"
    assert imported(two_machines, "asset_relationships", text).counts == {("asset_relationships", "new"): 2}
    assert imported(two_machines, "asset_relationships", text).counts == {("asset_relationships", "same"): 2}


def test_what_has_nothing_to_be_known_by_is_here_if_all_of_it_is(two_machines: Shop) -> None:
    text = "Asset,Done at,Passed\nHaas,2026-01-02T08:00,yes\nHaas,2026-02-02T08:00,yes\n"
    assert imported(two_machines, "maintenance_tasks", text).counts == {("maintenance_tasks", "new"): 2}
    assert imported(two_machines, "maintenance_tasks", text).counts == {("maintenance_tasks", "same"): 2}


def test_a_row_that_does_not_say_whose_it_is_is_refused(two_machines: Shop) -> None:
    report = imported(two_machines, "network_addresses", "Asset,IP address\n,10.0.0.7\nNobody's,10.0.0.8\n")
    assert told(report) == ["Asset: must say whose it is", "Asset: there is no asset Nobody's"]


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_list_without_a_column_of_owners_is_refused(two_machines: Shop) -> None:
    with pytest.raises(SchemeRefusedError, match="--map COLUMN=asset"):
        imported(two_machines, "network_addresses", "IP address\n10.0.0.7\n")
    beside = [("Address", "network_addresses.ip")]
    with pytest.raises(SchemeRefusedError, match=r"--map COLUMN=network_addresses\.asset"):
        imported(two_machines, "computers", "Name,Address\nPC,10.0.0.7\n", mapped=beside)


def test_a_row_makes_a_record_and_what_belongs_to_it(shop: Shop) -> None:
    beside = [("Name", "name"), ("Name", "computer_disks.asset"), ("Disk", "computer_disks.name")]
    report = imported(shop, "equipment", "Name,Disk\nHaas,C:\nOkuma,C:\nSaw,\n", mapped=beside)
    assert told(report) == []
    assert report.counts == {("equipment", "new"): 3, ("computer_disks", "new"): 2}


def test_a_number_that_comes_later_finds_the_record_by_its_serial_number(shop: Shop) -> None:
    imported(shop, "computers", "Name;Serial number\nWS-1;S-1\nWS-2;S-2\n")
    numbers = [
        one.values["asset_number"] for one in sorted(listed(shop, "assets", "serial_number:S-"), key=lambda r: r.id)
    ]
    later = imported(shop, "computers", "Name;Serial number;Number\nWS-1;S-1;PC-077\nWS-3;S-3;PC-078\n")
    assert later.counts == {("computers", "changed"): 1, ("computers", "new"): 1}
    assert later.notes == ((2, f"found by its serial number; its number changes from {numbers[0]} to PC-077"),)
    assert [one.label for one in listed(shop, "computers", "asset_number=PC-077")] == ["WS-1"]
    assert len(listed(shop, "computers", "serial_number=S-1")) == 1


def test_a_serial_number_that_two_have_finds_neither(shop: Shop) -> None:
    for name in ("One", "Two"):
        created(shop, "computers", name=name, serial_number="n/a")
    text = "Name,Serial number,Number\nX,n/a,PC-1\n"
    why = "Serial number: more than one record has n/a; say --key asset_number if it is none of them"
    assert told(imported(shop, "computers", text)) == [why]
    assert imported(shop, "computers", text, key="asset_number").counts == {("computers", "new"): 1}


def test_a_number_that_somebody_gave_is_not_replaced_unasked(shop: Shop) -> None:
    text = "Name,Serial number,Number\nA,n/a,PC-1\nB,n/a,PC-2\n"
    ways_out = "say --key serial_number if PC-2 is the same thing, --key asset_number if it is another"
    assert told(imported(shop, "computers", text)) == [f"Serial number: n/a is that of PC-1; {ways_out}"]
    again = "Name,Serial number,Number\nA,n/a,PC-9\n"
    assert imported(shop, "computers", again, key="serial_number").counts == {("computers", "changed"): 1}
    assert [one.label for one in listed(shop, "computers", "asset_number=PC-9")] == ["A"]


def test_one_record_is_not_taken_for_two_rows(shop: Shop) -> None:
    text = "Name,Serial number,Number\nA,n/a,\nB,n/a,PC-2\n"
    assert told(imported(shop, "computers", text)) == ["Number: row 2 is that record already"]


def test_a_person_whose_badge_comes_later_is_known_by_name_and_address(shop: Shop) -> None:
    imported(shop, "people", "Name,E-mail\nKim,post@shop\nBen,post@shop\n")
    later = imported(shop, "people", "Name,E-mail,Badge\nKim,post@shop,B-1\nEve,post@shop,B-2\n")
    assert later.counts == {("people", "changed"): 1, ("people", "new"): 1}
    assert later.notes == ((2, "found by its name and e-mail; its badge becomes B-1"),)


def test_a_model_of_another_maker_is_another_model(shop: Shop) -> None:
    created(shop, "models", name="100")
    text = "Name,Vendor\n100,Haas\n100,Okuma\n"
    report = imported(shop, "models", text, adding=True)
    assert report.counts == {("models", "changed"): 1, ("models", "new"): 1}
    assert imported(shop, "models", text).counts == {("models", "same"): 2}


def test_the_same_row_twice_is_one_record(shop: Shop) -> None:
    report = imported(shop, "assets", "Number,Name,Location\nA-1,One,\nA-1,One,\n")
    assert told(report) == []
    assert report.counts == {("assets", "new"): 1, ("assets", "same"): 1}


def test_an_owner_with_two_of_one_key_is_asked_which(two_machines: Shop) -> None:
    haas = listed(two_machines, "assets", "name=Haas")[0].id
    for interface in ("eth0", "eth1"):
        created(two_machines, "network_addresses", asset=haas, ip="10.0.0.7", interface=interface)
    text = "Asset,IP address,Interface\nHaas,10.0.0.7,eth9\n"
    assert told(imported(two_machines, "network_addresses", text)) == ["IP address: more than one record has 10.0.0.7"]
    by_interface = "Asset,IP address,Interface\nHaas,10.0.0.8,eth1\n"
    report = imported(two_machines, "network_addresses", by_interface, key="interface")
    assert report.counts == {("network_addresses", "changed"): 1}
