import asyncio
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.drivers.linux_driver import LinuxDriver
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import (
    Checkbox,
    DataTable,
    Footer,
    Header,
    Input,
    Label,
    Static,
    TabbedContent,
    TabPane,
    TextArea,
)

from shopdb.tui.driver import changed_cells_only
from shopdb.tui.linux_driver import ChangedCellsDriver
from shopdb.tui.painted import Cells
from shopdb.tui.safety import plain
from tests.tui.hostile import HOSTILE
from tests.tui.screens import Emulator, recording_driver
from tests.tui.waiting import at_rest


class Question(ModalScreen[bool]):
    BINDINGS: ClassVar = [("escape", "dismiss(False)", "No")]
    DEFAULT_CSS = "Question { align: center middle; } Question Label { padding: 2 6; background: $panel; }"

    def compose(self) -> ComposeResult:
        yield Label("Delete 機械 7? This cannot be undone.")


class Workshop(App[None]):
    BINDINGS: ClassVar = [("f2", "ask", "Ask"), ("f3", "shout", "Shout")]
    CSS = "DataTable { height: 10; width: 60%; } TextArea { height: 5; }"

    def compose(self) -> ComposeResult:
        yield Header(show_clock=False)
        with Horizontal():
            yield DataTable()
            with Vertical():
                yield Input(value="機械七号 and more")
                yield Checkbox("Retired")
                yield Static("wide 日本 and é and 🔥 fire", markup=False)
        with TabbedContent():
            with TabPane("One"):
                yield TextArea("line one\n行二\nthree")
            with TabPane("Two"):
                yield Static("\n".join(plain(text) for text in HOSTILE.values()), markup=False)
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Name", "Serial", "Place")
        for number in range(200):
            table.add_row(f"WS-{number}", "機" * (number % 7) + f"S{number * 7919 % 1000}", "Bay" * (number % 3))

    def action_ask(self) -> None:
        self.push_screen(Question())

    def action_shout(self) -> None:
        self.notify("Something happened", timeout=60)


LIST = "down down down down pagedown pagedown pagedown end home"
MODAL_AND_INPUT = "f2 escape tab end x y z backspace left left left left left left delete delete"
REST = "tab space f3 tab right left tab a enter b up ctrl+p escape"
KEYS = f"{LIST} {MODAL_AND_INPUT} {REST}".split()


async def walk(pilot: Pilot[None], keys: list[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await at_rest(pilot.app)


async def frames(keys: list[str], *, size: tuple[int, int] = (80, 24)) -> list[str]:
    """What stock Textual sends for `keys`."""
    driver = recording_driver()
    app = Workshop(driver_class=driver)
    async with app.run_test(headless=False, size=size, notifications=True, tooltips=True) as pilot:
        await walk(pilot, keys)
        app.theme = "textual-light"
        await walk(pilot, ["down"])
    return driver.sent


@pytest.fixture(scope="module")
def session() -> list[str]:
    return asyncio.run(frames(KEYS))


def test_the_terminal_shows_the_same_cells_after_every_frame(session: list[str]) -> None:
    stock, ours, cells = Emulator(), Emulator(), Cells()
    for number, frame in enumerate(session):
        stock.feed(frame)
        ours.feed(cells.difference(frame))
        assert ours.cells() == stock.cells(), f"frame {number} of {len(session)}"
        assert (ours.screen.cursor.x, ours.screen.cursor.y) == (stock.screen.cursor.x, stock.screen.cursor.y)
    assert len(session) > 40


def test_a_session_takes_less_than_half_of_the_bytes(session: list[str]) -> None:
    cells = Cells()
    sent = sum(len(cells.difference(frame).encode()) for frame in session)
    stock = sum(len(frame.encode()) for frame in session)
    assert sent < stock / 2


def test_a_frame_painted_twice_sends_nothing() -> None:
    cells = Cells()
    frame = "\x1b[1;1H\x1b[1;38;2;1;2;3mName\x1b[0m 機械\n\x1b[2;1Hx\x1b[1;1H"
    assert cells.difference(frame) != ""
    assert cells.difference(frame) == ""


def test_a_single_changed_cell_costs_a_move_and_the_cell() -> None:
    cells = Cells()
    cells.difference("\x1b[1;1Habcdefghij\x1b[1;1H")
    assert cells.difference("\x1b[1;1HabcdefghiX\x1b[1;1H") == "\x1b[9CX\x1b[1;1H"


def test_nothing_is_assumed_of_a_terminal_that_was_forgotten() -> None:
    cells = Cells()
    frame = "\x1b[1;1Habc\x1b[1;1H"
    first = cells.difference(frame)
    cells.forget()
    assert cells.difference(frame) == first


@pytest.mark.parametrize("data", ["\x1b[2J", "\x1b[1;1Ha\x1b[K", "text alone", "\x1b[1;1Ha\tb"])
def test_what_is_no_frame_is_sent_as_it_is_and_makes_the_next_frame_whole(data: str) -> None:
    cells = Cells()
    frame = "\x1b[1;1Habc\x1b[1;1H"
    first = cells.difference(frame)
    assert cells.difference(data) == data
    assert cells.difference(frame) == first


@pytest.mark.parametrize("data", ["\x07", "\x1b[?25l", "\x1b[>13u", "\x1b]52;c;YQ==\x07", "\x1b[?2048$p"])
def test_what_draws_nothing_is_sent_as_it_is_and_forgets_nothing(data: str) -> None:
    cells = Cells()
    frame = "\x1b[1;1Habc\x1b[1;1H"
    cells.difference(frame)
    assert cells.difference(data) == data
    assert cells.difference(frame) == ""


def test_what_follows_a_wide_character_is_placed_anew() -> None:
    # A terminal that gives the glyph one cell only must not shift the rest of the line.
    assert Cells().difference("\x1b[1;1H機ab\x1b[1;1H") == "\x1b[1;1H\x1b[0m機\x1b[1;3Hab\x1b[1;1H"


def test_half_of_a_wide_character_that_is_painted_over_becomes_a_space() -> None:
    cells, terminal = Cells(), Emulator()
    terminal.feed(cells.difference("\x1b[1;1Ha機b\x1b[1;1H"))
    terminal.feed(cells.difference("\x1b[1;3Hx\x1b[1;1H"))
    assert terminal.screen.display[0].startswith("a xb")


def test_cells_that_nobody_knows_are_stepped_over() -> None:
    cells, terminal = Cells(), Emulator()
    terminal.feed("0123456789abcdef")
    terminal.feed(cells.difference("\x1b[1;4Hxx\x1b[1;1H"))
    terminal.feed(cells.difference("\x1b[1;8Hyy\x1b[1;2Hz\x1b[1;1H"))
    assert terminal.screen.display[0].startswith("0z2xx56yy9abcdef")


def test_links_come_through() -> None:
    sent = Cells().difference("\x1b[1;1H\x1b]8;id=1;http://a\x1b\\go\x1b]8;;\x1b\\ on\x1b[1;1H")
    assert sent.count("\x1b]8;id=1;http://a\x1b\\") == 1
    assert sent.index("\x1b]8;;\x1b\\") > sent.index("go")


def test_only_the_stock_linux_driver_is_replaced() -> None:
    other = recording_driver()
    assert changed_cells_only(LinuxDriver) is ChangedCellsDriver
    assert changed_cells_only(other) is other
