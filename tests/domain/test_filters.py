import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.domain.filters import EVERYTHING, Age, Condition, Filter, FromToday, parse_filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.exceptions import FilterSyntaxError, UnknownFieldError
from tests.domain.described import GAUGES, HOSTILE_TEXTS

NAMES = st.sampled_from([*GAUGES.fields_by_name, "colour"])
OPERATORS = st.sampled_from([":", "=", "!=", "<", "<=", ">", ">=", ""])
VALUES = st.sampled_from(["none", "any", "7d", "#3", "yes", "2026-01-31", "1,5", '"a b"', '"', "\\", ",", "-"])
TERMS = st.tuples(st.sampled_from(["", "-"]), NAMES, OPERATORS, VALUES | HOSTILE_TEXTS).map("".join)


def only(text: str) -> Condition:
    found = parse_filter(text, GAUGES)
    assert len(found.conditions) == 1
    assert not found.words + found.unwanted
    return found.conditions[0]


def refusal(text: str) -> FilterSyntaxError:
    with pytest.raises(FilterSyntaxError) as refused:
        parse_filter(text, GAUGES)
    return refused.value


@given(st.lists(TERMS | HOSTILE_TEXTS, max_size=6).map(" ".join))
def test_any_text_is_a_filter_or_refused_with_its_place(text: str) -> None:
    column = 1
    try:
        found = parse_filter(text, GAUGES)
    except FilterSyntaxError as refused:
        column = refused.column
        str(refused).encode()
    except UnknownFieldError as unknown:
        str(unknown).encode()
    else:
        assert found == parse_filter(found.text, GAUGES)
        for one in found.conditions:
            assert one.values or one.operator in ("empty", "filled")
    assert 1 <= column <= len(text) + 1


@pytest.mark.parametrize(
    "text",
    ['"' * 2000, '\\"' * 1000, '"\\' * 1000, 'a"' * 1000, "name:" + '""' * 900, "-" * 2000, "a:" * 1000, "," * 2000],
    ids=str.split,
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    with suppress(FilterSyntaxError, UnknownFieldError):
        parse_filter(text, GAUGES)
    assert time.process_time() - began < 1


def test_nothing_typed_filters_nothing() -> None:
    assert parse_filter("  ", GAUGES) == EVERYTHING
    assert not EVERYTHING


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("name:bay", Condition("name", "contains", ("bay",))),
        ("name=bay", Condition("name", "equals", ("bay",))),
        ("name!=bay", Condition("name", "differs", ("bay",))),
        ("-name:bay", Condition("name", "contains", ("bay",), negated=True)),
        ("name:a,b", Condition("name", "contains", ("a", "b"))),
        ('name:a,"b, c",', Condition("name", "contains", ("a", "b, c"))),
        ('name:win"dows 10"', Condition("name", "contains", ("windows 10",))),
        ('name:"say \\"hi\\" \\\\ there"', Condition("name", "contains", ('say "hi" \\ there',))),
        ("name:Cafe\u0301", Condition("name", "contains", ("Café",))),
        ("name<m", Condition("name", "below", ("m",))),
        ("uses>=3", Condition("uses", "at_least", (3,))),
        ("uses<=3", Condition("uses", "at_most", (3,))),
        ("uses:3,4", Condition("uses", "equals", (3, 4))),
        ("price>0.5", Condition("price", "above", (Decimal("0.50"),))),
        ("price:1,5", Condition("price", "equals", (Decimal("1.00"), Decimal("5.00")))),
        ('price:"1,5"', Condition("price", "equals", (Decimal("1.50"),))),
        ("in_use:yes", Condition("in_use", "equals", (True,))),
        ("bought_on<2026-01-31", Condition("bought_on", "below", (date(2026, 1, 31),))),
        ("last_seen>2026-01-31T10:00Z", Condition("last_seen", "above", (datetime(2026, 1, 31, 10, tzinfo=UTC),))),
        ("state:retired", Condition("state", "equals", ("Retired",))),
        ("location:bay", Condition("location", "contains", (Ref(None, "bay"),))),
        ("location=#3", Condition("location", "equals", (Ref(3),))),
        ("location:#3,#4", Condition("location", "contains", (Ref(3), Ref(4)))),
        ('location:"#3"', Condition("location", "contains", (Ref(None, "#3"),))),
        ("-tags:lab", Condition("tags", "contains", (Ref(None, "lab"),), negated=True)),
        ("location:none", Condition("location", "empty")),
        ("notes:ANY", Condition("notes", "filled")),
        ("-notes:none", Condition("notes", "empty", negated=True)),
        ('notes:"none"', Condition("notes", "contains", ("none",))),
        ("notes=none", Condition("notes", "equals", ("none",))),
        ("ip:10.0", Condition("ip", "contains", ("10.0",))),
        ("mac:00-1A-2b", Condition("mac", "contains", ("00:1A:2b",))),
        ("mac=001A2B3C4D5E", Condition("mac", "equals", ("00:1a:2b:3c:4d:5e",))),
    ],
)
def test_a_term_says_what_a_field_must_be(text: str, condition: Condition) -> None:
    assert only(text) == condition


