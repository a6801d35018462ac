import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopdb.domain.kinds import CODECS, Kind, Ref, value_from_json, value_from_text, value_to_json, value_to_text
from shopdb.domain.resource import Field
from shopdb.exceptions import ValueRefusedError
from tests.domain.described import EVERY_FIELD, GAUGES, HOSTILE_TEXTS, HOSTILE_VALUES

PLAIN_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me"], exclude_characters="\0"))


def read(field: str, text: str) -> Any:
    return value_from_text(text, GAUGES.field(field))


def reason(field: str, raw: Any) -> str:
    with pytest.raises(ValueRefusedError) as refused:
        value_from_json(raw, GAUGES.field(field))
    return refused.value.reason


def test_every_kind_has_a_codec_and_the_gauge_has_every_kind() -> None:
    assert set(CODECS) == set(Kind) == {field.kind for field in GAUGES.fields}


@given(EVERY_FIELD, HOSTILE_TEXTS)
@example(GAUGES.field("tags"), ";")
def test_whatever_is_typed_is_a_value_or_refused_and_a_value_reads_back_from_its_own_text(
    field: Field, text: str
) -> None:
    try:
        value = value_from_text(text, field)
    except ValueRefusedError as refused:
        refused.reason.encode()
        return
    assert value_from_text(value_to_text(value, field), field) == value
    assert value_from_json(value_to_json(value, field), field) == value


@given(EVERY_FIELD, HOSTILE_VALUES)
@example(GAUGES.field("place"), {"x": 10**400, "y": 0})
@example(GAUGES.field("settings"), {1: 2})
@example(GAUGES.field("bought_on"), date(999, 1, 1))
def test_whatever_is_sent_is_a_value_or_refused_and_a_value_reads_back_from_its_own_json(
    field: Field, raw: Any
) -> None:
    try:
        value = value_from_json(raw, field)
    except ValueRefusedError as refused:
        refused.reason.encode()
        return
    assert value_from_json(value, field) == value, "a decoded value stays what it is"
    assert value_from_json(value_to_json(value, field), field) == value


@given(
    st.fixed_dictionaries(
        {
            "notes": PLAIN_TEXTS,
            "uses": st.integers(-(2**63), 2**63 - 1),
            "price": st.decimals("-9999999999.99", "9999999999.99", places=2),
            "exact": st.decimals(-(10**30), 10**30, places=30),
            "in_use": st.booleans(),
            "bought_on": st.dates(min_value=date(1000, 1, 1)),
            "checked_at": st.datetimes(min_value=datetime(1000, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
            "state": st.sampled_from(GAUGES.field("state").choices),
            "location": st.builds(Ref, st.none(), PLAIN_TEXTS.filter(str.strip)),
            "tags": st.lists(PLAIN_TEXTS.filter(str.strip), min_size=1, max_size=5),
            "ip": st.ip_addresses().map(str),
            "place": st.fixed_dictionaries({"x": st.floats(-(2**60), 2**60), "y": st.floats(-(2**60), 2**60)}),
            "settings": st.recursive(
                st.booleans()
                | st.integers(-(2**53), 2**53)
                | st.floats(allow_nan=False, allow_infinity=False)
                | PLAIN_TEXTS,
                lambda inner: st.lists(inner) | st.dictionaries(PLAIN_TEXTS, inner),
            ),
        }
    )
)
def test_what_a_record_holds_survives_csv_and_rest(values: dict[str, Any]) -> None:
    values["tags"] = tuple(Ref(None, label) for label in values["tags"])
    for name, held in values.items():
        field = GAUGES.field(name)
        value = value_from_json(held, field)
        assert value_from_text(value_to_text(value, field), field) == value
        assert value_from_json(value_to_json(value, field), field) == value


@given(EVERY_FIELD, st.sampled_from(["", " ", "\t\n", "\u2003"]))
def test_blank_is_nothing_in_every_kind(field: Field, blank: str) -> None:
    assert value_from_text(blank, field) is None
    assert value_from_json(blank, field) is None
    assert value_from_json(None, field) is None
    assert value_to_text(None, field) == ""
    assert value_to_json(None, field) is None


def test_text_is_composed_and_trimmed() -> None:
    assert read("name", "  Cafe\u0301 ") == "Café"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 41, "41 characters long, at most 40"),
        ("a\0b", "NUL"),
        ("\ud800", "lone surrogate"),
        ("e" + "\u0301\u0316" * 30, "more than 30 accents"),
    ],
    ids=["long", "NUL", "half", "accents"],
)
def test_a_text_that_cannot_be_kept_says_why(text: str, why: str) -> None:
    assert why in reason("name", text)


