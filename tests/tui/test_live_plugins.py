"""Plugins come, change and go elsewhere: what an open terminal makes of it."""

import gc
import sys
import threading
import time
import weakref
from typing import Any

import pytest
from textual.widgets import Input

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM, Origin
from shopdb.lifecycle.switching import disable
from shopdb.plugins.importing import PACKAGE
from shopdb.services import records
from shopdb.tui.forms.record_form import RecordForm
from shopdb.tui.screens.dashboard import DashboardScreen
from shopdb.tui.screens.record_view import RecordScreen
from tests.tui.shop_app import App, at_the_terminal, sign_in_as
from tests.tui.site_plugins import bring, bring_hoists, tell_others
from tests.tui.waiting import until

BEN = Origin("ben", "terminal")
sqlite_alone = pytest.mark.parametrize("engine_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def admin(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


def switch_off(shop: Shop, plugin: str) -> None:
    disable(shop, plugin, origin=SYSTEM, report=lambda _progress: None)


def modules_of(site: Settings) -> set[str]:
    """The modules of the site's own plugins: those of other tests' sites may still be there."""
    own = str(site.plugin_dirs[0])
    return {
        name
        for name, module in list(sys.modules.items())
        if name.startswith(f"{PACKAGE}.") and str(getattr(module, "__file__", None) or "").startswith(own)
    }


async def test_what_somebody_else_installs_is_here_within_two_seconds_and_nothing_moves(
    shop: Shop, site: Settings
) -> None:
    for n in range(4):
        create(shop, "computers", name=f"WS-{n}")
    app = App(site, area="computers")
    async with at_the_terminal(app, (120, 40)) as keys:
        await keys.sees("WS-3")
        await keys.press("slash", *"WS", "enter", "s", "enter")
        await keys.sees("Name▼")
        await keys.press("g", "space", "j")
        await keys.sees("> WS-1")
        bring(site)
        installed = time.monotonic()
        await keys.hears("gauges 1.0.0 is here.")
        assert time.monotonic() - installed < 5.0  # two seconds, and what a busy machine adds
        await keys.settled()
        await keys.sees("1 marked")
        await keys.sees("> WS-1")
        assert "Name▼" in app.text
        assert app.screen.query_one(Input).value == "WS"
        assert "Gauges" in app.text
        await keys.press("ctrl+p", *"to gauges")
        await keys.sees("Go to Gauges")
        await keys.press("enter")
        await keys.sees("No gauges yet. n adds one.")


@sqlite_alone
async def test_a_form_is_kept_until_it_is_left(shop: Shop, site: Settings) -> None:
    bring(site)
    app = App(site, area="gauges")
    async with at_the_terminal(app) as keys:
        await keys.sees("No gauges yet")
        await keys.press("n", *"Caliper")
        bring(site, "1.1.0")
        await keys.hears("Plugins have changed; this is taken up when you leave this form.")
        assert isinstance(app.screen, RecordForm)
        await keys.press(*" 7", "ctrl+s")
        await keys.sees("Caliper 7")
        await keys.sees("Size")
        await keys.hears("gauges 1.1.0 is here")


@sqlite_alone
async def test_an_area_that_goes_is_left_for_the_dashboard(shop: Shop, site: Settings) -> None:
    bring_hoists(site)
    app = App(site, area="hoists")
    async with at_the_terminal(app) as keys:
        await keys.sees("!! Hoist [@click=app.quit]2 is down")
        switch_off(shop, "hoists")
        await keys.hears("Hoists is not here any more")
        await keys.hears("hoists is off.")
        assert isinstance(app.screen, DashboardScreen)
        await until(lambda: "is down" not in app.text)
        await keys.press("ctrl+p", *"to hoists")
        await keys.settled()
        assert "Go to Hoists" not in app.text


@sqlite_alone
async def test_what_is_opened_on_top_goes_on_too(shop: Shop, site: Settings) -> None:
    create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        await keys.press("enter")
        await keys.sees("[Overview]")
        await keys.press("right_square_bracket")
        await keys.sees("[Relations]")
        bring(site)
        await keys.hears("gauges 1.0.0 is here")
        await keys.sees("[Relations]")
        assert isinstance(app.screen, RecordScreen)
        await keys.press("escape")
        await keys.sees("Computers  1")
        assert "WS-1" in app.line("> ")


@sqlite_alone
async def test_old_code_is_really_gone(shop: Shop, site: Settings) -> None:
    bring(site)
    app = App(site, area="gauges")
    async with at_the_terminal(app) as keys:
        await keys.sees("No gauges yet")
        await keys.press("ctrl+p", *"bench")
        await keys.sees("Go to Bench")
        await keys.press("enter")
        await keys.sees("The bench of version 1.0.0")
        screen, model = type(app.screen), app._seat.desk.catalog["gauges"].model  # type: ignore[union-attr]  # noqa: SLF001
        old = [weakref.ref(screen), weakref.ref(model)]
        assert any("Bench.DEFAULT_CSS" in place[1] for place in app.stylesheet.source)
        before = modules_of(site)
        del screen, model

        bring(site, "1.1.0")
        await keys.sees("The bench of version 1.1.0")
        await keys.press("escape")
        await keys.sees("Size")
        await until(lambda: not before & modules_of(site))
        gc.collect()
        assert [one() for one in old] == [None, None]

        switch_off(shop, "gauges")
        await keys.hears("gauges is off")
        await until(lambda: modules_of(site) == set())
        assert not any("Bench" in place[1] for place in app.stylesheet.source)


@sqlite_alone
async def test_a_plugins_own_screen_stays_while_others_come_and_go(shop: Shop, site: Settings) -> None:
    bring_hoists(site)
    bring(site)
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Gauges here")
        await keys.press("ctrl+p", *"bench")
        await keys.sees("Go to Bench")
        await keys.press("enter")
        await keys.sees("The bench of version 1.0.0")
        await keys.type("half a word")
        bench = app.screen
        switch_off(shop, "hoists")
        await keys.hears("hoists is off")
        assert app.screen is bench
        bring(site, "1.1.0")
        await keys.hears("taken up when you leave this screen")
        assert app.screen is bench
        assert bench.query_one(Input).value == "half a word"
        await keys.press("escape")
        await keys.sees("Gauges here")


@sqlite_alone
async def test_plugins_that_cannot_be_taken_up_leave_everything_as_it_was(shop: Shop, site: Settings) -> None:
    create(shop, "computers", name="WS-1")
    app = App(site, area="computers")
    async with at_the_terminal(app) as keys:
        await keys.sees("WS-1")
        bring(site)
        await keys.hears("gauges 1.0.0 is here")
        (site.plugin_dirs[0] / "gauges" / "plugin.py").write_text("raise RuntimeError('[/foo] out of order')\n")
        tell_others(site)
        await keys.hears("[/foo] out of order")
        assert "WS-1" in app.text
        await keys.press("ctrl+p", *"to gauges")
        await keys.sees("Go to Gauges")
        assert sum("[/foo] out of order" in told for told in app.told) == 1


@sqlite_alone
async def test_what_a_plugin_leaves_running_is_written_down(shop: Shop, site: Settings) -> None:
    goes_on = threading.Event()
    files = {"running.py": "def run(event):\n    event.wait(60)\n"}
    bring(site, files=files)
    app = App(site, area="gauges")
    async with at_the_terminal(app) as keys:
        await keys.sees("No gauges yet")
        module = next(sys.modules[name] for name in modules_of(site) if name.endswith(".plugin"))
        running = __import__(f"{module.__package__}.running", fromlist=["run"])
        thread = threading.Thread(target=running.run, args=(goes_on,), name="polling", daemon=True)
        thread.start()
        del module, running
        switch_off(shop, "gauges")
        await keys.hears("gauges is off")
        from shopdb.store import journal

        def noted() -> list[str]:
            with shop.engine.connect() as connection:
                return [one.problem for one in journal.faults(connection)]

        await until(lambda: any("polling" in problem for problem in noted()))
        goes_on.set()
        thread.join(10)
