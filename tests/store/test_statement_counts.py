"""What a list, a record and a search cost in SQL statements: the same for ten rows and for ten thousand.

`statement_counts.json` is the checked baseline. A change that alters it on purpose puts the new numbers there; the
failing test shows them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, insert, select
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.filters import parse_filter
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery, SortKey
from shopdb.services import records as service
from shopdb.store import records, search
from shopdb.store.models import Asset, Location, SearchEntry, Tag
from shopdb.store.models.assets import AssetTag
from shopdb.store.schema import table_of
from shopdb.store.search import normal, trigrams
from tests.gauges import ADA, GAUGES, Gauge, GaugeReading, create

BASELINE = Path(__file__).with_name("statement_counts.json")
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT 1")


@contextmanager
def counting(shop: Shop) -> Iterator[list[str]]:
    """Give the list that the statements are put on, without those that only frame them."""
    sent: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.strip().upper().startswith(FRAME):
            sent.append(statement)

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)


def add_gauges(shop: Shop, first: int, last: int) -> None:
    """Put gauges straight into the tables, with everything that a list of them shows."""
    numbers = range(first, last)
    assets = [
        {
            "id": at,
            "name": f"Dial {at % 97}",
            "asset_number": f"N-{at}",
            "resource": "gauges",
            "location_id": 1 + at % 3,
        }
        for at in numbers
    ]
    entries = [
        {
            "root": "assets", "resource": "gauges", "record_id": at, "title": f"Dial {at % 97}", "detail": "",
            "title_key": normal(f"Dial {at % 97}"), "exact_keys": "", "search_text": normal(f"Dial {at % 97}"),
            "trigrams": trigrams(normal(f"Dial {at % 97}")),
        }
        for at in numbers
    ]  # fmt: skip
    with shop.engine.begin() as connection:
        connection.execute(insert(table_of(Asset)), assets)
        connection.execute(insert(table_of(Gauge)), [{"asset_id": at, "range_mm": at % 7} for at in numbers])
        connection.execute(insert(table_of(AssetTag)), [{"asset_id": at, "tag_id": 1} for at in numbers])
        connection.execute(
            insert(table_of(GaugeReading)), [{"gauge_id": at, "name": "Zero", "value": at} for at in numbers]
        )
        connection.execute(insert(table_of(SearchEntry)), entries)


def costs(shop: Shop) -> dict[str, int]:
    """Return how many statements each thing that people do takes."""
    readings = shop.catalog["gauge_readings"]

    def listed(text: str = "", **how: Any) -> Callable[[Session], Any]:
        query = ListQuery(filter=parse_filter(text, GAUGES), **how)
        return lambda session: records.page(session, GAUGES, query)

    with shop.reading() as session:
        first = records.page(session, GAUGES, ListQuery(limit=5))
        by_seen = ListQuery(sort=SortKey("last_seen", descending=True), limit=5)
        unseen = records.page(session, GAUGES, by_seen)
        known = session.scalar(select(Asset.id).where(Asset.asset_number == "N-105")) or 0
    reads: dict[str, Callable[[Session], Any]] = {
        "first page": listed(),
        "next page": listed(limit=5, after=first.after),
        "page behind missing values": lambda session: records.page(
            session, GAUGES, replace(by_seen, after=unseen.after)
        ),
        "page by a link": listed(sort=SortKey("location")),
        "page by offset": lambda session: records.page(session, GAUGES, ListQuery(limit=2), offset=3),
        "page of words": listed("dial 1"),
        "page of a linked label": listed("location:bay"),
        "page of two linked labels and a tag": listed("location:bay -maker:x tags:lab"),
        "page of a tab": lambda session: records.page(session, readings, ListQuery()),
        "all ids": lambda session: records.ids(session, GAUGES, ListQuery()),
        "count": lambda session: records.count(session, GAUGES, ListQuery()),
        "one record": lambda session: records.get(session, GAUGES, known),
        "one record by its number": lambda session: records.find(session, GAUGES, "N-105"),
        "search": lambda session: search.hits(session, "dial"),
        "search by two letters": lambda session: search.hits(session, "di"),
    }
    counted: dict[str, int] = {}
    for name, work in reads.items():
        with shop.reading() as session, counting(shop) as sent:
            work(session)
        counted[name] = len(sent)
    with counting(shop) as sent:
        made = create(shop, "gauges", name="Ring", location=Ref(None, "Bay 1"), tags=(Ref(1),))
    counted["create"] = len(sent)
    writes: dict[str, Callable[[Session], Any]] = {
        "change": lambda session: service.change(session, GAUGES, made.id, {"name": "Plug", "location": Ref(2)}),
        "save without a change": lambda session: service.change(session, GAUGES, made.id, {"name": "Plug"}),
        "delete": lambda session: service.remove(session, GAUGES, made.id),
    }
    for name, write in writes.items():
        with counting(shop) as sent:
            shop.write(ADA, write)
        counted[name] = len(sent)
    return counted


def test_everything_costs_the_same_in_a_shop_of_ten_and_of_ten_thousand(gauge_shop: Shop) -> None:
    with gauge_shop.engine.begin() as connection:
        connection.execute(insert(table_of(Location)), [{"id": at, "name": f"Bay {at}"} for at in (1, 2, 3)])
        connection.execute(insert(table_of(Tag)), [{"id": 1, "name": "lab"}])
    add_gauges(gauge_shop, 100, 110)
    small = costs(gauge_shop)
    add_gauges(gauge_shop, 1000, 11_000)
    assert costs(gauge_shop) == small
    assert json.loads(BASELINE.read_text()) == small, json.dumps(small, indent=2)
