from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.store.base import utc_now
from shopdb.store.changes import insert_rows
from shopdb.store.models import Asset, Observation
from shopdb.store.schema import table_of
from shopdb.tui.desk import Desk
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.messages import ListAsked, RecordAsked, UndoAsked
from shopdb.tui.panes.overview import OverviewPane, read_facts
from shopdb.tui.panes.pane import Pane
from shopdb.tui.screens.record_view import RecordScreen
from tests.tui.counting import statements
from tests.tui.host import Host, Keys, shown

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

BEN = Origin("ben", "terminal", label="edit by ben")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> None:
    shop.write(BEN, lambda session: records.change(session, shop.catalog[resource], record_id, values))


def values(shop: Shop, resource: str, record_id: int) -> Any:
    with shop.reading() as session:
        return stored.get(session, shop.catalog[resource], record_id).values


def viewing(shop: Shop, resource: str, record_id: int) -> Callable[[Desk], RecordScreen]:
    return lambda desk: RecordScreen(desk, shop.catalog[resource], record_id)


async def open_tab(host: Host, keys: Keys, name: str) -> None:
    """Go on from tab to tab until the one with this name is open."""
    for _ in range(20):
        if f"[{name}" in host.text.splitlines()[2]:
            return
        await keys.press("right_square_bracket")
    raise AssertionError(name)


async def test_a_record_tells_its_fields_where_it_stands_and_when_it_was_seen(shop: Shop) -> None:
    plan = create(shop, "floor_plans", name="Hall 1", width=100, height=50)
    bay = create(shop, "locations", name="Bay 3", floor_plan=Ref(plan), mapx="12.5", mapy="8")
    pc = create(shop, "computers", name="WS-1", kind="heat_treat", location=Ref(bay), notes="first\nsecond")

    def see(session: Session) -> None:
        session.get_one(Asset, pc).last_seen = utc_now() - timedelta(hours=2, minutes=5)

    shop.write(BEN, see)
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)):
        title = host.text.splitlines()[1]
        for told in ("WS-1", "Computer", "A-0000", "Bay 3", "seen 2 h"):
            assert told in title
        assert "heat treat" in host.line("PC kind")
        assert "at 12.5, 8 on Hall 1 (via location Bay 3)" in host.words
        assert "second" in host.text
        assert "Serial number" in host.words.partition("Blank")[2]


