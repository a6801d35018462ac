from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.filters import parse_filter
from shopdb.domain.kinds import Ref
from shopdb.services import records
from shopdb.tui.completion import FilterCompletion

ADA = Origin("ada", "terminal")
Offer = Callable[[str], list[str]]


@pytest.fixture
def offer(shop: Shop) -> Offer:
    """Return the lines that could come of a line with the cursor at its end."""

    def read(work: Callable[[Session], Any]) -> Any:
        with shop.reading() as session:
            return work(session)

    complete = FilterCompletion(read, shop.catalog, shop.catalog["computers"])
    return lambda text: [text[: one.start] + one.text for one in complete(text, len(text))]


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values)).id


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("loc", "location:"),
        ("os:x -loc", "os:x -location:"),
        ("seen", "last_seen<"),
        ("kind:insp", "kind:inspection"),
        ("kind:cmm,heat", "kind:cmm,heat_treat"),
        ("last_seen<", "last_seen<7d"),
        ("notes:no", "notes:none"),
        ('name:"a b" kind:heat', 'name:"a b" kind:heat_treat'),
    ],
)
def test_the_language_completes_itself(offer: Offer, typed: str, wanted: str) -> None:
    assert wanted in offer(typed)


@pytest.mark.parametrize("typed", ["", "name:x ", "nonsense:", 'name:"a ', "mapx:zzz", '-"', ":", "\\"])
def test_nothing_is_offered_where_nothing_is_known(offer: Offer, typed: str) -> None:
    assert offer(typed) == []


def test_links_are_offered_by_their_labels_so_that_the_filter_finds_them(offer: Offer, shop: Shop) -> None:
    bay = create(shop, "locations", name='Bay "3", left')
    pc = create(shop, "computers", name="WS-1", location=Ref(bay))
    (line,) = offer("location:bay")
    wanted = parse_filter(line, shop.catalog["computers"])
    assert wanted.conditions[0].values == (Ref(None, 'Bay "3", left'),)
    assert pc
    assert offer(line) == []
