from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input, Static

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.domain.dashboard import Widget
from shopdb.domain.listing import ListQuery
from shopdb.domain.navigation import NavItem
from shopdb.domain.screens import ScreenSpec
from shopdb.plugins.registry import Registry
from shopdb.services import records
from shopdb.store import records as stored
from shopdb.tui.opening import REMEMBERED_PASSWORD
from shopdb.tui.screens.dashboard import DashboardScreen, Tile
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.screens.record_view import RecordScreen
from shopdb.tui.widgets.navigation import Navigation
from tests.tui.hostile import HOSTILE
from tests.tui.shop_app import App, at_the_terminal, sign_in_as
from tests.tui.waiting import until

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

BEN = Origin("ben", "terminal")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


@pytest.fixture
def admin(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")


@pytest.mark.usefixtures("admin")
async def test_four_tasks_of_a_technician_take_at_most_forty_keys(shop: Shop, site: Settings) -> None:
    machine = create(shop, "computers", name="WS-7", serial_number="0ND7JA3")
    create(shop, "usb_devices", name="Stick 4", asset_number="U-4")
    create(shop, "people", name="Ana", badge="2004")
    steps = (
        (("ctrl+k", *"D7J"), "WS-7"),
        (("enter",), "[Overview]"),
        (("left_square_bracket",), "ben"),
        (("escape",), "Systems"),
        (("ctrl+p", *"check"), "Check out / in"),
        (("enter",), "Scan a device"),
        ((*"U-4", "enter", *"2004", "enter"), "goes to Ana"),
        (("escape",), "Systems"),
        (("u",), "scan 2004: 2 entries"),
        (("y",), "Systems"),
    )
    app = App(site)
    pressed = 0

    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        for wanted, seen in steps:
            pressed += len(wanted)
            await keys.press(*wanted)
            await keys.sees(seen)
        await keys.hears("undone")

    assert pressed <= 40, app.told
    with shop.reading() as session:
        assert stored.count(session, shop.catalog["usb_checkouts"], ListQuery()) == 0, app.told
        assert stored.get(session, shop.catalog["computers"], machine).label == "WS-7"


@pytest.mark.usefixtures("admin")
async def test_an_area_is_found_as_it_was_left(shop: Shop, site: Settings) -> None:
    for n in range(5):
        create(shop, "computers", name=f"WS-{n}")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-4")
        await keys.press("slash")
        await keys.type("WS")
        await keys.press("enter", "j", "j")
        assert "WS-2" in app.line(">")
        await keys.press("ctrl+n")
        assert app.screen.query_one(Navigation).has_class("-shown")
        await keys.press("k", "enter")
        await keys.sees("Assets")
        await keys.press("ctrl+n", "j", "enter")
        assert "WS-2" in app.line("> ")
        assert not app.screen.query_one(Navigation).has_class("-shown")


@pytest.mark.usefixtures("admin")
async def test_going_to_the_area_that_is_open_closes_what_lies_on_it(shop: Shop, site: Settings) -> None:
    create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        await keys.press("enter")
        await keys.sees("[Overview]")
        await keys.press("ctrl+n", "enter")
        assert isinstance(app.screen, RecordListScreen)


@pytest.mark.usefixtures("admin")
async def test_the_navigation_is_always_there_where_there_is_room(site: Settings) -> None:
    app = App(site)
    async with at_the_terminal(app, (120, 40)) as keys:
        await keys.sees("Navigate")
        await keys.press("ctrl+n")
        assert app.screen.query_one(Navigation).has_focus
        assert "⏎ Go there  esc Back to the area" in app.text.splitlines()[-1]
        await keys.press("escape")
        assert isinstance(app.focused, Tile)


@pytest.mark.usefixtures("admin")
async def test_a_scanned_code_is_waited_for_and_opens_its_record(shop: Shop, site: Settings) -> None:
    create(shop, "computers", name="WS-1", asset_number="PC-0001")
    wanted = create(shop, "computers", name="WS-2", asset_number="PC-0002")
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        await keys.press("ctrl+k")
        await keys.scan("PC-0002")
        await keys.sees("WS-2 · Computer")
        assert isinstance(app.screen, RecordScreen)
        assert app.screen._record_id == wanted  # noqa: SLF001


@pytest.mark.usefixtures("admin")
async def test_a_code_that_nobody_knows_is_said_to_be_unknown(site: Settings) -> None:
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        await keys.press("ctrl+k")
        await keys.scan("NOPE-9")
        await keys.sees("Nothing found")
        await keys.press("escape")
        assert isinstance(app.screen, DashboardScreen)


@pytest.mark.usefixtures("admin")
async def test_the_palette_goes_to_areas_runs_keys_and_finds_records(shop: Shop, site: Settings) -> None:
    create(shop, "printers", name="LASER-9")
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        await keys.press("ctrl+p", *"printers")
        await keys.sees("Go to Printers")
        await keys.press("enter")
        await keys.sees("Printers  1")
        await keys.press("ctrl+p", *"LASER-9")
        await keys.sees("Printer ·")
        await keys.press("enter")
        await keys.sees("LASER-9 · Printer")


@pytest.mark.usefixtures("admin")
async def test_the_palette_runs_what_was_typed_however_fast_enter_comes(shop: Shop, site: Settings) -> None:
    create(shop, "printers", name="LASER-9")
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        for typed, wanted in (("printers", "Printers  1"), ("LASER-9", "LASER-9 · Printer")):
            await keys.press("ctrl+p")
            keys.pour(*typed, "enter")
            await keys.sees(wanted)


@pytest.mark.usefixtures("admin")
async def test_the_help_shows_the_keys_of_the_screen_and_those_that_work_everywhere(site: Settings) -> None:
    app = App(site, area="computers")
    async with at_the_terminal(app, (100, 60)) as keys:
        await keys.sees("No computers yet")
        await keys.press("question_mark")
        for told in ("Filter", "Mark", "Everywhere", "Search", "Undo what you did last", "Every command", "Quit"):
            assert told in app.text
        assert "Scroll" not in app.text
        await keys.type("undo")
        assert "Undo what you did last" in app.text
        assert "Mark" not in app.text
        await keys.press("escape")
        assert isinstance(app.screen, RecordListScreen)


@pytest.mark.usefixtures("admin")
async def test_an_edit_is_undone_by_one_key_and_a_yes(shop: Shop, site: Settings) -> None:
    machine = create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        await keys.press("e", *"-new", "ctrl+s")
        await keys.hears("u undoes it")
        await keys.sees("WS-1-new")
        await keys.press("u")
        await keys.sees("Undo batch")
        await keys.press("y")
        await keys.hears("undone: 1 row is as it was")
        await until(lambda: "WS-1-new" not in app.text)
    with shop.reading() as session:
        assert stored.get(session, shop.catalog["computers"], machine).label == "WS-1"


async def test_who_may_only_look_is_offered_no_change(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "viewer")
    create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        assert "n New" not in app.text
        await keys.press("n", "e", "d", "u")
        assert isinstance(app.screen, RecordListScreen)
        assert app.told == ["Nothing has been changed here yet. u on a record's history takes any batch back."]


@pytest.mark.usefixtures("admin")
async def test_a_history_whose_batch_is_not_the_last_one_says_so_before_undoing(shop: Shop, site: Settings) -> None:
    machine = create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        await keys.press("e", *"-new", "ctrl+s")
        await keys.hears("u undoes it")
        await keys.press("enter", "left_square_bracket")
        await keys.sees("ben")
        await keys.press("G", "u")
        await keys.sees("not what you did last")
        await keys.press("n")
    with shop.reading() as session:
        assert stored.get(session, shop.catalog["computers"], machine).label == "WS-1-new"


# -- what plugins bring --------------------------------------------------------------------------------------


class FailingScreen(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Static("about to fail")

    def on_mount(self) -> None:
        raise RuntimeError("no such sensor")


def with_plugin(monkeypatch: pytest.MonkeyPatch, shop: Shop, **brought: Any) -> None:
    """Let the opened shop bring more than its own plugins do."""
    for name, value in brought.items():
        own = getattr(shop.plugins, name)
        joined = {**own, **value} if isinstance(value, dict) else (*own, *value)
        monkeypatch.setattr(Registry, name, joined)


@pytest.mark.usefixtures("admin")
async def test_a_plugins_screen_that_fails_is_left_and_named(
    shop: Shop, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ScreenSpec("wall", "Wall of sensors", lambda _context: FailingScreen())
    item = NavItem("Wall of sensors", opens="screen:wall")
    with_plugin(monkeypatch, shop, screens={"wall": spec}, navigation=[item])
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Systems")
        await keys.press("ctrl+p", *"wall")
        await keys.sees("Go to Wall")
        await keys.press("enter")
        await keys.hears("no such sensor")
        assert isinstance(app.screen, DashboardScreen)
        await keys.press("ctrl+k")
        assert isinstance(app.focused, Input)


@pytest.mark.usefixtures("admin")
async def test_a_widget_that_fails_says_so_in_its_own_box(
    shop: Shop, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Any) -> int:
        raise RuntimeError("no such [/foo] sensor")

    strange = Widget("Strange", "bar", lambda _session: ["no", "mapping"])
    elsewhere = Widget("Elsewhere", "number", lambda _session: 3, opens="no_such_list")
    with_plugin(monkeypatch, shop, widgets=[Widget("Broken", "number", fail), strange, elsewhere])
    app = App(site)
    async with at_the_terminal(app, (120, 60)) as keys:
        await keys.sees("no such [/foo] sensor")
        assert app.text.count("could not be read") == 2
        assert "Systems" in app.text
        list(app.screen.query(Tile))[-1].focus()
        await keys.press("enter")
        await keys.hears("no_such_list")
        assert isinstance(app.screen, DashboardScreen)


@pytest.mark.usefixtures("admin")
async def test_what_holds_now_stands_under_the_header(shop: Shop, site: Settings) -> None:
    create(shop, "notifications", title="Furnace [@click=app.quit]2\x1b[31m is down", severity="critical")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("!! Furnace [@click=app.quit]2")
        assert "\x1b" not in app.text


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("name", ["[/foo]", "[@click=app.quit]x", "a\x1b[2Jb", "機" * 40, "x" * 110])
async def test_a_site_of_any_name_has_a_header(site: Settings, name: str) -> None:
    app = App(replace(site, site_name=name))
    async with at_the_terminal(app) as keys:
        await keys.sees("admin")
        assert "\x1b" not in app.text
        assert "shopdb" in app.text.splitlines()[0]


@pytest.mark.usefixtures("admin")
async def test_hostile_names_are_harmless_in_search_palette_and_record(shop: Shop, site: Settings) -> None:
    for kind in ("closing tag", "action link", "open bracket", "escape", "bidi", "emoji"):
        create(shop, "computers", name=f"hostile {HOSTILE[kind]}"[:120])
    app = App(site)
    async with at_the_terminal(app, (120, 40)) as keys:
        await keys.sees("Systems")
        await keys.press("ctrl+k", *"hostile")
        await keys.sees("hostile [/foo]")
        await keys.press("escape", "ctrl+p", *"hostile")
        await keys.sees("hostile")
        await keys.press("down", "enter")
        await keys.sees("[Overview]")
        assert not any(char in app.text for char in "\x1b\u202e\u2066")
    assert app.return_code in (None, 0)


def test_the_folder_of_a_site_holds_the_password_for_its_owner_alone(site: Settings, shop: Shop) -> None:
    sign_in_as(shop, site, "admin")
    kept = Path(site.home) / "credentials" / REMEMBERED_PASSWORD
    assert kept.stat().st_mode & 0o077 == 0
