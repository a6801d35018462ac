"""The widgets of the frame with hostile texts in every place that takes one."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from shopdb.domain.dashboard import Widget as Reading
from shopdb.tui.desk import Area
from shopdb.tui.messages import StateRead
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.dashboard import drawn
from shopdb.tui.screens.trouble import TroubleScreen
from shopdb.tui.state import ShopState
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.footer import KeyLine
from shopdb.tui.widgets.header import ShopHeader
from shopdb.tui.widgets.help import HelpScreen, KeyHelp
from shopdb.tui.widgets.navigation import Navigation
from tests.tui.hostile import HOSTILE
from tests.tui.screens import Emulator, recording_driver
from tests.tui.test_hostile_texts import acting
from tests.tui.waiting import at_rest, until

every_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


class Room(SafeApp):
    def __init__(self, *make: Callable[[], Widget]) -> None:
        self.driver = recording_driver()
        super().__init__(environ={"COLORTERM": "truecolor"}, driver_class=self.driver)
        self.make = make

    def compose(self) -> ComposeResult:
        for make in self.make:
            yield make()

    @property
    def seen(self) -> str:
        """What a terminal shows now."""
        terminal = Emulator()
        for frame in self.driver.sent:
            terminal.feed(frame)
        return terminal.text


@every_text
async def test_the_header_the_navigation_and_the_keys_stand_hostile_texts(text: str) -> None:
    header = ShopHeader(text, text, 8420, UTC)
    areas = (Area("one", "First"), Area("two", text, text))
    app = Room(lambda: header, lambda: Navigation(areas, "one"), KeyLine)
    async with app.run_test(headless=False, notifications=True, tooltips=True) as pilot:
        header.tell(StateRead(ShopState(1, 2, 3, (("warning", text), ("info", text))), "up"))
        await pilot.press("j", "k", "j")
        await until(lambda: "server :8420" in app.seen)
        assert acting(app.driver.sent) == set()
        assert app.is_running


DIALOGS: dict[str, Callable[[str], Screen[Any]]] = {
    "question": lambda text: Confirm(text, text, yes=text, no=text),
    "help": lambda text: HelpScreen([KeyHelp("x", text, text)], text),
    "trouble": TroubleScreen,
}


@every_text
@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS)
async def test_dialogs_stand_hostile_texts(make: Callable[[str], Screen[Any]], text: str) -> None:
    app = Room()
    async with app.run_test(headless=False, notifications=True, tooltips=True):
        app.push_screen(make(text))
        await at_rest(app)
        assert acting(app.driver.sent) == set()
        assert app.is_running
        assert len(app.screen_stack) == 2


@every_text
def test_the_dashboard_draws_hostile_readings(text: str) -> None:
    for kind, reading in {"number": text, "list": [text, text], "bar": {text: 3}}.items():
        shown = drawn(Reading(text, kind, lambda _: None), reading, 40)  # type: ignore[arg-type]
        assert acting([shown.plain]) == set()
        assert all(line.cell_length <= 40 for line in shown.split("\n"))