@pytest.mark.parametrize(
    "text",
    ["e" + "\u0315\u0316" * 32_000, "1e999999999", "9" * 1_000_000, "[" * 1_000_000],
    ids=["accents", "exponent", "digits", "brackets"],
)
def test_no_value_takes_long_to_refuse(text: str) -> None:
    for field in GAUGES.fields:
        began = time.process_time()
        with suppress(ValueRefusedError):
            value_from_text(text, field)
        assert time.process_time() - began < 1, field.name


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", "12.00"), ("12,5", "12.50"), ("12.5", "12.50"), ("0,125", "0.12"), ("-,5", "-0.50"), ("1e3", "1000.00")],
)
def test_a_decimal_may_be_written_with_a_comma(text: str, number: str) -> None:
    assert str(read("price", text)) == number


@pytest.mark.parametrize("text", ["1,234", "12,345", "1,234,567", "-1,234"])
def test_a_comma_that_could_part_thousands_is_not_guessed_at(text: str) -> None:
    assert "thousands" in reason("price", text)


@pytest.mark.parametrize("text", ["1,234.5", "1.234,5", "1.2.3", "1 000", "1_000", "", "-", "ten", "0x10", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError):
        CODECS[Kind.DECIMAL].from_text(text, GAUGES.field("price"))


@pytest.mark.parametrize("raw", ["9999999999.995", 10**10, Decimal("-1E+20"), 1e300])
def test_a_decimal_beyond_its_column_is_refused_after_rounding(raw: Any) -> None:
    assert "between -10000000000 and 10000000000" in reason("price", raw)


def test_a_decimal_keeps_every_digit_of_its_column_and_zero_has_no_sign() -> None:
    digits = "1234567890123456789012345.123456789012345678901234567891"
    assert str(read("exact", digits)) == digits
    assert str(read("price", "-0.001")) == "0.00"


@pytest.mark.parametrize("raw", [True, 1.5, float("nan"), float("inf"), 2**63, -(2**63) - 1, "1e3", "1_0", [], {}])
def test_an_integer_is_a_whole_number_that_fits(raw: Any) -> None:
    reason("uses", raw)


def test_an_integer_fits_its_own_column() -> None:
    assert read("small", "2147483647") == 2**31 - 1
    assert "between -2147483648 and 2147483647" in reason("small", 2**31)
    assert value_from_json(3.0, GAUGES.field("small")) == 3


def test_an_integer_that_is_no_amount_is_read_and_written_as_its_word() -> None:
    level = Field("level", "Level", kind=Kind.INTEGER, words=((-2, "unknown"), (-3, "some left")))
    assert [value_to_text(value, level) for value in (-3, -2, -1, 0, None)] == ["some left", "unknown", "-1", "0", ""]
    assert [value_from_text(text, level) for text in (" Some Left", "unknown", "-2", "12")] == [-3, -2, -2, 12]
    assert value_to_json(-2, level) == -2


@pytest.mark.parametrize(("raw", "truth"), [("Yes", True), ("OFF", False), (1, True), (0, False), (" x ", True)])
def test_a_flag_is_read_from_what_people_write(raw: Any, truth: bool) -> None:
    assert value_from_json(raw, GAUGES.field("in_use")) is truth


@pytest.mark.parametrize("raw", ["maybe", 2, 1.0, [], {}])
def test_a_flag_is_nothing_but_yes_or_no(raw: Any) -> None:
    reason("in_use", raw)


def test_a_moment_is_kept_in_utc_to_the_microsecond() -> None:
    east = datetime(2026, 1, 31, 14, 0, 0, 123456, timezone(timedelta(hours=2)))
    assert value_from_json(east, GAUGES.field("checked_at")) == datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)
    assert read("checked_at", "2026-01-31T14:00+02:00") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert read("checked_at", "2026-01-31 14:00") == datetime(2026, 1, 31, 14, tzinfo=UTC)
    assert value_to_json(east, GAUGES.field("checked_at")) == "2026-01-31T12:00:00.123456Z"


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "0999-12-31", "yesterday", "2026-13-01"]
)
def test_a_moment_that_no_database_keeps_is_refused(text: str) -> None:
    reason("checked_at", text)


