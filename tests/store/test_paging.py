"""Lists in every order, page by page, on both engines."""

import base64
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopdb.boot import Shop
from shopdb.domain.filters import parse_filter
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery, Record, SortKey, parse_sort
from shopdb.domain.resource import UNSORTABLE, Resource
from shopdb.exceptions import CursorRefusedError, RecordNotFoundError
from shopdb.services import records as service
from shopdb.store import records
from tests.gauges import ADA, GAUGES, READINGS
from tests.store.gauge_rows import COUNT

EVERY_ORDER = [
    SortKey(field.name, descending)
    for field in GAUGES.fields
    if field.kind not in UNSORTABLE
    for descending in (False, True)
]


def pages(shop: Shop, resource: Resource, query: ListQuery, *, backwards: bool = False) -> list[list[Record]]:
    """Turn all pages and return their rows."""
    turned: list[list[Record]] = []
    with shop.reading() as session:
        while True:
            page = records.page(session, resource, query, backwards=backwards)
            turned.append(list(page.rows))
            following = page.before if backwards else page.after
            if following is None:
                return turned
            assert len(turned) < 100, "the pages never end"
            query = replace(query, after=following)


def in_order(rows: list[Record], sort: SortKey) -> list[int]:
    """Return the ids as they must come, worked out without SQL."""

    def key(row: Record) -> Any:
        value = row.values[sort.field]
        value = value.label if isinstance(value, Ref) else value
        return value is not None, (value.casefold() if isinstance(value, str) else value) or 0, row.id

    return [row.id for row in sorted(rows, key=key, reverse=sort.descending)]


def test_every_order_comes_whole_page_by_page_in_both_directions(filled: Shop) -> None:
    with filled.reading() as session:
        everything = records.full_rows(session, GAUGES, records.ids(session, GAUGES, ListQuery()))
    assert len(everything) == COUNT
    for sort in EVERY_ORDER:
        # How "Ä" is sorted is the engine's own business; that nothing is lost is checked with it below.
        plain = [
            row for row in everything if str(getattr(row.values[sort.field], "label", row.values[sort.field])).isascii()
        ]
        query = ListQuery(sort=sort, limit=7)
        with filled.reading() as session:
            wanted = list(records.ids(session, GAUGES, query))
        known = {row.id for row in plain}
        assert [record_id for record_id in wanted if record_id in known] == in_order(plain, sort), sort
        forwards = pages(filled, GAUGES, query)
        assert [row.id for rows in forwards for row in rows] == wanted, sort
        assert {len(rows) for rows in forwards[:-1]} == {7}
        backwards = pages(filled, GAUGES, query, backwards=True)
        assert [row.id for rows in reversed(backwards) for row in rows] == wanted, sort


def test_a_page_leads_to_the_pages_on_both_sides(filled: Shop) -> None:
    query = ListQuery(sort=SortKey("maker", descending=True), limit=10)
    with filled.reading() as session:
        first = records.page(session, GAUGES, query)
        second = records.page(session, GAUGES, replace(query, after=first.after))
        again = records.page(session, GAUGES, replace(query, after=second.before), backwards=True)
        last = records.page(session, GAUGES, query, backwards=True)
        jumped = records.page(session, GAUGES, query, offset=10)
    assert (first.before, last.after) == (None, None)
    assert again == first
    assert jumped == second


def test_a_cursor_can_be_made_of_any_row_that_shows_what_it_is_sorted_by(filled: Shop) -> None:
    for sort in EVERY_ORDER:
        query = ListQuery(sort=sort, limit=5)
        with filled.reading() as session:
            ids = list(records.ids(session, GAUGES, query))
            shown = records.rows(session, GAUGES, ids[10:11], also=(sort.field,))[0]
            page = records.page(session, GAUGES, replace(query, after=records.cursor(GAUGES, query, shown)))
        assert [row.id for row in page.rows] == ids[11:16], sort


