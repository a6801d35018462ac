"""What cells of a list hold, and what is told of those that hold nothing of use."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shopdb.boot import Shop
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field
from shopdb.exceptions import SheetRefusedError, ValueRefusedError
from shopdb.services.lists.cells import value_of
from shopdb.services.lists.sheet import read_sheet
from tests.services.lists import created, imported, listed, told

DAY = Field("day", "Day", kind=Kind.DATE)
MOMENT = Field("moment", "Moment", kind=Kind.MOMENT)
LENGTH = Field("length", "Length", kind=Kind.DECIMAL, precision=12, scale=3)


@pytest.mark.parametrize("text", ["2026-12-31", "31.12.2026", " 31.12.2026 "])
def test_a_day_is_written_by_year_or_by_day(text: str) -> None:
    assert value_of(text, DAY) == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["2026-02-01T08:30", "1.2.2026 8:30", "01.02.2026T08:30:00"])
def test_a_moment_is_written_in_the_same_two_ways(text: str) -> None:
    assert value_of(text, MOMENT) == datetime(2026, 2, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["12/31/2026", "1/2/26", "2026/12/31"])
def test_a_day_that_could_be_two_is_refused_with_the_ways_that_do(text: str) -> None:
    with pytest.raises(ValueRefusedError, match=r"2026-12-31 or 31\.12\.2026"):
        value_of(text, DAY)


@pytest.mark.parametrize("text", ["31.2.2026", "31.13.2026", "soon"])
def test_a_day_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="is not a date"):
        value_of(text, DAY)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,299", "1.299"),
        ("1.299,50", "1299.5"),
        ("1299", "1299"),
        ("-0,5", "-0.5"),
        ("1.5", "1.5"),
        ("0.125", "0.125"),
    ],
)
def test_a_comma_is_a_decimal_one_where_semicolons_part_cells(text: str, number: str) -> None:
    assert value_of(text, LENGTH, decimal_comma=True) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "decimal_comma", "ways_out"),
    [("1.299", True, "write 1299, or 1,2990"), ("1.299.000", True, "write 1299000"), ("1,299", False, "with a point")],
)
def test_a_number_that_could_be_two_is_refused(text: str, decimal_comma: bool, ways_out: str) -> None:
    with pytest.raises(ValueRefusedError, match=ways_out):
        value_of(text, LENGTH, decimal_comma=decimal_comma)


def test_all_that_is_wrong_with_a_row_is_told_at_once_by_the_headings_of_its_columns(shop: Shop) -> None:
    text = "Nr,Name,Purchased on,Where,Model,Warranty until\nA-1,X,soon,Attic,VF-9,2026-01-02\n"
    said = [("Nr", "asset_number"), ("Where", "location")]
    assert sorted(told(imported(shop, "assets", text, mapped=said))) == [
        "Model: there is no model VF-9; --add-missing makes VF-9",
        "Purchased on: 'soon' is not a date like 2026-01-31",
        "Where: there is no location Attic; --add-missing makes Attic",
    ]
    assert told(imported(shop, "assets", text, mapped=said, adding=True)) == [
        "Purchased on: 'soon' is not a date like 2026-01-31"
    ]
    created(shop, "assets", name="X", asset_number="A-1")
    assert len(told(imported(shop, "assets", text, mapped=said))) == 3
    assert told(imported(shop, "assets", "Number,Name,Purchased on\nA-2,,soon\n")) == [
        "Purchased on: 'soon' is not a date like 2026-01-31",
        "Name: is required",
    ]


def test_what_cannot_be_made_by_its_name_alone_is_told_under_its_column(shop: Shop) -> None:
    (why,) = told(imported(shop, "assets", "Name,Status\nX,resting\n", adding=True))
    assert why.startswith("Status: resting cannot be made by its name alone (status_class ")


def test_two_of_one_name_are_told_apart_by_their_ids(shop: Shop) -> None:
    first, second = (created(shop, "people", name="Änne Weiß") for _ in range(2))
    (why,) = told(imported(shop, "assets", "Name,Owner\nX,Änne Weiß\n", adding=True))
    assert f"such as #{first.id} or #{second.id}" in why
    imported(shop, "assets", f"Name,Owner\nX,#{second.id}\n", adding=True)
    (made,) = listed(shop, "assets", f"owner:#{second.id}")
    assert made.label == "X"
    assert told(imported(shop, "assets", "Name,Owner\nY,#999999\n", adding=True)) == [
        "Owner: there is no person #999999"
    ]


@pytest.mark.parametrize("beginning", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_told_from_a_list(beginning: bytes) -> None:
    with pytest.raises(SheetRefusedError, match="it is a workbook; save the sheet as CSV"):
        read_sheet(beginning + b"\0\1\2")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_of_two_bytes_a_letter_is_read_by_its_mark(encoding: str) -> None:
    sheet = read_sheet("\ufeffName;Größe\nX;1\n".encode(encoding))
    assert sheet.headings == ("Name", "Größe")
    with pytest.raises(SheetRefusedError, match="utf-16"):
        read_sheet(b"\xff\xfea")
