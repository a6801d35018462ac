import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.domain.cells import text_from_cell, text_to_cell, to_cell
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.resource import Field
from tests.tui.hostile import HOSTILE

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x")
HARMLESS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u061c\u200e\u200f")).filter(
    lambda text: not any("\u202a" <= one <= "\u202e" or "\u2066" <= one <= "\u2069" for one in text)
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert text_to_cell(text) == f"'{text}"


@given(HARMLESS | HARMLESS.map(lambda text: f"={text}") | HARMLESS.map(lambda text: f"''=\t{text}"))
def test_text_comes_back_from_its_cell_as_it_was(text: str) -> None:
    assert text_from_cell(text_to_cell(text)) == text


@given(st.text())
def test_no_text_acts_on_a_terminal_from_within_a_cell(text: str) -> None:
    acting = [one for one in text_to_cell(text) if ord(one) < 32 or 0x7F <= ord(one) < 0xA0]
    assert set(acting) <= {"\n", "\t"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_one_cell_of_one_row(text: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([text_to_cell(text.replace("\ud800", "")), "next"])
    written.seek(0)
    (row,) = csv.reader(written)
    assert row[1:] == ["next"]


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        (Kind.INTEGER, -5, "-5"),
        (Kind.DECIMAL, Decimal("-0.50"), "-0.50"),
        (Kind.TEXT, "-5", "'-5"),
        (Kind.TEXT, None, ""),
        (Kind.FLAG, True, "yes"),
        (Kind.LINK, Ref(3, "=evil"), "'=evil"),
        (Kind.MOMENT, datetime(2026, 1, 31, 14, tzinfo=UTC), "2026-01-31T14:00:00Z"),
    ],
)
def test_numbers_stay_numbers_and_everything_else_is_text(kind: Kind, value: Any, cell: str) -> None:
    assert to_cell(value, Field("field", "Field", kind=kind)) == cell
