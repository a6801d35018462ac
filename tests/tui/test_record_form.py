from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from textual.widgets import Input

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Field
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.tui.desk import Desk, Written
from shopdb.tui.forms.conflict import ConflictScreen
from shopdb.tui.forms.record_form import RecordForm, tools_of
from shopdb.tui.forms.rows import FieldForm, FormRow
from shopdb.tui.widgets.confirm import Confirm
from tests.tui.host import Host, Keys, shown

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

BEN = Origin("ben", "terminal", label="edit by ben")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> None:
    shop.write(BEN, lambda session: records.change(session, shop.catalog[resource], record_id, values))


def get(shop: Shop, resource: str, record_id: int) -> Record:
    with shop.reading() as session:
        return stored.get(session, shop.catalog[resource], record_id)


def every(shop: Shop, resource: str) -> list[Record]:
    described = shop.catalog[resource]
    with shop.reading() as session:
        return stored.full_rows(session, described, stored.ids(session, described, ListQuery()))


def making(shop: Shop, resource: str, **values: Any) -> Callable[[Desk], RecordForm]:
    return lambda desk: RecordForm(desk, shop.catalog[resource], None, values)


def editing(shop: Shop, resource: str, record_id: int) -> Callable[[Desk], RecordForm]:
    return lambda desk: RecordForm(desk, shop.catalog[resource], get(shop, resource, record_id))


async def put(host: Host, keys: Keys, field: str, text: str) -> None:
    """Go to a field of the form and write a text in place of what stands there."""
    row = next(row for row in host.screen.query(FormRow) if row.field.name == field)
    row.enter()
    await keys.wait()
    if isinstance(host.focused, Input):
        await keys.press("ctrl+u")
        await keys.paste(text)
    else:
        await keys.type(text)


