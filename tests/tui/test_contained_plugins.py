"""What the code of plugins does in the terminal, where it must disturb nobody else."""

from functools import partial

import pytest

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.store import journal
from shopdb.store.installed import installed
from shopdb.tui import containment, notices, stalls
from shopdb.tui.screens import dashboard
from tests.tui.shop_app import App, at_the_terminal, sign_in_as
from tests.tui.site_plugins import bring
from tests.tui.waiting import until

sqlite_alone = pytest.mark.parametrize("engine_kind", ["sqlite"])


HANGING = """
def get_dashboard_widgets(self):
    import itertools
    import sys
    import threading

    return (
        Widget("Hangs", "number", lambda session: threading.Event().wait(30)),
        Widget("Hangs too", "number", lambda session: threading.Event().wait(30)),
        Widget("Never gets its turn", "number", lambda session: 1),
    )

def get_services(self):
    import threading

    return {"active_notices": lambda session: threading.Event().wait(30)}
"""
FAILING_HOOKS = """
def get_dashboard_widgets(self):
    import itertools
    import sys

    def end(session):
        sys.exit("[/foo]\\x1b[2J out of order")

    return (
        Widget("Ends", "number", end),
        Widget("Never ends", "list", lambda session: itertools.repeat("again")),
        Widget("Is no number", "bar", lambda session: ["no", "mapping"]),
    )

def get_services(self):
    def fail(session):
        raise RuntimeError("no notices today")

    return {"active_notices": fail}

def get_screens(self):
    def make(context):
        raise SystemExit("no screen today")
    return (ScreenSpec("gauges_bench", "Bench", make),)

def get_navigation_items(self):
    return (NavItem("Bench", opens="screen:gauges_bench", permission="gauges.view"),)
"""


def noted(shop: Shop) -> list[tuple[str, str, str]]:
    with shop.engine.connect() as connection:
        return [(one.plugin, one.program, one.problem) for one in journal.faults(connection)]


@sqlite_alone
async def test_a_plugin_that_does_not_answer_keeps_nobody_waiting(
    shop: Shop, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_as(shop, site, "admin")
    bring(site, hooks=HANGING)
    monkeypatch.setattr(dashboard, "PATIENCE_WITH_PLUGINS", 0.5)
    monkeypatch.setattr(notices, "PATIENCE_WITH_PLUGINS", 0.5)
    app = App(site)
    async with at_the_terminal(app, (120, 60)) as keys:
        await keys.sees("Systems")
        await until(lambda: app.text.count("! does not answer") == 3)
        await until(lambda: len(noted(shop)) == 4)
        assert {one[:2] for one in noted(shop)} == {("gauges", "terminal")}
        assert any("its notices do not answer" in one[2] for one in noted(shop))
        with shop.writing(Origin("ben", "terminal")) as session:
            records.create(
                session, shop.catalog["notifications"], {"title": "Furnace 2 is down", "severity": "critical"}
            )
        await keys.sees("!! Furnace 2 is down")
        await keys.press("ctrl+k", *"Furnace")
        await keys.sees("Notification")


@sqlite_alone
async def test_what_a_plugin_raises_is_its_own_affair_and_is_written_down_once(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")
    bring(site, hooks=FAILING_HOOKS)
    app = App(site)
    async with at_the_terminal(app, (120, 60)) as keys:
        await keys.sees("SystemExit: [/foo]␛[2J out of order")
        await keys.sees("more")
        assert app.text.count("could not be read") == 2
        await keys.press("r", "r")
        for _ in range(2):
            await keys.press("ctrl+p", *"bench")
            await keys.sees("Go to Bench")
            await keys.press("enter")
        await keys.hears("no screen today")
        await until(lambda: len(noted(shop)) == 4)
        told = " ".join(one[2] for one in noted(shop))
        for words in (
            "reading the widget 'Ends'",
            "reading the widget 'Is no number'",
            "no notices today",
            "Bench failed",
        ):
            assert words in told
        await keys.press("ctrl+p", *"to plugins")
        await keys.sees("Go to Plugins")
        await keys.press("enter")
        await keys.sees("terminal on")
        assert "\x1b" not in app.text


@sqlite_alone
async def test_a_plugin_that_keeps_the_program_from_starting_can_be_left_out_and_switched_off(
    shop: Shop, site: Settings
) -> None:
    sign_in_as(shop, site, "admin")
    bring(site)
    (site.plugin_dirs[0] / "gauges" / "plugin.py").write_text("raise RuntimeError('[/foo] out of order')\n")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("The plugin gauges cannot be used")
        assert "[/foo] out of order" in app.text
        assert "s starts without plugins" in app.text
        await keys.press("s")
        await keys.sees("no plugin is loaded here")
        await until(lambda: "left out" in app.line("gauges"))
        await keys.press(*"jj")
        await keys.sees("> gauges")
        await keys.press("d", "y")
        await keys.sees("gauges is off; its data is kept.")
        await keys.press("enter")
        await until(lambda: "disabled" in app.line("> gauges"))
    with shop.engine.connect() as connection:
        assert not installed(connection)["gauges"].enabled


FREEZING = """
from textual.screen import Screen
from textual.widgets import Static
import time


class Bench(Screen):
    BINDINGS = [("1", "sleep", "Sleep"), ("2", "compute", "Compute")]

    def __init__(self, context):
        super().__init__()

    def compose(self):
        yield Static("The bench")

    def action_sleep(self):
        time.sleep(120)

    def on_key(self, event):
        while event.key == "2":
            try:
                sum(range(1000))
            except Exception:
                pass
"""


@sqlite_alone
@pytest.mark.skipif(stalls.SIGNAL is None, reason="nothing interrupts a thread here")
async def test_a_screen_that_freezes_the_terminal_is_interrupted_and_closed(
    shop: Shop, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_as(shop, site, "admin")
    bring(site, files={"screens.py": FREEZING})
    monkeypatch.setattr(containment, "Stalls", partial(stalls.Stalls, tick=0.2, most=0.4))
    app = App(site)
    async with at_the_terminal(app) as keys:
        await keys.sees("Gauges here")
        for times, key in enumerate("12", 1):
            await keys.press("ctrl+p", *"bench")
            await keys.sees("Go to Bench")
            await keys.press("enter")
            await keys.sees("The bench")
            keys.pour(key)
            await keys.sees("Gauges here")
            await until(lambda expected=times: sum("kept the terminal" in told for told in app.told) == expected)  # type: ignore[misc]  # a lambda's default
        await until(lambda: any("kept the terminal" in one[2] for one in noted(shop)))
