import gc
import weakref
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.domain.catalog import Catalog
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import SortKey, parse_sort
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import RefusedValuesError, UnknownFieldError, UnknownResourceError
from tests.domain.described import GAUGES, HOSTILE_VALUES, Gauge

READINGS = Resource(
    name="gauge_readings",
    title="Readings",
    singular="Reading",
    model=Gauge,
    fields=(Field("gauge", "Gauge", kind=Kind.LINK, target="gauges"), Field("value", "Value")),
    label_field="value",
    key_field="value",
    default_sort="-value",
    parent="gauge",
    writable=False,
)


def problems(values: dict[str, Any], *, partial: bool = False) -> Any:
    with pytest.raises(RefusedValuesError) as refused:
        GAUGES.check(values, partial=partial)
    assert all(name in str(refused.value) for name in refused.value.problems)
    return refused.value.problems


def test_checked_values_come_back_as_they_are_saved() -> None:
    sent = {"name": " Dial ", "price": "12,5", "location": "Bay 3", "checked_at": "2026-01-31T10:00Z", "notes": ""}
    checked = GAUGES.check(sent)
    assert checked == {
        "name": "Dial",
        "price": Decimal("12.50"),
        "location": Ref(None, "Bay 3"),
        "checked_at": datetime(2026, 1, 31, 10, tzinfo=UTC),
        "notes": None,
    }
    assert GAUGES.check(checked) == checked


def test_every_refused_value_is_named_at_once() -> None:
    told = problems({"uses": "many", "bought_on": "soon", "last_seen": date(2026, 1, 31), "colour": "red"})
    assert set(told) == {"uses", "bought_on", "last_seen", "colour", "name"}
    assert told["name"] == ("is required",)
    assert told["last_seen"] == ("is read-only",)
    assert told["colour"] == ("is not a field of gauges",)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_required_field_may_be_left_out_of_a_change_but_not_blanked(blank: str | None) -> None:
    assert GAUGES.check({}, partial=True) == {}
    assert problems({"name": blank}, partial=True) == {"name": ("is required",)}
    assert problems({"name": "x" * 41}) == {"name": ("is 41 characters long, at most 40 are kept",)}


@given(st.dictionaries(st.sampled_from([*GAUGES.fields_by_name, "colour"]), HOSTILE_VALUES))
def test_nothing_that_is_sent_breaks_the_gate(values: dict[str, Any]) -> None:
    with suppress(RefusedValuesError):
        checked = GAUGES.check(values, partial=True)
        assert GAUGES.check(checked, partial=True) == checked


def test_nothing_is_edited_in_records_that_shopdb_keeps_itself() -> None:
    assert READINGS.edited_fields == ()
    assert "last_seen" not in {field.name for field in GAUGES.edited_fields}


def test_lists_are_sorted_by_what_has_an_order() -> None:
    assert parse_sort("", GAUGES) == SortKey("name")
    assert parse_sort("", READINGS) == SortKey("value", descending=True)
    assert parse_sort(" -price ", GAUGES) == SortKey("price", descending=True)
    for name in ("notes", "tags", "place", "settings", "colour", "-name", ""):
        with pytest.raises(UnknownFieldError, match="cannot be sorted by"):
            parse_sort(f"-{name}", GAUGES)


def test_a_field_that_is_not_there_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownFieldError, match="gauges cannot be described by prise; try price"):
        GAUGES.field("prise")


def test_a_catalog_is_a_mapping_that_names_the_nearest() -> None:
    catalog = Catalog((GAUGES, READINGS))
    assert list(catalog) == ["gauges", "gauge_readings"]
    assert len(catalog) == 2
    assert catalog["gauges"] is GAUGES
    assert "gages" not in catalog
    assert catalog.get("gages") is None
    assert catalog.get("gages", GAUGES) is GAUGES
    with pytest.raises(UnknownResourceError, match="'gages'; try gauges"):
        catalog["gages"]


def test_a_catalog_knows_tabs_and_typed_records() -> None:
    typed = Resource("calipers", "Calipers", "Caliper", Gauge, GAUGES.fields, "name", "name", "name", extends=GAUGES)
    catalog = Catalog((GAUGES, READINGS, typed))
    assert catalog.children("gauges") == (READINGS,)
    assert catalog.children("calipers") == (READINGS,), "what belongs to a gauge belongs to a caliper"
    assert catalog.children("gauge_readings") == ()
    assert catalog.extensions("gauges") == (typed,)


def test_a_resource_can_be_let_go() -> None:
    dropped = Resource("tips", "Tips", "Tip", Gauge, (Field("name", "Name"),), "name", "name", "name")
    gone = weakref.ref(dropped)
    del dropped
    gc.collect()
    assert gone() is None