@pytest.mark.parametrize(
    ("text", "days"), [("bought_on<today", 0), ("bought_on<=Today+30d", 30), ("bought_on>today-2w", -14)]
)
def test_a_day_counted_from_today_stays_so_tomorrow(text: str, days: int) -> None:
    assert only(text).values == (FromToday(timedelta(days=days)),)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("last_seen<7d", timedelta(days=7)),
        ("last_seen>=90m", timedelta(minutes=90)),
        ("last_seen>2h", timedelta(hours=2)),
        ("last_seen<=99999w", timedelta(weeks=99999)),
    ],
)
def test_a_span_is_an_age_that_stays_true_tomorrow(text: str, span: timedelta) -> None:
    assert only(text).values == (Age(span),)


@pytest.mark.parametrize(
    ("text", "words", "unwanted"),
    [
        ("one two", ("one", "two"), ()),
        ("Bolt,M8 -old", ("Bolt,M8",), ("old",)),
        ('"two words" -"not these"', ("two words",), ("not these",)),
        ("00:1a:2b 10.0.0.1 WS-CMM1 -", ("00:1a:2b", "10.0.0.1", "WS-CMM1"), ()),
    ],
)
def test_what_names_no_field_is_looked_for_in_all_of_them(
    text: str, words: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    if text.endswith(" -"):
        assert refusal(text).column == len(text)
        text = text.removesuffix(" -")
    assert parse_filter(text, GAUGES) == Filter((), words, unwanted, text)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ('name:bay "open', 10, "quotation mark"),
        ('name:"open', 6, "quotation mark"),
        ("uses:many", 6, "uses 'many' is not a whole number"),
        ("  uses<x", 8, "not a whole number"),
        ("name:", 6, "needs a value"),
        ('name:"" x', 8, "needs a value"),
        ("name:,", 7, "needs a value"),
        ("in_use<yes", 7, "in_use has no order"),
        ("location<bay", 9, "location has no order"),
        ("last_seen:7d", 11, "last_seen<7d"),
        ("name:a -", 8, "minus"),
        ("name:a\ud800b", 7, "no text holds"),
        ("a\0b", 2, "no text holds"),
        ("x" * 2001, 2000, "at most 2000"),
        ("e" + "\u0301" * 40, 1, "accents"),
        ("name=" + "x" * 41, 6, "at most 40"),
        ("state:lost", 7, "is not one of in_use, spare, Retired"),
    ],
)
def test_a_refusal_says_where_and_why(text: str, column: int, reason: str) -> None:
    refused = refusal(text)
    assert refused.column == column
    assert reason in str(refused)


@pytest.mark.parametrize(("text", "nearest"), [("nmae:x", "name"), ("colour:red", "location"), ("settings:x", "state")])
def test_a_field_that_cannot_be_filtered_by_is_met_with_those_that_can(text: str, nearest: str) -> None:
    with pytest.raises(UnknownFieldError, match=nearest):
        parse_filter(text, GAUGES)


@given(st.sampled_from([one for one in GAUGES.fields if one.kind not in (Kind.POSITION, Kind.JSON)]))
def test_every_field_can_be_asked_whether_it_is_empty(field: Any) -> None:
    assert only(f"{field.name}:none").operator == "empty"
    assert only(f"-{field.name}:any") == Condition(field.name, "filled", negated=True)
