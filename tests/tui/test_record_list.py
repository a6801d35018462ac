from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.tui.forms.bulk_form import BulkForm
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.messages import RecordAsked
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.grid import Grid
from tests.tui.counting import statements
from tests.tui.host import Host, shown

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

BEN = Origin("ben", "terminal")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> None:
    shop.write(BEN, lambda session: records.change(session, shop.catalog[resource], record_id, values))


def names(shop: Shop, resource: str) -> list[str]:
    described = shop.catalog[resource]
    with shop.reading() as session:
        ids = stored.ids(session, described, ListQuery())
        return [one.label for one in stored.rows(session, described, ids)]


def listing(shop: Shop, resource: str = "computers", wanted: str = "") -> Any:
    return lambda desk: RecordListScreen(desk, shop.catalog[resource], wanted)


async def test_a_list_shows_its_records_and_opens_one(shop: Shop) -> None:
    ids = [create(shop, "computers", name=f"WS-{n}") for n in range(3)]
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        assert "Computers  3" in host.text
        await keys.press("j", "enter")
        assert host.asked == [RecordAsked("computers", ids[1])]


async def test_an_empty_list_says_what_to_do(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, listing(shop, "printers")) as keys:
        assert "No printers yet. n adds one." in host.text
        await keys.press("n")
        assert host.shows(RecordForm)


async def test_who_may_not_change_anything_is_offered_nothing(shop: Shop) -> None:
    create(shop, "computers", name="WS-1")
    host = Host(shop, permissions=frozenset({"*.view"}))
    async with shown(host, listing(shop)) as keys:
        assert "n New" not in host.text
        await keys.press("n", "e", "d")
        assert host.shows(RecordListScreen)
        assert names(shop, "computers") == ["WS-1"]


async def test_a_filter_narrows_the_list_until_esc(shop: Shop) -> None:
    create(shop, "computers", name="WS-CMM1", kind="cmm")
    create(shop, "computers", name="WS-HEAT", kind="heat_treat")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press("slash")
        await keys.type("kind:cmm")
        await keys.press("enter")
        assert "WS-HEAT" not in host.text
        assert "kind:cmm" in host.text
        assert "Computers  1" in host.text
        await keys.press("escape")
        assert "WS-HEAT" in host.text
        assert "kind:cmm" not in host.text


async def test_a_filter_that_cannot_be_read_keeps_what_was_typed_and_what_is_shown(shop: Shop) -> None:
    create(shop, "computers", name="WS-CMM1")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press("slash")
        await keys.type('kind:cmm "open')
        await keys.press("enter")
        assert "column 10" in host.text
        assert 'kind:cmm "open' in host.text
        assert "still showing all" in host.text
        assert "WS-CMM1" in host.text
        await keys.press("escape")
        assert "column 10" not in host.text


async def test_nothing_that_matches_says_how_to_see_all(shop: Shop) -> None:
    create(shop, "computers", name="WS-CMM1")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press("slash")
        await keys.type("nowhere")
        await keys.press("enter")
        assert "Nothing matches nowhere; esc takes the filter away." in host.text


async def test_esc_goes_back_from_a_list_that_was_opened_filtered(shop: Shop) -> None:
    create(shop, "computers", name="WS-CMM1")
    host = Host(shop)
    async with shown(host, listing(shop, wanted="kind:any")) as keys:
        assert "Nothing matches kind:any; / changes the filter." in host.text
        await keys.press("escape")
        assert not host.shows(RecordListScreen)


async def test_sorting_by_the_same_field_again_turns_the_order_round(shop: Shop) -> None:
    for name, serial in (("A", "3"), ("B", "1"), ("C", "2")):
        create(shop, "computers", name=name, serial_number=serial)
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        for wanted in ("B C A", "A C B"):
            await keys.press("s")
            await keys.type("serial")
            await keys.press("enter")
            rows = [line[2] for line in host.text.splitlines()[4:7]]
            assert " ".join(rows) == wanted
        assert "by Serial number" in host.text


async def test_what_others_change_appears_without_moving_the_cursor(shop: Shop) -> None:
    ids = [create(shop, "computers", name=f"WS-{n:03}") for n in range(40)]
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press(*"jjjjj")
        for n in range(5):
            create(shop, "computers", name=f"AA-{n}")
        change(shop, "computers", ids[5], serial_number="NEW-SERIAL")
        host.bring_news()
        await keys.wait()
        grid = host.screen.query_one(Grid)
        assert grid.row is not None
        assert grid.row.id == ids[5]
        assert "NEW-SERIAL" in host.line("> WS-005")
        assert grid.position == 10
        assert "Computers  45" in host.text


async def test_no_news_reads_nothing(shop: Shop) -> None:
    create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        with statements(shop.engine) as found:
            host.screen.post_message(host.state)
            await keys.wait()
        assert found == []


