"""What the code of plugins does in the terminal, where it must disturb nobody else."""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.store import journal
from shopdb.store.installed import installed
from shopdb.tui import notices
from shopdb.tui.screens import dashboard
from tests.tui.shop_app import App, at_the_terminal, sign_in_as
from tests.tui.site_plugins import bring
from tests.tui.test_containment import Home, House, works_on
from tests.tui.waiting import until

# Textual makes this coroutine for a screen that then never runs; Python tells of it when it is collected.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine 'Screen._watch_selections' was never awaited",
    "ignore:.*Screen._watch_selections:pytest.PytestUnraisableExceptionWarning",
)


sqlite_alone = pytest.mark.parametrize("engine_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL + 1)
    yield
    gc.collect()


def end() -> None:
    sys.exit("out of order")


class EndsInCompose(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Label("before")
        end()


class EndsInMount(Screen[None]):
    def on_mount(self) -> None:
        end()


class EndsInTimer(Screen[None]):
    def on_mount(self) -> None:
        self.set_interval(0.01, end)


class EndsInWorker(Screen[None]):
    def on_mount(self) -> None:
        self.end()

    @work
    async def end(self) -> None:
        end()


class EndsInThread(Screen[None]):
    def on_mount(self) -> None:
        self.end()

    @work(thread=True)
    def end(self) -> None:
        end()


class EndsInKey(Screen[None]):
    def on_key(self, event: events.Key) -> None:
        end()


class EndsInAction(Screen[None]):
    BINDINGS: ClassVar = [Binding("f", "end", "End")]

    def action_end(self) -> None:
        end()


class EndsInCallback(Screen[None]):
    def on_mount(self) -> None:
        self.call_after_refresh(end)


class EndsInWatcher(Screen[None]):
    count: reactive[int] = reactive(0)

    def watch_count(self) -> None:
        end()


class EndsWhenMade(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        end()


class Ending(Widget):
    def on_mount(self) -> None:
        end()


class HoldsAnEndingChild(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Ending()


class EndsInRender(Screen[None]):
    def render(self) -> str:
        sys.exit(1)


ENDING = [
    EndsInCompose, EndsInMount, EndsInTimer, EndsInWorker, EndsInThread, EndsInKey, EndsInAction, EndsInCallback,
    EndsInWatcher, EndsWhenMade, HoldsAnEndingChild, EndsInRender,
]  # fmt: skip


@pytest.mark.parametrize("screen", ENDING)
async def test_a_screen_that_asks_for_the_end_of_the_program_is_left_alone(screen: type[Screen[None]]) -> None:
    app = House()
    async with app.run_test(notifications=True, tooltips=True):
        await until(lambda: isinstance(app.screen, Home))
        app.open_screen("plugin", screen)
        app.post_message(events.Key("f", "f"))
        await until(lambda: app.failures != [])
        await until(lambda: isinstance(app.screen, Home))
        assert len(app.failures) == 1
        assert "SystemExit" in app.failures[0].reason
        await works_on(app)


class HangsInThread(Screen[None]):
    def on_mount(self) -> None:
        self.hang()

    @work(thread=True)
    def hang(self) -> None:
        threading.Event().wait(60)


def test_a_worker_that_hangs_does_not_keep_the_program_from_ending() -> None:
    async def story() -> None:
        app = House()
        async with app.run_test():
            await until(lambda: isinstance(app.screen, Home))
            app.open_screen("plugin", HangsInThread)
            await until(lambda: len(app.screen.workers) == 1)

    begun = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - begun < 30


# -- what a site's plugins bring -----------------------------------------------------------------------------

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
