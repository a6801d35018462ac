"""Filters say the same in SQL, on both engines, as worked out by hand."""

import operator
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.filters import Age, Condition, Filter, parse_filter
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import FilterSyntaxError
from shopdb.store import changes, records
from shopdb.store.base import utc_now
from shopdb.store.models import Asset
from shopdb.store.schema import table_of
from shopdb.store.search import normal
from tests.gauges import ADA, GAUGES, READINGS, create

VALUES: dict[str, list[str]] = {
    "name": ["dial", "Plug", "x", "10", "none", '"caliper 2"', "%", "_", "\\\\", "ring,dial"],
    "serial_number": ["sn", "SN-003", "-0", "SN-03"],
    "range_mm": ["0", "0.125", "0.5", "1", "0.25"],
    "unit": ["mm", "INCH", "mm,inch"],
    "bought_on": ["2021-02-28", "2022-01-01"],
    "checked_at": ["2026-01-01T12:00Z", "2026-01-01T12:00:00.000003Z", "1d", "9999w"],
    "is_digital": ["yes", "no"],
    "uses": ["0", "3", "1,2", "-1"],
    "ip": ["10.0", "10.0.0.3", "0.8"],
    "maker": ["acme", "Zett", "#1", "a,z", "#1,#2"],
    "master": ["dial", "ring", "#2"],
    "location": ["bay", '"Bay 1"', "#3"],
    "keepers": ["kim", "lee", "#2", "kim,lee"],
    "tags": ["old", "o", "#1"],
    "serves": ["dial", "ring"],
    "parts": ["dial", "caliper"],
    "notes": ["line", '"50% _"', "\\\\", '"none"', '"line 4\nline"'],
    "vendor": ["x"],
    "resource": ["gauges"],
}
WORDS = ["dial", "ring", "plug10x", "caliper2", "the", "kim", "acme", "sn-0", "ca", "x", "50%", "zz"]
TERMS = (":none", ":any", "=1", ":é", "!=2026-01-01", "<2026-01-01", ":yes", ':"a b"', ":#1")
OPERATORS = [":", "=", "!=", "<", "<=", ">", ">="]


@st.composite
def terms(draw: st.DrawFn) -> str:
    minus = draw(st.sampled_from(["", "-"]))
    if draw(st.integers(0, 3)) == 0:
        return minus + draw(st.sampled_from(WORDS))
    name = draw(st.sampled_from(sorted(VALUES)))
    if draw(st.integers(0, 4)) == 0:
        return f"{minus}{name}:{draw(st.sampled_from(['none', 'any']))}"
    # Where "Ä" stands in the alphabet is the engine's own business.
    how = draw(st.sampled_from(OPERATORS[:3] if name == "name" else OPERATORS))
    return f"{minus}{name}{how}{draw(st.sampled_from(VALUES[name]))}"


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "below": operator.lt,
    "at_most": operator.le,
    "above": operator.gt,
    "at_least": operator.ge,
}
TURNED = {"below": "above", "above": "below", "at_most": "at_least", "at_least": "at_most"}


def fits(row: Record, wanted: Filter, resource: Resource, texts: list[str]) -> bool:
    return (
        all(holds(row, one, resource) for one in wanted.conditions)
        and all_found(row, wanted.words, texts)
        and not any(all_found(row, (word,), texts) for word in wanted.unwanted)
    )


def all_found(row: Record, words: tuple[str, ...], texts: list[str]) -> bool:
    wanted = [normal(word) for word in words]
    if wanted and all(len(word) < 3 for word in wanted):
        return all(normal(row.label).startswith(word) for word in wanted)
    return all(any(word in normal(text) for text in texts) for word in wanted)


def holds(row: Record, wanted: Condition, resource: Resource) -> bool:
    field = resource.field(wanted.field)
    value = row.values[field.name]
    if wanted.operator in ("empty", "filled"):
        found = (value in (None, "", ())) is (wanted.operator == "empty")
    elif wanted.operator == "differs":
        found = not any(matches(value, "equals", one, field) for one in wanted.values)
    else:
        found = any(matches(value, wanted.operator, one, field) for one in wanted.values)
    return found is not wanted.negated


def matches(value: Any, how: str, wanted: Any, field: Field) -> bool:
    if field.kind is Kind.LINKS:
        return any(matches_ref(ref, how, wanted) for ref in value)
    if value is None:
        return False
    if field.kind is Kind.LINK:
        return matches_ref(value, how, wanted)
    if isinstance(wanted, Age):
        how, wanted = TURNED[how], datetime.now(UTC) - wanted.span
    if isinstance(wanted, str):
        value, wanted = folded(value), folded(wanted)
    return wanted in value if how == "contains" else COMPARED[how](value, wanted)


def matches_ref(ref: Ref, how: str, wanted: Ref) -> bool:
    if wanted.id is not None:
        return ref.id == wanted.id
    label, part = folded(ref.label), folded(wanted.label)
    return part in label if how == "contains" else label == part


def folded(text: str) -> str:
    """Return the text as both engines compare it: only the case of ASCII letters is equal for sure."""
    return "".join(character.lower() if character.isascii() else character for character in text)