@pytest.mark.parametrize("text", ["0999-12-31", "31.01.2026", "2026-02-29", "2026-1-1"])
def test_a_date_that_no_calendar_has_is_refused(text: str) -> None:
    reason("bought_on", text)


def test_a_choice_is_known_in_any_case_and_with_blanks() -> None:
    assert read("state", "In Use") == "in_use"
    assert read("state", "RETIRED") == "Retired"
    assert "is not one of in_use, spare, Retired" in reason("state", "lost")


@pytest.mark.parametrize(
    ("raw", "ref"),
    [
        (3, Ref(3)),
        ("Bay 3", Ref(None, "Bay 3")),
        ({"id": 3}, Ref(3)),
        ({"id": 3, "label": "Bay 3"}, Ref(3, "Bay 3")),
        ({"label": " Bay 3 "}, Ref(None, "Bay 3")),
        ("#3", Ref(None, "#3")),
    ],
)
def test_a_link_is_an_id_or_a_label(raw: Any, ref: Ref) -> None:
    assert value_from_json(raw, GAUGES.field("location")) == ref


@pytest.mark.parametrize("raw", [0, -1, True, 2**63, 1.0, {}, {"id": "3"}, {"id": 0}, {"label": 3}, [3], "\ud800"])
def test_what_leads_to_no_record_is_no_link(raw: Any) -> None:
    reason("location", raw)


def test_links_are_parted_by_semicolons_that_quotes_can_hold_together() -> None:
    tags = (Ref(None, "a"), Ref(None, 'b;"c"'), Ref(None, "d, e"))
    text = value_to_text(tags, GAUGES.field("tags"))
    assert text == 'a; "b;""c"""; d, e'
    assert read("tags", text) == tags
    assert read("tags", "a; ;a;") == (Ref(None, "a"),)


def test_no_more_links_are_read_than_anybody_means() -> None:
    assert "at most 1000" in reason("tags", list(range(1, 1002)))


@pytest.mark.parametrize(
    ("text", "address"),
    [("010.0.0.1", None), (" 10.0.0.1 ", "10.0.0.1"), ("FE80:0::1%eth0", "fe80::1"), ("10.0.0.256", None), ("1", None)],
)
def test_an_ip_address_has_one_form(text: str, address: str | None) -> None:
    if address is None:
        reason("ip", text)
    else:
        assert read("ip", text) == address


@pytest.mark.parametrize("text", ["00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", "001A2B3C4D5E", "00:1a:2b:3c:4d:5e"])
def test_a_mac_address_has_one_form(text: str) -> None:
    assert read("mac", text) == "00:1a:2b:3c:4d:5e"


@pytest.mark.parametrize("raw", ["00:1a", "00:1a:2b:3c:4d:5g", 1234, "Ⅻ0:1a:2b:3c:4d:5e"])
def test_what_is_no_mac_address_is_refused(raw: Any) -> None:
    reason("mac", raw)


def test_a_position_is_read_with_points_or_with_commas_and_written_exactly() -> None:
    assert read("place", "120.5, 80") == {"x": 120.5, "y": 80.0}
    assert read("place", "120,5; 80") == {"x": 120.5, "y": 80.0}
    assert value_to_text({"x": 1234567.25, "y": 80.0}, GAUGES.field("place")) == "1234567.25, 80"


@pytest.mark.parametrize("raw", [{"x": "1", "y": 2}, {"x": True, "y": 2}, {"x": 1}, [1, 2], "1", "1,2,3", "a,b"])
def test_a_position_is_two_numbers(raw: Any) -> None:
    with pytest.raises(ValueRefusedError):
        (value_from_text if isinstance(raw, str) else value_from_json)(raw, GAUGES.field("place"))


@pytest.mark.parametrize(
    "text", ["{", "NaN", "[1e999]", '{"a":1,"a":2}', '["\\ud800"]', f"[{2**64}]", "[" * 300 + "]" * 300]
)
def test_a_document_that_readers_would_disagree_about_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError):
        read("settings", text)


def test_a_document_is_kept_apart_from_what_was_sent() -> None:
    sent = {"list": [1, 2]}
    kept = value_from_json(sent, GAUGES.field("settings"))
    sent["list"].append(3)
    assert kept == {"list": [1, 2]}


def test_a_number_too_long_to_be_written_down_is_refused_by_every_kind_that_is_no_document() -> None:
    for field in GAUGES.fields:
        reason(field.name, 10**5000)
