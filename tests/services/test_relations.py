from typing import Any

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import Record
from shopdb.services import records
from shopdb.services.relations import pointers, relations
from shopdb.services.removal import removal
from shopdb.store import records as stored

ADA = Origin("ada", "terminal")


def create(shop: Shop, resource: str, **values: Any) -> Record:
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values))


def relate(shop: Shop, source: Record, label: str, target: Record) -> Record:
    refs = {"source": Ref(source.id), "type": Ref(None, label), "target": Ref(target.id)}
    return create(shop, "asset_relationships", **refs)


def test_a_relation_reads_from_either_end(shop: Shop) -> None:
    pc, machine = create(shop, "computers", name="WS-CMM1"), create(shop, "equipment", name="CMM-1")
    made = relate(shop, pc, "drives", machine)
    with shop.reading() as session:
        (from_pc,) = relations(session, pc.id)
        (from_machine,) = relations(session, machine.id)
    assert (from_pc.id, from_pc.label, from_pc.other) == (made.id, "drives", Ref(machine.id, "CMM-1"))
    assert from_pc.outgoing
    assert from_machine.label != "drives"
    assert from_machine.other == Ref(pc.id, "WS-CMM1")
    assert not from_machine.outgoing


def test_pointers_count_who_names_a_record_and_name_each_asset_once(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    create(shop, "locations", name="Corner", parent=Ref(bay.id))
    for name in ("WS-1", "WS-2"):
        create(shop, "computers", name=name, location=Ref(bay.id))
    with shop.reading() as session:
        found = pointers(session, shop.catalog["locations"], bay.id)
    counted = {(one.resource.name, one.field.name): one.count for one in found}
    assert counted == {("assets", "location"): 2, ("locations", "parent"): 1}


def test_what_belongs_to_a_record_is_no_pointer(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    create(shop, "network_addresses", asset=Ref(pc.id), ip="10.0.0.7")
    relate(shop, pc, "drives", create(shop, "equipment", name="CMM-1"))
    with shop.reading() as session:
        assert pointers(session, shop.catalog["computers"], pc.id) == []


def test_a_removal_tells_what_goes_along_and_deletes_nothing(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", tags=())
    tag = create(shop, "tags", name="leased")
    shop.write(ADA, lambda session: records.change(session, shop.catalog["computers"], pc.id, {"tags": (Ref(tag.id),)}))
    for ip in ("10.0.0.7", "10.0.0.8"):
        create(shop, "network_addresses", asset=Ref(pc.id), ip=ip)
    relate(shop, create(shop, "equipment", name="CMM-1"), "drives", pc)
    with shop.reading() as session:
        found = removal(session, shop.catalog["computers"], pc.id)
        assert stored.get(session, shop.catalog["computers"], pc.id).label == "WS-1"
    assert found.takes == {"Addresses": 2, "Relations": 1, "Tags": 1}
    assert found.used_by == {}


def test_a_removal_tells_what_still_needs_the_record(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    create(shop, "computers", name="WS-1", location=Ref(bay.id))
    with shop.reading() as session:
        found = removal(session, shop.catalog["locations"], bay.id)
    assert found.used_by == {"Assets": 1}