async def test_enter_follows_a_link(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    pc = create(shop, "computers", name="WS-1", location=Ref(bay))
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        while not host.line("> Location"):
            await keys.press("j")
        await keys.press("enter")
        assert host.asked == [RecordAsked("locations", bay)]


async def test_enter_on_several_links_asks_which_to_follow(shop: Shop) -> None:
    machines = [create(shop, "equipment", name=name) for name in ("CMM-1", "CMM-2")]
    pc = create(shop, "computers", name="WS-1", drives=tuple(map(Ref, machines)))
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        while not host.line("> Drives"):
            await keys.press("j")
        await keys.press("enter")
        assert "Drives: go to" in host.words
        await keys.press("down", "enter")
        assert host.asked == [RecordAsked("assets", machines[1])]


async def test_wide_terminals_show_two_columns(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5", domain="west")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc), (140, 40)) as keys:
        assert "Processor" in host.line("> Name")
        await keys.press("l")
        assert "> Processor" in host.text


async def test_what_a_collector_saw_is_accepted_with_one_key(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", memory_mb=8192)
    row = {
        "asset_id": pc, "plugin": "computers", "source": "agent", "observed_values": {"memory_mb": 16384},
        "section_digests": {}, "observed_at": utc_now(), "received_at": utc_now(),
    }  # fmt: skip
    shop.write(BEN, lambda session: insert_rows(session, table_of(Observation), [row]))
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        assert "Collectors see it otherwise" in host.text
        assert "8192, but agent saw 16384" in host.words
        await keys.press("a")
        assert "Collectors see it otherwise" not in host.text
        assert host.told == ["Accepted memory (mib) as it was seen"]
    assert values(shop, "computers", pc)["memory_mb"] == 16384


async def test_only_the_open_tab_is_made(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        assert [type(pane) for pane in host.screen.query(Pane)] == [OverviewPane]
        await keys.press("right_square_bracket", "left_square_bracket")
        assert len(host.screen.query(Pane)) == 2


async def test_relations_read_from_this_end_and_lead_to_the_other(shop: Shop) -> None:
    pc, machine = create(shop, "computers", name="WS-1"), create(shop, "equipment", name="CMM-1")
    create(shop, "asset_relationships", source=Ref(pc), type=Ref(None, "drives"), target=Ref(machine))
    host = Host(shop)
    async with shown(host, viewing(shop, "equipment", machine)) as keys:
        await open_tab(host, keys, "Relations")
        line = host.line("> ")
        assert "WS-1" in line
        assert not line.startswith("> drives")
        await keys.press("enter")
        assert host.asked == [RecordAsked("assets", pc)]


async def test_a_relation_is_made_and_deleted_from_the_record(shop: Shop) -> None:
    pc, machine = create(shop, "computers", name="WS-1"), create(shop, "equipment", name="CMM-1")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await open_tab(host, keys, "Relations")
        assert "n relates it to another asset" in host.words
        await keys.press("n")
        assert host.shows(RecordForm)
        assert "WS-1" in host.line("Asset *")
        await keys.press("tab")
        await keys.paste("drives")
        await keys.press("tab")
        await keys.paste("CMM-1")
        await keys.press("ctrl+s")
        assert "drives" in host.line("CMM-1")
        await keys.press("d", "y")
        assert "CMM-1" not in host.line("> ")
    assert values(shop, "computers", pc)["drives"] == ()
    assert values(shop, "equipment", machine)["driven_by"] == ()


async def test_who_points_at_a_record_is_counted_and_listed(shop: Shop) -> None:
    bay = create(shop, "locations", name="Bay 3")
    for n in range(3):
        create(shop, "computers", name=f"WS-{n}", location=Ref(bay))
    host = Host(shop)
    async with shown(host, viewing(shop, "locations", bay)) as keys:
        await open_tab(host, keys, "Relations")
        assert "3 assets" in host.line("location of")
        await keys.press("enter")
        assert host.asked == [ListAsked("assets", f"location:#{bay}")]


async def test_what_belongs_to_a_record_is_made_in_its_tab(shop: Shop) -> None:
    pc, other = create(shop, "computers", name="WS-1"), create(shop, "computers", name="WS-2")
    create(shop, "network_addresses", asset=Ref(other), ip="10.9.9.9")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await open_tab(host, keys, "Addresses")
        assert "No addresses here. n adds one." in host.words
        assert "10.9.9.9" not in host.text
        await keys.press("n", "tab")
        await keys.paste("10.0.0.7")
        await keys.press("ctrl+s")
        assert "> 10.0.0.7" in host.text
        host.bring_news()
        await keys.wait()
        assert "[Addresses 1]" in host.text


async def test_history_tells_each_field_and_asks_to_undo_a_batch(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5", domain="west")
    change(shop, "computers", pc, cpu="i7", domain=None)
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await open_tab(host, keys, "History")
        line = host.line("> ")
        for told in ("ben", "terminal", "i5", "i7"):
            assert told in line
        assert "Processor: i5 \u2192 i7" in host.words
        assert "Domain: west \u2192 \u2013" in host.words
        assert "edit by ben" in host.words
        await keys.press("u")
        (asked,) = host.asked
        assert isinstance(asked, UndoAsked)
        assert asked.batch_id is not None
        await keys.press("G")
        assert "Name: WS-1" in host.words


async def test_what_others_change_appears_in_every_open_tab(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1", cpu="i5")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await open_tab(host, keys, "History")
        change(shop, "computers", pc, cpu="i9", name="WS-NEW")
        host.bring_news()
        await keys.wait()
        assert "i9" in host.text
        assert "WS-NEW" in host.text.splitlines()[1]
        while "[Overview]" not in host.text:
            await keys.press("left_square_bracket")
        assert "i9" in host.line("Processor")


async def test_a_record_that_goes_meanwhile_still_tells_its_history(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        shop.write(BEN, lambda session: records.remove(session, shop.catalog["computers"], pc))
        host.bring_news()
        await keys.wait()
        assert "WS-1 is deleted; u on its history brings it back" in host.words
        assert "deleted" in host.line("> ")
        await keys.press("u")
        assert isinstance(host.asked[0], UndoAsked)


async def test_the_record_is_edited_and_deleted_from_its_screen(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await keys.press("e")
        assert host.shows(RecordForm)
        await keys.type("-B")
        await keys.press("ctrl+s")
        assert "WS-1-B" in host.text.splitlines()[1]
        await keys.press("d", "y")
        assert not host.shows(RecordScreen)
    assert host.told == ["Saved WS-1-B", "Deleted WS-1-B"]


async def test_a_list_of_others_keeps_the_keys_of_the_record_away(shop: Shop) -> None:
    pc = create(shop, "computers", name="WS-1")
    host = Host(shop)
    async with shown(host, viewing(shop, "computers", pc)) as keys:
        await open_tab(host, keys, "Software")
        await keys.press("d", "e")
        assert host.shows(RecordScreen)


def test_a_record_takes_as_many_statements_however_much_belongs_to_it(shop: Shop) -> None:
    def asked(count: int) -> int:
        pc = create(shop, "computers", name=f"WS-{count}")
        for n in range(count):
            create(shop, "network_addresses", asset=Ref(pc), ip=f"10.0.0.{n}")
        with statements(shop.engine) as found, shop.reading() as session:
            read_facts(shop.catalog["computers"], pc, session, catalog=shop.catalog)
        return len(found)

    assert asked(1) == asked(30)