async def test_a_record_is_deleted_after_a_question_and_comes_back(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    create(shop, "network_addresses", asset=Ref(pc), ip="10.0.0.7")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press("d")
        assert host.shows(Confirm)
        assert "Delete computer WS-1?" in host.text
        assert "1 addresses" in host.text
        await keys.press("n")
        assert names(shop, "computers") == ["WS-1"]
        await keys.press("d", "y")
        assert names(shop, "computers") == []
        assert host.told == ["Deleted WS-1"]
        assert "No computers yet" in host.text
        host.undo_last()
        host.bring_news()
        await keys.wait()
        assert "WS-1" in host.text
    assert names(shop, "network_addresses") == ["10.0.0.7"]


async def test_what_is_still_used_is_not_deleted_and_it_is_said_by_whom(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    create(shop, "computers", name="WS-1", location=Ref(bay))
    host = Host(shop)
    async with shown(host, listing(shop, "locations", "name:Bay")) as keys:
        await keys.press("d")
        assert "still used by 1 assets" in host.told[0]
        assert host.shows(RecordListScreen)


async def test_marked_records_are_deleted_together(shop: Shop) -> None:
    for name in "ABC":
        create(shop, "tags", name=name)
    host = Host(shop)
    async with shown(host, listing(shop, "tags")) as keys:
        await keys.press("space", "space", "d", "y")
        assert names(shop, "tags") == ["C"]
        host.undo_last()
    assert names(shop, "tags") == ["A", "B", "C"]


async def test_marked_records_get_the_same_values_in_one_batch(shop: Shop) -> None:
    ids = [create(shop, "computers", name=f"WS-{n}", domain=f"d{n % 2}", cpu="i5") for n in range(3)]
    host = Host(shop)
    async with shown(host, listing(shop), (100, 40)) as keys:
        await keys.press("space", "space", "space", "b")
        assert host.shows(BulkForm)
        assert "mixed: d0 (2), d1 (1)" in host.text
        assert host.line("Processor").split() == ["[", "]", "Processor", "i5"]
        domain = next(row for row in host.screen.query("FormRow") if row.field.name == "domain")  # type: ignore[attr-defined]
        domain.enter()  # type: ignore[attr-defined]
        await keys.type("west")
        assert "[x] Domain" in host.text
        await keys.press("ctrl+s")
    with shop.reading() as session:
        found = stored.full_rows(session, shop.catalog["computers"], ids)
    assert [one.values["domain"] for one in found] == ["west"] * 3
    assert [one.values["cpu"] for one in found] == ["i5"] * 3
    assert host.told == ["Changed 3 of 3 computers"]


async def test_a_field_is_made_blank_in_all_marked_records_by_its_tick(shop: Shop) -> None:
    ids = [create(shop, "vendors", name=name, website="old.example") for name in "AB"]
    host = Host(shop)
    async with shown(host, listing(shop, "vendors")) as keys:
        await keys.press("slash")
        await keys.type("website:old")
        await keys.press("enter")
        await keys.press("space", "space", "b")
        await keys.press("ctrl+s")
        assert "No field is ticked" in host.text
        await keys.press("down", *["backspace"] * 11, "ctrl+s")
    with shop.reading() as session:
        found = stored.full_rows(session, shop.catalog["vendors"], ids)
    assert [one.values["website"] for one in found] == [None, None]


async def test_a_new_asset_is_asked_what_it_is(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, listing(shop, "assets")) as keys:
        await keys.press("n")
        assert "What is it?" in host.text
        await keys.type("print")
        await keys.press("enter")
        assert host.shows(RecordForm)
        await keys.type("LASER-1")
        await keys.press("ctrl+s")
        assert names(shop, "printers") == ["LASER-1"]
        assert "> LASER-1 A-00001" in host.text


async def test_the_cursor_goes_to_what_was_made(shop: Shop) -> None:
    for n in range(30):
        create(shop, "computers", name=f"WS-{n:02}")
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.press("n")
        await keys.type("WS-17b")
        await keys.press("ctrl+s")
        assert "> WS-17b" in host.text


async def test_the_record_under_the_cursor_is_shown_at_a_glance(shop: Shop) -> None:
    pc, machine = create(shop, "computers", name="WS-1", domain="west"), create(shop, "equipment", name="CMM-1")
    drives = {"source": Ref(pc), "type": Ref(None, "drives"), "target": Ref(machine)}
    create(shop, "asset_relationships", **drives)
    host = Host(shop)
    async with shown(host, listing(shop)) as keys:
        await keys.see("WS-1 drives CMM-1")
        assert "Domain: west" in host.words


async def test_a_low_terminal_keeps_its_lines_for_the_list(shop: Shop) -> None:
    create(shop, "computers", name="WS-1", domain="west")
    host = Host(shop)
    async with shown(host, listing(shop), (80, 16)):
        assert "Domain: west" not in host.text
