from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.tui.messages import RecordAsked
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.widgets.grid import Grid
from tests.tui.host import Host, shown

BEN = Origin("ben", "terminal")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


async def test_a_list_shows_its_records_and_opens_one(shop: Shop) -> None:
    ids = [create(shop, "computers", name=f"WS-{n}") for n in range(3)]
    host = Host(shop)
    async with shown(host, lambda desk: RecordListScreen(desk, shop.catalog["computers"])) as pilot:
        print(host.text)
        assert "WS-0" in host.text
        await pilot.press("j", "enter")
        assert host.asked == [RecordAsked("computers", ids[1])]
