from typing import Any

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.services import records
from shopdb.services.drift import Drift, drift
from shopdb.store import records as stored
from shopdb.store.base import utc_now
from shopdb.store.changes import insert_rows
from shopdb.store.models import Observation
from shopdb.store.schema import table_of

ADA = Origin("ada", "terminal")


def observed(shop: Shop, asset_id: int, source: str, **values: Any) -> None:
    row = {
        "asset_id": asset_id,
        "plugin": "computers",
        "source": source,
        "observed_values": values,
        "section_digests": {},
        "observed_at": utc_now(),
        "received_at": utc_now(),
    }
    shop.write(ADA, lambda session: insert_rows(session, table_of(Observation), [row]))


def pc(shop: Shop, **values: Any) -> int:
    work = {"name": "WS-1", **values}
    return shop.write(ADA, lambda session: records.create(session, shop.catalog["computers"], work)).id


def found(shop: Shop, record_id: int) -> list[Drift]:
    computers = shop.catalog["computers"]
    with shop.reading() as session:
        return drift(session, computers, stored.get(session, computers, record_id))


def test_what_a_person_typed_and_no_collector_saw_has_drifted(shop: Shop) -> None:
    asset_id = pc(shop, serial_number="5CG1", memory_mb=8192)
    observed(shop, asset_id, "agent", serial_number="5CG1", memory_mb=16384)
    (one,) = found(shop, asset_id)
    assert (one.field.name, one.typed, one.seen, one.source) == ("memory_mb", 8192, 16384, "agent")


def test_a_value_that_any_source_saw_is_nobodys_drift(shop: Shop) -> None:
    asset_id = pc(shop, os_name="Windows 11")
    observed(shop, asset_id, "one", os_name="Windows 11")
    observed(shop, asset_id, "other", os_name="Windows 11 Pro")
    assert found(shop, asset_id) == []


def test_links_are_compared_by_label(shop: Shop) -> None:
    model = shop.write(ADA, lambda session: records.create(session, shop.catalog["models"], {"name": "Z4"}))
    asset_id = pc(shop, model=Ref(model.id))
    observed(shop, asset_id, "agent", model="Z4")
    assert found(shop, asset_id) == []
    observed(shop, asset_id, "newer", model="Z6")
    assert found(shop, asset_id) == []
    other = pc(shop, model=Ref(model.id), name="WS-2")
    observed(shop, other, "agent", model="Z6")
    assert [one.seen for one in found(shop, other)] == [Ref(None, "Z6")]


def test_a_blank_field_and_one_that_reads_no_longer_have_not_drifted(shop: Shop) -> None:
    asset_id = pc(shop, memory_mb=8192)
    observed(shop, asset_id, "agent", cpu="i7", memory_mb="lots", unknown="x")
    assert found(shop, asset_id) == []
