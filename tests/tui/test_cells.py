from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.resource import Field
from shopdb.exceptions import ValueRefusedError
from shopdb.tui import cells

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


def field(kind: Kind, **more: Any) -> Field:
    return Field("it", "It", kind=kind, **more)


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=30), "now"),
        (timedelta(minutes=2, seconds=50), "2 min"),
        (timedelta(hours=1, minutes=59), "1 h"),
        (timedelta(days=9), "9 d"),
        (timedelta(days=800), "2 y"),
        (-timedelta(days=3), "in 3 d"),
    ],
)
def test_a_moment_in_a_list_is_an_age(ago: timedelta, told: str) -> None:
    assert cells.cell(NOW - ago, field(Kind.MOMENT), NOW) == told


def test_a_moment_in_a_record_is_told_in_the_zone_of_the_site() -> None:
    assert cells.whole(NOW, field(Kind.MOMENT), CHICAGO) == "2026-11-23 06:00:00"


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (None, Kind.TEXT, "\u2013"),
        ((), Kind.LINKS, "\u2013"),
        (False, Kind.FLAG, "no"),
        (0, Kind.INTEGER, "0"),
        (Decimal("12.50"), Kind.DECIMAL, "12.50"),
        ("heat_treat", Kind.CHOICE, "heat treat"),
        (Ref(3, "Bay; 3"), Kind.LINK, "Bay; 3"),
        ((Ref(3, "CMM-1"), Ref(4, "CMM-2")), Kind.LINKS, "CMM-1, CMM-2"),
        ("x" * 10_000, Kind.LONG_TEXT, "x" * 200),
    ],
)
def test_a_value_in_a_list(value: Any, kind: Kind, told: str) -> None:
    assert cells.cell(value, field(kind, choices=("heat_treat",)), NOW) == told


def test_a_typed_moment_is_in_the_zone_of_the_site() -> None:
    moment = field(Kind.MOMENT)
    assert cells.read("2026-11-23 06:00", moment, CHICAGO) == NOW
    assert cells.read("2026-11-23T12:00Z", moment, CHICAGO) == NOW
    assert cells.read(" ", moment, CHICAGO) is None
    assert cells.typed(NOW.astimezone(timezone(timedelta(hours=3))), moment, CHICAGO) == "2026-11-23 06:00"
    with pytest.raises(ValueRefusedError, match="2026-01-31 14:00"):
        cells.read("tomorrow", moment, CHICAGO)


def test_what_is_typed_for_a_value_reads_as_that_value() -> None:
    for value, kind in ((True, Kind.FLAG), (Decimal("0.5"), Kind.DECIMAL), ({"a": [1, None]}, Kind.JSON)):
        described = field(kind)
        assert cells.read(cells.typed(value, described, UTC), described, UTC) == value
