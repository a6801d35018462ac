from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.filters import parse_filter
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery, parse_sort
from shopdb.services import records
from shopdb.store.base import utc_now
from shopdb.store.models import Asset
from shopdb.tui.rows import Row
from shopdb.tui.sources import RecordSource, columns_of
from tests.tui.counting import statements

ADA = Origin("ada", "terminal")


def reading(shop: Shop) -> Callable[[Callable[[Session], Any]], Any]:
    def read(work: Callable[[Session], Any]) -> Any:
        with shop.reading() as session:
            return work(session)

    return read


def source(shop: Shop, resource: str, sort: str = "", wanted: str = "") -> RecordSource:
    described = shop.catalog[resource]
    query = ListQuery(parse_filter(wanted, described), parse_sort(sort, described))
    return RecordSource(reading(shop), described, query)


def computers(shop: Shop, count: int) -> list[int]:
    """PCs whose names, serials and dates run in different orders, many of them empty or equal."""
    described = shop.catalog["computers"]

    def work(session: Session) -> list[int]:
        bays = [records.create(session, shop.catalog["locations"], {"name": f"Bay {count}-{n}"}).id for n in range(3)]
        return [
            records.create(
                session,
                described,
                {
                    "name": f"WS-{n * 7 % count:04}",
                    "serial_number": f"S{n % 5}" if n % 3 else None,
                    "location": Ref(bays[n % 3]) if n % 4 else None,
                    "purchased_on": date(2020, 1, 1 + n % 9) if n % 2 else None,
                },
            ).id
            for n in range(count)
        ]

    return shop.write(ADA, work)


@pytest.mark.parametrize("sort", ["name", "-name", "serial_number", "-serial_number", "location", "-purchased_on"])
def test_every_way_of_reading_a_list_gives_the_same_order(shop: Shop, sort: str) -> None:
    computers(shop, 60)
    rows = source(shop, "computers", sort)
    order = list(rows.ids() or ())
    assert len(order) == rows.count() == 60

    forwards: list[Row] = []
    while page := rows.after(forwards[-1] if forwards else None, 17):
        forwards += page
    assert [row.id for row in forwards] == order

    backwards: list[Row] = []
    while page := rows.before(backwards[0] if backwards else None, 17):
        backwards = page + backwards
    assert [row.id for row in backwards] == order

    assert [row.id for row in rows.jump(23, 9)] == order[23:32]
    assert [row.id for row in rows.rows(order[5:9])] == order[5:9]
    (again,) = rows.rows([order[20]])
    assert [row.id for row in rows.after(again, 3)] == order[21:24]


def test_a_page_takes_as_many_statements_for_ten_rows_as_for_four_hundred(shop: Shop) -> None:
    computers(shop, 10)

    def asked(limit: int) -> int:
        rows = source(shop, "computers")
        with statements(shop.engine) as found:
            assert len(rows.after(None, limit)) == limit
        return len([one for one in found if one.startswith("SELECT")])

    few = asked(10)
    computers(shop, 400)
    assert asked(400) == few <= 5


def test_rows_that_are_gone_are_left_out(shop: Shop) -> None:
    first, second = computers(shop, 2)
    shop.write(ADA, lambda session: records.remove(session, shop.catalog["computers"], first))
    assert [row.id for row in source(shop, "computers").rows([first, second])] == [second]


def test_a_filter_narrows_the_list(shop: Shop) -> None:
    computers(shop, 20)
    rows = source(shop, "computers", wanted="serial_number=S1")
    assert 0 < rows.count() < 20
    assert {row.cells[1] for row in rows.after(None, 50)} == {"S1"}


def test_the_first_column_is_what_people_know_a_record_by(shop: Shop) -> None:
    assert [columns_of(shop.catalog[name])[0].name for name in ("assets", "equipment", "people", "vendors")] == [
        "name",
        "name",
        "name",
        "name",
    ]


def test_a_line_says_and_shows_that_a_record_has_not_been_seen(shop: Shop) -> None:
    (asset_id,) = computers(shop, 1)

    def last_seen(session: Session) -> None:
        asset = session.get_one(Asset, asset_id)
        asset.last_seen, asset.health = utc_now() - timedelta(days=9, hours=1), "stale"

    shop.write(ADA, last_seen)
    (row,) = source(shop, "computers").after(None, 10)
    assert row.cells[-1] == "9 d stale"
    assert row.tone == "warning"


def test_what_is_retired_alarms_nobody(shop: Shop) -> None:
    (asset_id,) = computers(shop, 1)

    def retire(session: Session) -> None:
        retired = {"name": "Scrapped", "status_class": "retired"}
        status = records.create(session, shop.catalog["asset_statuses"], retired)
        records.change(session, shop.catalog["assets"], asset_id, {"status": Ref(status.id)})
        session.get_one(Asset, asset_id).health = "silent"

    shop.write(ADA, retire)
    (row,) = source(shop, "computers").after(None, 10)
    assert row.tone == "muted"
    assert "Scrapped" in row.cells
