from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopdb.store.dump import cells

VALUES = (
    st.none()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.lists(VALUES))
@example([b"", "", None, 0, "0", b"0", '{"base64": ""}', "\x00\n\u2028"])
def test_a_row_comes_back_as_it_was(row: list[object]) -> None:
    line = cells.line(row)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    found = cells.values(line)
    assert found == row
    assert [type(value) for value in found] == [type(value) for value in row]


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_a_number_that_json_has_no_word_for_comes_back(value: float) -> None:
    assert cells.values(cells.line([cells.real(value)])) == [value]


@given(st.decimals(places=3, min_value=-(10**7), max_value=10**7))
def test_a_decimal_is_told_alike_whether_the_driver_gives_a_float_or_a_decimal(value: Decimal) -> None:
    by_sqlite = cells.line([cells.decimal(3)(float(value))])
    by_mariadb = cells.line([abs(value) if value.is_zero() else value])
    assert by_sqlite == by_mariadb


@pytest.mark.parametrize(
    ("places", "value", "told"),
    [
        (2, 5, "5.00"),
        (3, -0.0004, "0.000"),
        (3, -0.0, "0.000"),
        (0, 7.0, "7"),
        (None, 0.1, "0.1"),
        (None, 10**20, "100000000000000000000"),
        (2, None, None),
        (2, "n/a", "n/a"),
    ],
)
def test_what_sqlite_keeps_of_a_decimal_is_told_with_its_places(
    places: int | None, value: object, told: object
) -> None:
    assert cells.decimal(places)(value) == told


def test_moments_and_days_of_both_drivers_are_told_alike() -> None:
    assert cells.line([datetime(2026, 1, 2, 3, 4, 5), date(2026, 1, 2)]) == cells.line(  # noqa: DTZ001 as PyMySQL does
        ["2026-01-02 03:04:05.000000", "2026-01-02"]
    )
    assert cells.moment("2026-01-02 03:04:05") == "2026-01-02 03:04:05.000000"
    assert cells.moment("2026-01-02T05:04:05.5+02:00") == "2026-01-02 03:04:05.500000"
    assert cells.moment("soon") == "soon"
    assert cells.moment(None) is None
    assert datetime.fromisoformat(cells.moment("2026-01-02 03:04:05.000007")).replace(tzinfo=UTC).microsecond == 7


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999), "23:59:59.999999"),
        (timedelta(), "00:00:00.000000"),
        (timedelta(hours=838), "838:00:00.000000"),
        (-timedelta(minutes=90, microseconds=1), "-01:30:00.000001"),
    ],
)
def test_times_are_told_as_all_engines_take_them(value: timedelta, told: str) -> None:
    assert cells.values(cells.line([value])) == [told]


@given(st.binary() | st.text().map(str.encode) | st.lists(VALUES).map(cells.line).map(lambda line: line[:-2]))
@example(b"{}")
@example(b"[true]")
@example(b"[[1]]")
@example(b'[{"base64": "?"}]')
@example(b'[{"base64": 1}]')
@example(b'[{"base64": "", "real": ""}]')
@example(b'[{"eval": "x"}]')
@example(b'[{"real": "x"}]')
@example(b"[" * 100_000)
def test_what_is_no_row_is_a_value_error(raw: bytes) -> None:
    try:
        found = cells.values(raw)
    except ValueError:
        return
    assert all(isinstance(value, int | float | str | bytes | None) for value in found)