@dataclass
class Gauges:
    """Every gauge as it is, and by id what its words are looked for in."""

    rows: list[Record]
    texts: dict[int, list[str]]

    def that_fit(self, wanted: Filter) -> list[int]:
        return [row.id for row in self.rows if fits(row, wanted, GAUGES, self.texts[row.id])]


def read_all(shop: Shop) -> Gauges:
    with shop.reading() as session:
        rows = records.full_rows(session, GAUGES, records.ids(session, GAUGES, ListQuery()))
        readings = records.full_rows(session, READINGS, records.ids(session, READINGS, ListQuery()))
    fields = GAUGES.searched_fields
    texts = {row.id: [text for field in fields for text in written(row.values[field.name])] for row in rows}
    for reading in readings:
        texts[reading.values["gauge"].id] += [reading.values["name"], str(reading.values["value"])]
    return Gauges(rows, texts)


def written(value: Any) -> list[str]:
    refs = value if isinstance(value, tuple) else (value,)
    return [ref.label if isinstance(ref, Ref) else ref or "" for ref in refs]


def found(shop: Shop, text: str, resource: Resource = GAUGES) -> list[int]:
    with shop.reading() as session:
        return list(records.ids(session, resource, ListQuery(filter=parse_filter(text, resource))))


def test_every_filter_finds_what_it_says(filled: Shop) -> None:
    gauges = read_all(filled)
    seen: set[str] = set()

    @settings(max_examples=400)
    @given(st.lists(terms(), min_size=1, max_size=3).map(" ".join))
    def check(text: str) -> None:
        with suppress(FilterSyntaxError):
            wanted = gauges.that_fit(parse_filter(text, GAUGES))
            assert found(filled, text) == wanted
            if wanted:
                seen.add(text)

    check()
    assert len(seen) > 50, "filters that find nothing prove little"


def test_a_field_is_either_empty_or_filled(filled: Shop) -> None:
    gauges = read_all(filled)
    everything = {row.id for row in gauges.rows}
    for field in GAUGES.fields:
        if field.kind is not Kind.JSON:
            empty, filled_in = found(filled, f"{field.name}:none"), found(filled, f"{field.name}:any")
            assert empty == gauges.that_fit(parse_filter(f"{field.name}:none", GAUGES))
            assert set(empty) ^ set(filled_in) == everything
            assert not set(empty) & set(filled_in)
            assert found(filled, f"-{field.name}:none") == filled_in


def test_letters_of_other_alphabets_have_cases_too(filled: Shop) -> None:
    named = [row.id for row in read_all(filled).rows if row.label == "Ä 1"]
    assert named
    for text in ("name:ä", 'name="ä 1"', 'name:"Ä 1"', 'name=x,"ä 1"', '"ä 1"'):
        assert set(named) <= set(found(filled, text)), text
    assert not set(named) & set(found(filled, 'name!="ä 1"'))
    assert not set(named) & set(found(filled, "-name:ä"))


def test_what_looks_like_a_pattern_is_text(filled: Shop) -> None:
    gauges = read_all(filled)
    for text in ('notes:"50% _"', "notes:_", "notes:%", 'notes:"%n%"', "notes:\\", "notes:_\\", "name:x%", "-notes:_"):
        assert found(filled, text) == gauges.that_fit(parse_filter(text, GAUGES)), text
    assert found(filled, "name:x%") == found(filled, 'notes:"l_ne"') == []
    assert found(filled, "notes:_\\") != []


def test_every_list_can_be_searched_and_filtered_by_every_field(filled: Shop) -> None:
    for resource in filled.catalog.values():
        for word in ("dial", "x", "-dial", "🙂", "-🙂", "50%"):
            found(filled, word, resource)
        for field in resource.fields:
            if field.kind in (Kind.JSON, Kind.POSITION):
                continue
            for term in (*TERMS, f":{''.join(field.choices[:1])}"):
                with suppress(FilterSyntaxError):
                    wanted, unwanted = f"{field.name}{term}", f"-{field.name}{term}"
                    assert not set(found(filled, wanted, resource)) & set(found(filled, unwanted, resource))


def test_a_reading_that_moves_is_filtered_by_its_age(filled: Shop) -> None:
    table = table_of(Asset)

    def see(session: Session) -> None:
        row = session.connection().execute(select(table).order_by(table.c.id).limit(1)).mappings().one()
        changes.update_row(session, table, dict(row), {"last_seen": utc_now() - timedelta(hours=3)})

    filled.write(ADA, see)
    assert len(found(filled, "last_seen<4h")) == len(found(filled, "last_seen>2h")) == 1
    assert found(filled, "last_seen<2h") == found(filled, "last_seen>99999w") == []


def test_a_day_is_compared_with_one_counted_from_today(gauge_shop: Shop) -> None:
    today = utc_now().date()
    late, soon, later = (
        create(gauge_shop, "gauges", name=f"in {days}", bought_on=today + timedelta(days=days)).id
        for days in (-1, 5, 40)
    )
    assert found(gauge_shop, "bought_on<today") == [late]
    assert found(gauge_shop, "bought_on<today+1w") == [late, soon]
    assert found(gauge_shop, "bought_on>=today+40d") == [later]
    assert found(gauge_shop, "bought_on=today-1d") == [late]