async def test_a_record_is_made_from_what_is_typed(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    host = Host(shop)
    async with shown(host, making(shop, "computers")) as keys:
        assert "New computer" in host.text
        assert "Name *" in host.text
        assert "Name · must be filled in" in host.text
        await keys.type("WS-NEW")
        await put(host, keys, "kind", "heat")
        await put(host, keys, "memory_mb", "16384")
        await put(host, keys, "location", "bay")
        await keys.see("Bay 3")
        await keys.press("enter")
        await put(host, keys, "purchased_on", "2026-01-31")
        await keys.press("ctrl+s")
        assert not host.shows(RecordForm)
    (made,) = every(shop, "computers")
    assert made.label == "WS-NEW"
    assert made.values["kind"] == "heat_treat"
    assert made.values["memory_mb"] == 16384
    assert made.values["location"] == Ref(bay, "Bay 3")
    assert made.values["purchased_on"] == date(2026, 1, 31)
    assert host.told == ["Created WS-NEW"]
    assert host.last_batch is not None


async def test_only_what_was_changed_is_saved(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", serial_number="S1", notes="two\nlines", memory_mb=8)
    before = get(shop, "computers", pc)
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "serial_number", "S2")
        await keys.press("ctrl+s")
    assert {**get(shop, "computers", pc).values, "serial_number": "S1"} == before.values


async def test_nothing_changed_writes_nothing(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await keys.press("ctrl+s")
    assert host.last_batch is None
    assert get(shop, "computers", pc).version == 1


async def test_what_is_no_value_is_refused_as_it_is_typed_and_stays(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, making(shop, "computers"), (80, 40)) as keys:
        await keys.type("WS-1")
        await put(host, keys, "purchased_on", "soon")
        assert "! 'soon' is not a date like 2026-01-31" in host.text
        await keys.press("ctrl+s")
        assert host.shows(RecordForm)
        assert every(shop, "computers") == []
        await put(host, keys, "purchased_on", "2026-01-31")
        assert "is not a date" not in host.text
        await keys.press("ctrl+s")
    assert len(every(shop, "computers")) == 1


async def test_a_required_field_is_asked_for_when_saving(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, making(shop, "vendors")) as keys:
        await keys.press("ctrl+s")
        assert "! is required" in host.text
        await keys.type("Zeiss")
        assert "is required" not in host.text
        await keys.press("ctrl+s")
    assert [one.label for one in every(shop, "vendors")] == ["Zeiss"]


async def test_what_only_the_database_knows_is_told_beside_its_field(shop: Shop) -> None:
    create(shop, "assets", name="A", asset_number="A-7")
    host = Host(shop)
    async with shown(host, making(shop, "assets")) as keys:
        await put(host, keys, "name", "B")
        await put(host, keys, "asset_number", "A-7")
        await put(host, keys, "location", "Nowhere")
        await keys.press("ctrl+s")
        assert "! there is no location Nowhere" in host.text
        assert "! A-7 is taken" in host.text
        await put(host, keys, "location", "")
        await keys.press("ctrl+s")
        assert "there is no location" not in host.text
        assert "! A-7 is taken" in host.text
        await put(host, keys, "asset_number", "A-8")
        await keys.press("ctrl+s")
    assert {one.values["asset_number"] for one in every(shop, "assets")} == {"A-7", "A-8"}


async def test_esc_asks_before_anything_is_lost(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, making(shop, "vendors")) as keys:
        await keys.type("Zeiss")
        await keys.press("escape")
        assert host.shows(Confirm)
        assert "You have changed: Name." in host.text
        await keys.press("n")
        assert "Zeiss" in host.text
        await keys.press("escape", "y")
        assert not host.shows(RecordForm)
    assert every(shop, "vendors") == []


async def test_esc_leaves_an_untouched_form_at_once(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", notes="x\r\ny")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await keys.press("escape")
        assert not host.shows(RecordForm, Confirm)


async def test_a_database_that_is_away_loses_nothing(shop: Shop) -> None:
    host = Host(shop)
    reached = host.desk.write

    mended: list[bool] = []

    def write(label: str, work: Callable[[Session], Any]) -> Written[Any]:
        if not mended:
            raise OperationalError("INSERT secret", {}, Exception("server has gone away"))
        return reached(label, work)

    host.desk = replace(host.desk, write=write)
    async with shown(host, making(shop, "vendors")) as keys:
        await keys.type("Zeiss")
        await keys.press("ctrl+s")
        assert "server has gone away" in host.text
        assert "secret" not in host.text
        assert "Zeiss" in host.text
        mended.append(True)
        await keys.press("ctrl+s")
    assert [one.label for one in every(shop, "vendors")] == ["Zeiss"]


async def test_links_are_added_and_taken_off_as_tokens(shop: Shop) -> None:
    machines = [create(shop, "equipment", name=name) for name in ("CMM-1", "CMM-2", "LATHE-9")]
    pc = create(shop, "computers", name="WS-1", drives=(Ref(machines[0]),))
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        assert "[CMM-1]" in host.text
        for words, found in (("lathe", "LATHE-9"), ("cmm-1", "* CMM-1"), ("cmm-2", "CMM-2")):
            await put(host, keys, "drives", words)
            await keys.see(found)
            await keys.press("enter")
        assert "[LATHE-9] [CMM-2]" in host.words
        await keys.press("backspace")
        assert "[CMM-2]" not in host.words
        await put(host, keys, "drives", "CMM-2")
        await keys.press("ctrl+s")
    assert get(shop, "computers", pc).values["drives"] == (Ref(machines[1], "CMM-2"), Ref(machines[2], "LATHE-9"))


async def test_a_label_that_was_typed_and_not_chosen_finds_its_record(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    create(shop, "locations", name="Bay 33")
    host = Host(shop)
    async with shown(host, making(shop, "assets", name="A")) as keys:
        await put(host, keys, "location", "Bay 3")
        await keys.press("ctrl+s")
    assert every(shop, "assets")[0].values["location"] == Ref(bay, "Bay 3")


async def test_moments_are_typed_in_the_zone_of_the_site_and_flags_chosen(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, making(shop, "maintenance_tasks", asset=Ref(pc, "WS-1"))) as keys:
        assert "WS-1" in host.text
        await put(host, keys, "done_at", "2026-11-23 08:00")
        await put(host, keys, "passed", "n")
        await keys.press("ctrl+s")
    (task,) = every(shop, "maintenance_tasks")
    assert task.values["done_at"] == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert task.values["passed"] is False
    assert task.values["asset"] == Ref(pc, "WS-1")


# -- two people ------------------------------------------------------------------------------------------


async def test_changes_of_different_fields_fit_together_without_a_question(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5", domain="west")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "cpu", "i7")
        change(shop, "computers", pc, domain="east")
        await keys.press("ctrl+s")
        assert not host.shows(RecordForm, ConflictScreen)
    values = get(shop, "computers", pc).values
    assert (values["cpu"], values["domain"]) == ("i7", "east")


async def test_two_people_on_one_field_choose_and_lose_nothing(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5", domain="west", serial_number="S1", os_name="Win 10")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "cpu", "mine-cpu")
        await put(host, keys, "domain", "mine-domain")
        await put(host, keys, "serial_number", "mine-serial")
        change(shop, "computers", pc, cpu="their-cpu", domain="their-domain", os_name="their-os")
        await keys.press("ctrl+s")
        assert host.shows(ConflictScreen)
        for told in ("ben", "i5", "mine-cpu", "their-cpu", "yours: Serial number", "theirs: System"):
            assert told in host.words
        await keys.press("enter")
        assert host.shows(ConflictScreen), "both fields must be answered first"
        await keys.press("m", "t", "enter")
        assert not host.shows(RecordForm, ConflictScreen)
    values = get(shop, "computers", pc).values
    chosen = {values["cpu"], values["domain"]}
    assert chosen in ({"mine-cpu", "their-domain"}, {"their-cpu", "mine-domain"})
    assert (values["serial_number"], values["os_name"]) == ("mine-serial", "their-os")
    assert host.told == ["Saved WS-1"]


async def test_esc_goes_back_from_the_merge_to_the_form_with_all_that_was_typed(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "cpu", "mine-cpu")
        change(shop, "computers", pc, cpu="their-cpu")
        await keys.press("ctrl+s")
        await keys.press("escape")
        assert host.shows(RecordForm)
        assert "mine-cpu" in host.text
        await keys.press("ctrl+s")
        await keys.press("M", "enter")
    assert get(shop, "computers", pc).values["cpu"] == "mine-cpu"


async def test_a_third_save_during_the_merge_is_merged_again(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "cpu", "mine")
        change(shop, "computers", pc, cpu="second")
        await keys.press("ctrl+s")
        change(shop, "computers", pc, cpu="third")
        await keys.press("m", "enter")
        assert host.shows(ConflictScreen)
        assert "third" in host.text
        await keys.press("t", "enter")
    assert get(shop, "computers", pc).values["cpu"] == "third"


async def test_a_record_that_was_deleted_meanwhile_keeps_what_was_typed(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, editing(shop, "computers", pc)) as keys:
        await put(host, keys, "cpu", "i7")
        shop.write(BEN, lambda session: records.remove(session, shop.catalog["computers"], pc))
        await keys.press("ctrl+s")
        assert "There is no computers record" in host.text
        assert "i7" in host.text


async def test_there_is_an_editor_for_every_kind(shop: Shop) -> None:
    kinds: dict[Kind, Field] = {}
    for resource in shop.catalog.values():
        kinds |= {field.kind: field for field in resource.edited_fields}
    form = FieldForm([replace(field, name=kind) for kind, field in kinds.items()], {}, tools_of(Host(shop).desk))
    assert form.read(kinds).values.keys() == kinds.keys()
    assert form.fields_on == []
    assert set(kinds) >= set(Kind) - {Kind.POSITION}
