"""Creating, changing and deleting records of every sort, on both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import (
    ConflictError,
    NotPermittedError,
    RecordNotFoundError,
    RefusedValuesError,
    ResourceReadOnlyError,
    StillUsedError,
)
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.store.models import Asset, Change
from tests.gauges import ADA, GAUGES, READINGS, Gauge, change, create, remove
from tests.threads import in_threads

VALUES: dict[Kind, Any] = {
    Kind.LONG_TEXT: "several\nlines",
    Kind.INTEGER: 42,
    Kind.DECIMAL: Decimal("12.25"),
    Kind.FLAG: True,
    Kind.DATE: date(2026, 1, 31),
    Kind.MOMENT: datetime(2026, 1, 31, 12, 30, 0, 123456, UTC),
    Kind.IP: "10.0.0.1",
    Kind.MAC: "00:1a:2b:3c:4d:5e",
    Kind.JSON: {"list": [1, 2.5, None, "é"]},
}
TURNS = count()


def refusals(shop: Shop, resource: str, /, **values: Any) -> dict[str, tuple[str, ...]]:
    """Return why values are refused for a new record, by field."""
    with pytest.raises(RefusedValuesError) as refused:
        create(shop, resource, **values)
    return refused.value.problems


def total(shop: Shop, model: type[Any]) -> int:
    with shop.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def full_values(shop: Shop, resource: Resource) -> dict[str, Any]:
    """Return a value for every field that can be edited, with records for the links to lead to."""
    values: dict[str, Any] = {}
    for field in resource.edited_fields:
        if field.kind in (Kind.LINK, Kind.LINKS):
            target = shop.catalog[field.target]
            needed = tuple(one for one in target.edited_fields if one.required)
            ref = Ref(create(shop, target.name, **full_values(shop, replace(target, fields=needed))).id)
            values[field.name] = (ref,) if field.kind is Kind.LINKS else ref
        elif field.choices:
            values[field.name] = field.choices[0]
        else:
            values[field.name] = f"é🙂 {next(TURNS)}" if field.kind is Kind.TEXT else VALUES[field.kind]
    return values


def comparable(value: Any) -> Any:
    if isinstance(value, Ref):
        return value.id
    return {ref.id for ref in value} if isinstance(value, tuple) else value


def test_every_record_type_can_be_created_changed_and_deleted_in_every_field(gauge_shop: Shop) -> None:
    for resource in [one for one in gauge_shop.catalog.values() if one.writable]:
        values = full_values(gauge_shop, resource)
        made = create(gauge_shop, resource.name, **values)
        assert {name: comparable(made.values[name]) for name in values} == {
            name: comparable(value) for name, value in values.items()
        }, resource.name
        other = full_values(gauge_shop, resource)
        changed = change(gauge_shop, made, **other)
        assert {name: comparable(changed.values[name]) for name in other} == {
            name: comparable(value) for name, value in other.items()
        }, resource.name
        assert changed.version > made.version
        assert change(gauge_shop, changed, **other).version == changed.version, "equal values write nothing"
        blank = {field.name: None for field in resource.edited_fields if not field.required}
        cleared = change(gauge_shop, changed, **{name: None for name in blank if name != "asset_number"})
        for name in blank:
            # What cannot be empty is what it is by itself.
            by_itself = cleared.values[name] in (None, (), False, True, 0, 7)
            assert by_itself or name == "asset_number", (resource.name, name)
        remove(gauge_shop, cleared)
        with gauge_shop.reading() as session, pytest.raises(RecordNotFoundError):
            stored.get(session, resource, made.id)


def test_records_that_the_program_keeps_are_written_by_nobody(gauge_shop: Shop) -> None:
    kept = [one for one in gauge_shop.catalog.values() if not one.writable]
    assert {"users", "api_tokens", "batches"} <= {one.name for one in kept}
    for resource in kept:
        for write in (
            lambda session, resource=resource: records.create(session, resource, {}),
            lambda session, resource=resource: records.change(session, resource, 1, {}),
            lambda session, resource=resource: records.remove(session, resource, 1),
        ):
            with pytest.raises(ResourceReadOnlyError, match=resource.name):
                gauge_shop.write(ADA, write)


def test_whoever_may_not_is_refused(gauge_shop: Shop) -> None:
    viewer = Origin(actor="vera", door="rest", permissions=frozenset({"*.view", "vendors.change"}))
    made = create(gauge_shop, "gauges", name="Dial")
    for write in (
        lambda session: records.create(session, GAUGES, {"name": "x"}),
        lambda session: records.change(session, GAUGES, made.id, {"name": "x"}),
        lambda session: records.remove(session, GAUGES, made.id),
    ):
        with pytest.raises(NotPermittedError, match="vera lacks the permission gauges"):
            gauge_shop.write(viewer, write)
    gauge_shop.write(viewer, lambda session: records.create(session, gauge_shop.catalog["vendors"], {"name": "Acme"}))


# --- refusals -------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once(gauge_shop: Shop) -> None:
    create(gauge_shop, "assets", name="Other", asset_number="A-77")
    create(gauge_shop, "gauges", name="First", code="G1")
    wrong = {"name": "x" * 161, "asset_number": "a-77", "code": "g1", "uses": "many", "unit": "yard", "colour": "red"}
    links = {"location": Ref(None, "Nowhere"), "maker": Ref(999), "keepers": (Ref(None, "Nobody"), Ref(998))}
    told = refusals(gauge_shop, "gauges", **wrong, **links, last_seen="2026-01-01")
    assert set(told) == {*wrong, *links, "last_seen"}
    assert told["location"] == ("there is no location Nowhere",)
    assert told["maker"] == ("there is no vendor #999",)
    assert told["keepers"] == ("there is no person Nobody", "there is no person #998")
    assert "is taken (by #" in told["asset_number"][0]
    assert "is taken (by #" in told["code"][0]
    assert total(gauge_shop, Gauge) == 1


def test_keys_are_equal_whatever_their_case(gauge_shop: Shop) -> None:
    made = create(gauge_shop, "vendors", name="Acme")
    assert refusals(gauge_shop, "vendors", name="ACME") == {"name": (f"ACME is taken (by #{made.id})",)}
    assert change(gauge_shop, made, name="ACME").label == "ACME", "a record does not stand in its own way"
    create(gauge_shop, "tags", name="🙂")
    create(gauge_shop, "tags", name="🙃")
    assert "name" in refusals(gauge_shop, "tags", name="🙂")


def test_keys_of_several_fields_are_named_with_what_they_stand_beside(gauge_shop: Shop) -> None:
    acme, zett = (create(gauge_shop, "vendors", name=name) for name in ("Acme", "Zett"))
    made = create(gauge_shop, "models", name="M-1", vendor=Ref(acme.id))
    told = {"name": (f"M-1 is taken beside this vendor (by #{made.id})",)}
    assert refusals(gauge_shop, "models", name="M-1", vendor=Ref(acme.id)) == told
    other = create(gauge_shop, "models", name="M-1", vendor=Ref(zett.id))
    create(gauge_shop, "models", name="M-1")
    create(gauge_shop, "models", name="M-1")
    with pytest.raises(RefusedValuesError, match=rf"vendor: {acme.id} is taken beside this name \(by #{made.id}\)"):
        change(gauge_shop, other, vendor=Ref(acme.id))


def test_a_change_is_refused_as_a_whole(gauge_shop: Shop) -> None:
    made = create(gauge_shop, "gauges", name="Dial", uses=1)
    with pytest.raises(RefusedValuesError) as refused:
        change(gauge_shop, made, name="", uses=2**40, range_mm="x", asset_number=None)
    assert set(refused.value.problems) == {"name", "uses", "range_mm", "asset_number"}
    with gauge_shop.reading() as session:
        assert stored.get(session, GAUGES, made.id) == made


def test_a_key_taken_between_looking_and_writing_is_refused_too(gauge_shop: Shop) -> None:
    answers = in_threads(lambda _: create(gauge_shop, "vendors", name="Acme"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Record"] + ["RefusedValuesError"] * 3, answers


def test_each_of_many_without_a_number_gets_one(gauge_shop: Shop) -> None:
    typed_id = create(gauge_shop, "assets", name="x").id + 3
    typed = f"A-{typed_id:05}"
    create(gauge_shop, "assets", name="x", asset_number=typed)
    answers = in_threads(lambda turn: [create(gauge_shop, "gauges", name=f"{turn}") for _ in range(3)])
    numbers = {made.id: made.values["asset_number"] for answer in answers for made in answer}
    assert len(set(numbers.values())) == 12
    assert numbers == {one: f"{typed}-2" if one == typed_id else f"A-{one:05}" for one in numbers}


# --- links ----------------------------------------------------------------------------------------------


def test_links_are_found_by_id_label_and_key_in_any_case(gauge_shop: Shop) -> None:
    bay = create(gauge_shop, "locations", name="Bay 3")
    kim = create(gauge_shop, "people", name="Kim", badge="B-77")
    for location, owner in ((Ref(bay.id), Ref(kim.id)), (Ref(None, "bay 3"), Ref(None, "KIM")), (bay.id, "b-77")):
        made = create(gauge_shop, "assets", name="Dial", location=location, owner=owner)
        assert (made.values["location"], made.values["owner"]) == (Ref(bay.id, "Bay 3"), Ref(kim.id, "Kim"))


def test_labels_that_differ_in_case_alone_or_accents_are_told_apart(gauge_shop: Shop) -> None:
    muller, umlaut = create(gauge_shop, "people", name="Muller"), create(gauge_shop, "people", name="Müller")
    for name, person in (("muller", muller), ("MÜLLER", umlaut)):
        made = create(gauge_shop, "assets", name="x", owner=Ref(None, name))
        assert made.values["owner"].id == person.id, name
    lab = create(gauge_shop, "tags", name="lab")
    made = create(gauge_shop, "gauges", name="x", tags=(Ref(None, "LAB"), Ref(None, "lab"), Ref(lab.id)))
    assert made.values["tags"] == (Ref(lab.id, "lab"),)


def test_a_label_that_two_records_have_is_refused_and_a_key_is_not(gauge_shop: Shop) -> None:
    first = create(gauge_shop, "people", name="Kim", badge="1")
    second = create(gauge_shop, "people", name="KIM", badge="2")
    told = refusals(gauge_shop, "assets", name="x", owner=Ref(None, "Kim"))
    such = f"#{first.id} or #{second.id}"
    assert told == {"owner": (f"more than one person is called Kim; choose it by its id, such as {such}",)}
    assert create(gauge_shop, "assets", name="x", owner=f"#{second.id}").values["owner"].id == second.id
    assert refusals(gauge_shop, "assets", name="x", owner="#999999") == {"owner": ("there is no person #999999",)}
    assert create(gauge_shop, "assets", name="x", owner=Ref(None, "1")).values["owner"].id == first.id


def test_a_link_to_a_typed_record_is_called_as_its_asset(gauge_shop: Shop) -> None:
    master = create(gauge_shop, "gauges", name="Master")
    made = create(gauge_shop, "gauges", name="Copy", master=Ref(None, "master"))
    assert made.values["master"] == Ref(master.id, "Master")
    plain = create(gauge_shop, "assets", name="Plain")
    assert refusals(gauge_shop, "gauges", name="x", master=Ref(plain.id)) == {
        "master": (f"there is no gauge #{plain.id}",)
    }


def test_many_links_are_set_whole_and_both_ways(gauge_shop: Shop) -> None:
    hall, needle, plate = (create(gauge_shop, "assets", name=name) for name in ("Hall", "Needle", "Plate"))
    made = create(gauge_shop, "gauges", name="Dial", serves=(Ref(hall.id),), parts=(Ref(None, "Needle"),))
    changed = change(gauge_shop, made, parts=(Ref(plate.id), Ref(needle.id)))
    assert changed.values["parts"] == (Ref(needle.id, "Needle"), Ref(plate.id, "Plate"))
    assert changed.values["serves"] == (Ref(hall.id, "Hall"),)
    assert changed.version == made.version + 1
    with gauge_shop.reading() as session:
        relation = gauge_shop.catalog["asset_relationships"]
        tied = stored.full_rows(session, relation, stored.ids(session, relation, ListQuery()))
    assert {(row.values["source"].label, row.values["target"].label) for row in tied} == {
        ("Dial", "Hall"), ("Needle", "Dial"), ("Plate", "Dial"),
    }  # fmt: skip
    assert change(gauge_shop, changed, parts=()).values["parts"] == ()


# --- versions -------------------------------------------------------------------------------------------


def save(shop: Shop, record: Record, base: Record | None = None, /, **values: Any) -> Record:
    """Save a form that was opened on ``record``."""
    resource = shop.catalog[record.resource]

    def work(session: Session) -> Record:
        opened = None if base is None else base.values
        return records.change(session, resource, record.id, values, version=record.version, base=opened)

    return shop.write(ADA, work)


def test_the_second_of_two_forms_is_refused_where_nobody_can_merge(gauge_shop: Shop) -> None:
    opened = create(gauge_shop, "gauges", name="Dial", uses=1)
    theirs = change(gauge_shop, opened, name="Theirs")
    with pytest.raises(ConflictError) as conflict:
        save(gauge_shop, opened, uses=2)
    assert conflict.value.theirs == theirs
    assert set(conflict.value.conflicts) == {"uses"}
    assert save(gauge_shop, opened, name="Theirs") == theirs, "what is there already is no conflict"
    assert save(gauge_shop, theirs, uses=2).values["uses"] == 2


def test_two_forms_that_changed_other_fields_are_merged(gauge_shop: Shop) -> None:
    bay, tag = create(gauge_shop, "locations", name="Bay"), create(gauge_shop, "tags", name="lab")
    opened = create(gauge_shop, "gauges", name="Dial", uses=1, location=Ref(bay.id))
    change(gauge_shop, opened, name="Theirs", tags=(Ref(tag.id),))
    change(gauge_shop, bay, name="Hall")
    mine = {field.name: opened.values[field.name] for field in GAUGES.edited_fields} | {"uses": 2}
    merged = save(gauge_shop, opened, opened, **mine)
    assert (merged.label, merged.values["uses"], merged.values["tags"]) == ("Theirs", 2, (Ref(tag.id, "lab"),))
    assert merged.values["location"] == Ref(bay.id, "Hall")


def test_only_what_both_changed_is_asked_about(gauge_shop: Shop) -> None:
    opened = create(gauge_shop, "gauges", name="Dial", uses=1)
    theirs = change(gauge_shop, opened, name="Theirs", uses=2)
    with pytest.raises(ConflictError, match="name") as conflict:
        save(gauge_shop, opened, opened, name="Mine", uses=2, notes="mine alone")
    assert set(conflict.value.conflicts) == {"name"}
    with gauge_shop.reading() as session:
        assert stored.get(session, GAUGES, opened.id) == theirs, "a conflict writes nothing"


@pytest.mark.parametrize("field", ["name", "uses", "tags", "keepers", "parts"])
def test_whatever_part_of_a_record_changes_counts_its_version_up_once(gauge_shop: Shop, field: str) -> None:
    refs = {name: (Ref(create(gauge_shop, name, name="Kim").id),) for name in ("tags", "people", "assets")}
    values = {"name": "Ring", "uses": 3, "tags": refs["tags"], "keepers": refs["people"], "parts": refs["assets"]}
    made = create(gauge_shop, "gauges", name="Dial")
    assert change(gauge_shop, made, **{field: values[field]}).version == made.version + 1


def test_a_record_that_was_changed_meanwhile_is_not_deleted_unseen(gauge_shop: Shop) -> None:
    opened = create(gauge_shop, "gauges", name="Dial")
    change(gauge_shop, opened, uses=9)
    with pytest.raises(ConflictError):
        gauge_shop.write(ADA, lambda session: records.remove(session, GAUGES, opened.id, version=opened.version))
    assert total(gauge_shop, Gauge) == 1
    gauge_shop.write(ADA, lambda session: records.remove(session, GAUGES, opened.id, version=opened.version + 1))
    assert total(gauge_shop, Gauge) == total(gauge_shop, Asset) == 0


# --- composed records -----------------------------------------------------------------------------------


def test_a_typed_record_is_one_asset_with_one_history(gauge_shop: Shop) -> None:
    made = create(gauge_shop, "gauges", name="Dial", unit="mm")
    with gauge_shop.reading() as session:
        asset = stored.get(session, gauge_shop.catalog["assets"], made.id)
        assert (asset.label, asset.version, asset.values["resource"]) == ("Dial", made.version, "gauges")
        assert stored.typed(session, gauge_shop.catalog["assets"], asset) == GAUGES
        subjects = select(Change.subject_table, Change.subject_id).where(Change.table.in_(["assets", "gauges"]))
        assert {tuple(row) for row in session.execute(subjects)} == {("assets", made.id)}
    renamed = change(gauge_shop, asset, name="Ring")
    with gauge_shop.reading() as session:
        assert stored.get(session, GAUGES, made.id).label == "Ring"
        assert stored.get(session, GAUGES, made.id).version == renamed.version
        with pytest.raises(RecordNotFoundError):
            stored.get(session, gauge_shop.catalog["computers"], made.id)
    remove(gauge_shop, renamed)
    assert total(gauge_shop, Gauge) == 0


def test_what_is_used_stays_with_all_that_belongs_to_it(gauge_shop: Shop) -> None:
    bay = create(gauge_shop, "locations", name="Bay 3")
    create(gauge_shop, "gauges", name="Dial", location=Ref(bay.id))
    with pytest.raises(StillUsedError, match="Bay 3 is still used by 1 assets"):
        remove(gauge_shop, bay)


def test_a_record_is_found_by_id_before_number_before_name(gauge_shop: Shop) -> None:
    first = create(gauge_shop, "assets", name="Dial")
    second = create(gauge_shop, "assets", name="Ring", asset_number=str(first.id))
    third = create(gauge_shop, "assets", name="77777", asset_number="X-1")
    create(gauge_shop, "assets", name="Twice")
    create(gauge_shop, "assets", name="twice")
    assets = gauge_shop.catalog["assets"]
    with gauge_shop.reading() as session:
        assert stored.find(session, assets, str(first.id)).id == first.id
        assert stored.find(session, assets, str(second.id)).id == second.id
        assert stored.find(session, assets, "77777").id == third.id
        assert stored.find(session, assets, "x-1").id == third.id
        for key in ("twice", "", "0", "9" * 5000, "-1", "nothing", "🙂"):
            with pytest.raises(RecordNotFoundError):
                stored.find(session, assets, key)


def test_children_are_records_like_any_other(gauge_shop: Shop) -> None:
    gauge = create(gauge_shop, "gauges", name="Dial")
    made = create(gauge_shop, "gauge_readings", gauge=Ref(None, "Dial"), name="Zero", value="12")
    assert (made.label, made.values["gauge"], made.values["value"]) == ("Zero", Ref(gauge.id, "Dial"), 12)
    assert refusals(gauge_shop, "gauge_readings", name="Zero") == {"gauge": ("is required",), "value": ("is required",)}
    assert READINGS.field("gauge").target == "gauges"


def test_fields_that_follow_links_are_read_and_never_written(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Acme")
    model = create(gauge_shop, "models", name="M-1", vendor=Ref(vendor.id))
    made = create(gauge_shop, "gauges", name="Dial", model=Ref(model.id))
    assert made.values["vendor"] == "Acme"
    assert refusals(gauge_shop, "gauges", name="x", vendor="Zett") == {"vendor": ("is read-only",)}
    field: Field = GAUGES.field("vendor")
    assert not field.editable