def test_a_cursor_stands_where_it_stood_whatever_comes_and_goes(filled: Shop) -> None:
    query = ListQuery(sort=SortKey("name"), limit=10)
    with filled.reading() as session:
        before = list(records.ids(session, GAUGES, query))
        page = records.page(session, GAUGES, query)
    filled.write(ADA, lambda session: service.remove(session, GAUGES, before[9]))
    filled.write(ADA, lambda session: service.remove(session, GAUGES, before[3]))
    filled.write(ADA, lambda session: service.create(session, GAUGES, {"name": "a new one before all"}))
    with filled.reading() as session:
        following = records.page(session, GAUGES, replace(query, after=page.after))
    assert [row.id for row in following.rows] == before[10:20]


def test_lists_of_children_page_like_any_other(filled: Shop) -> None:
    for sort in ("", "-value", "gauge"):
        query = ListQuery(sort=parse_sort(sort, READINGS), limit=3, filter=parse_filter("value>=400", READINGS))
        with filled.reading() as session:
            wanted = list(records.ids(session, READINGS, query))
        assert [row.id for rows in pages(filled, READINGS, query) for row in rows] == wanted
        assert len(wanted) == 10


def test_a_list_is_counted_as_far_as_asked(filled: Shop) -> None:
    with filled.reading() as session:
        query = ListQuery(filter=parse_filter("is_digital:yes", GAUGES))
        assert records.count(session, GAUGES, query) == COUNT // 2
        assert records.count(session, GAUGES, query, at_most=5) == 5
        assert records.count(session, GAUGES, ListQuery(filter=parse_filter("name:nothing", GAUGES))) == 0


def test_a_page_has_at_least_one_row_and_at_most_a_thousand(filled: Shop) -> None:
    with filled.reading() as session:
        for limit, rows in ((0, 1), (-5, 1), (1, 1), (10**30, COUNT)):
            assert len(records.page(session, GAUGES, ListQuery(limit=limit)).rows) == rows


def test_beyond_the_end_there_is_nothing(filled: Shop) -> None:
    with filled.reading() as session:
        page = records.page(session, GAUGES, ListQuery(), offset=COUNT)
        assert (page.rows, page.after, page.before) == ((), None, None)
        for record_id in (0, -1, 2**63, 10**30, COUNT + 10**6):
            with pytest.raises(RecordNotFoundError):
                records.get(session, GAUGES, record_id)


def coded(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def hostile_cursors(order: str) -> st.SearchStrategy[str]:
    numbers = st.integers(-(2**63), 2**64 - 1) | st.floats()
    values = st.none() | st.booleans() | numbers | st.text(max_size=10) | st.lists(st.none()) | st.datetimes().map(str)
    ids = st.integers(1, 99) | st.integers(-1, 2**64 - 1) | st.none() | st.text(max_size=3)
    return (
        st.text(max_size=30)
        | st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
        | st.builds(coded, st.just(order) | st.none() | st.text(max_size=5), ids, values)
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
@given(st.data())
def test_a_cursor_from_anywhere_is_a_place_or_refused(gauge_shop: Shop, data: st.DataObject) -> None:
    sort = data.draw(st.sampled_from(EVERY_ORDER))
    order = f"-{sort.field}" if sort.descending else sort.field
    cursor = data.draw(hostile_cursors(order))
    with gauge_shop.reading() as session, suppress(CursorRefusedError):
        records.page(session, GAUGES, ListQuery(sort=sort, after=cursor or "x"))


def test_a_cursor_of_another_order_is_refused(filled: Shop) -> None:
    with filled.reading() as session:
        page = records.page(session, GAUGES, ListQuery(sort=SortKey("name"), limit=2))
        for sort in (SortKey("name", descending=True), SortKey("uses")):
            with pytest.raises(CursorRefusedError):
                records.page(session, GAUGES, ListQuery(sort=sort, after=page.after))
