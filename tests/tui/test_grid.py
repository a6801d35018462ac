import threading
from collections.abc import Sequence
from typing import Any

import pytest
from textual import events
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from shopdb.tui.jobs import JobFailed
from shopdb.tui.rows import Column, Row
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.widgets.columns import Sort
from shopdb.tui.widgets.grid import Grid
from tests.tui.hostile import HOSTILE
from tests.tui.screens import Emulator, recording_driver
from tests.tui.sources import COLUMNS, MadeUpRows
from tests.tui.waiting import PATIENCE, at_rest, until

LINES = 24
PAGE = LINES - 1


class ListApp(SafeApp):
    """A grid alone, and what it posts."""

    def __init__(self, columns: Sequence[Column] = COLUMNS, **settings: Any) -> None:
        super().__init__(environ={"COLORTERM": "truecolor", **settings.pop("environ", {})}, **settings)
        self.grid = Grid(self.jobs, columns, empty="No computers yet. n adds one.")
        self.posted: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_grid_opened(self, message: Grid.Opened) -> None:
        self.posted.append(("opened", message.row.id))

    def on_grid_highlighted(self, message: Grid.Highlighted) -> None:
        self.posted.append(("highlighted", message.row and message.row.id))

    def on_grid_marked(self, message: Grid.Marked) -> None:
        self.posted.append(("marked", set(message.marks)))

    def on_grid_sort_asked(self, message: Grid.SortAsked) -> None:
        self.posted.append(("sort", message.column))

    def on_job_failed(self, message: JobFailed) -> None:
        self.posted.append(("failed", str(message.error)))


def shown(grid: Grid) -> list[str]:
    """The lines of the grid, headings first."""
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def names(grid: Grid) -> list[str]:
    """The first column of every row that is seen."""
    return [line.split()[1 if line[0] == ">" else 0].lstrip("*>") for line in shown(grid)[1:] if line.strip()]


async def opened(app: ListApp, source: MadeUpRows, **how: Any) -> None:
    """Show `source` and wait until all of it is known."""
    app.grid.show(source, **how)
    await settled(app)


async def settled(app: ListApp) -> None:
    await at_rest(app)
    assert app.grid.total is not None
    assert app.grid.row is not None or not app.grid.total


async def press(pilot: Pilot[None], app: ListApp, keys: str) -> None:
    for key in keys.split():
        await pilot.press(key)
        await settled(app)


SIZES = pytest.mark.parametrize("count", [50, 5_000, 300_000], ids=["one page", "all ids", "keyset"])


@SIZES
async def test_keys_go_where_they_say(count: int) -> None:
    app = ListApp()
    async with app.run_test(notifications=True, tooltips=True) as pilot:
        await opened(app, MadeUpRows(count))
        for keys, position in [
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up up up", 0),
            ("pagedown", PAGE),
            ("G", count - 1),
            ("pageup", count - 1 - PAGE),
            ("g", 0),
            ("end", count - 1),
            ("j", count - 1),
            ("home", 0),
        ]:
            await press(pilot, app, keys)
            assert app.grid.position == position, keys
            assert app.grid.row is not None
            assert app.grid.row.id == position + 1, keys
            assert any(line.startswith(">") and f"{position + 1:07}" in line for line in shown(app.grid))


@SIZES
async def test_every_page_down_shows_the_rows_that_follow(count: int) -> None:
    app = ListApp()
    async with app.run_test(notifications=True) as pilot:
        await opened(app, MadeUpRows(count))
        for page in range(1, min(count // PAGE, 12)):
            await press(pilot, app, "pagedown")
            assert names(app.grid) == [f"WS-{page * PAGE + n + 1:07}" for n in range(PAGE)]


async def test_the_first_rows_are_there_before_the_order_of_all_is_known() -> None:
    counting = threading.Event()

    class SlowToCount(MadeUpRows):
        def ids(self) -> Any:
            counting.wait(PATIENCE)
            return super().ids()

    app = ListApp()
    async with app.run_test() as pilot:
        app.grid.show(SlowToCount(5_000))
        await until(lambda: app.grid.row is not None)
        assert app.grid.position == 0
        await pilot.press("pagedown", "pagedown", "G")
        known = app.grid.total
        assert known is None
        counting.set()
        await settled(app)
        assert app.grid.total == 5_000
        await until(lambda: app.grid.position == 5_000 - 1)  # G is answered when the end is known


async def test_no_key_waits_for_the_database() -> None:
    reading = threading.Event()

    class Slow(MadeUpRows):
        def rows(self, ids: Sequence[int]) -> list[Row]:
            reading.wait(PATIENCE)
            return super().rows(ids)

    app = ListApp()
    async with app.run_test() as pilot:
        app.grid.show(Slow(5_000))
        await until(lambda: app.grid.total is not None)
        await pilot.press(*["pagedown"] * 10)
        assert app.grid.position == 10 * PAGE
        assert app.grid.row is None
        assert set(shown(app.grid)[2].split()) == {"·"}
        reading.set()
        await settled(app)
        assert app.grid.row is not None


async def test_reading_again_keeps_the_cursor_on_its_row() -> None:
    app = ListApp()
    source = MadeUpRows(5_000)
    async with app.run_test() as pilot:
        await opened(app, source)
        await press(pilot, app, "pagedown pagedown j")
        assert app.grid.row is not None
        row, line = app.grid.row.id, shown(app.grid).index(next(x for x in shown(app.grid) if x[0] == ">"))
        source.order = [*range(-9, 1), *source.order]
        source.renamed[row] = "RENAMED"
        app.grid.reload()
        await until(lambda: app.grid.row is not None and app.grid.row.cells[0] == "RENAMED")
        assert app.grid.row.id == row
        assert app.grid.total == 5_010
        assert shown(app.grid)[line].startswith("> RENAMED")


async def test_reading_again_many_times_reads_again_once_more_at_the_end() -> None:
    app = ListApp()
    source = MadeUpRows(500)
    async with app.run_test():
        await opened(app, source)
        source.asked.clear()
        for _ in range(20):
            app.grid.reload()
        await settled(app)
        assert source.asked.count("ids") == 2


async def test_a_list_that_becomes_empty_says_so() -> None:
    app = ListApp()
    source = MadeUpRows(500)
    async with app.run_test():
        await opened(app, source)
        source.order = []
        app.grid.reload()
        await until(lambda: app.grid.total == 0)
        assert shown(app.grid)[1].strip() == "No computers yet. n adds one."
        await until(lambda: ("highlighted", None) in app.posted)


async def test_keys_in_an_empty_list_do_nothing() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await opened(app, MadeUpRows(0))
        await pilot.press("j", "k", "G", "pagedown", "enter", "space", "l", "h", "g")
        assert app.grid.position == 0
        assert [post for post in app.posted if post[0] in {"opened", "marked"}] == []  # type: ignore[index]


async def test_marks_stay_on_their_rows_and_leave_with_the_list() -> None:
    app = ListApp()
    source = MadeUpRows(500)
    async with app.run_test() as pilot:
        await opened(app, source)
        await press(pilot, app, "space space j space")
        assert app.grid.marks == {1, 2, 4}
        assert app.grid.position == 4
        await press(pilot, app, "k space")
        assert app.grid.marks == {1, 2}
        source.order.remove(1)
        app.grid.reload()
        await until(lambda: app.grid.total == 499)
        assert shown(app.grid)[1].startswith(" *WS-0000002")
        await opened(app, MadeUpRows(10))
        assert app.grid.marks == frozenset()
        assert app.posted[-1] != ("marked", {1, 2})


async def test_enter_and_a_double_click_open_the_row() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await opened(app, MadeUpRows(500))
        await pilot.press("j", "enter")
        await pilot.click(Grid, offset=(5, 4), times=2)
        await until(lambda: [post for post in app.posted if post[0] == "opened"] == [("opened", 2), ("opened", 4)])  # type: ignore[index]


async def test_a_click_moves_the_cursor_and_a_heading_asks_for_its_order() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await opened(app, MadeUpRows(500))
        await pilot.click(Grid, offset=(5, 7))
        assert app.grid.position == 6
        await pilot.click(Grid, offset=(20, 0))
        await pilot.press("s")
        await until(lambda: [p for p in app.posted if p[0] == "sort"] == [("sort", "serial"), ("sort", None)])  # type: ignore[index]


async def test_the_wheel_takes_the_cursor_along() -> None:
    app = ListApp()
    async with app.run_test():
        await opened(app, MadeUpRows(500))
        await until(lambda: app.grid.show_vertical_scrollbar)
        for _ in range(5):
            app.grid.post_message(events.MouseScrollDown(app.grid, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False))
        await until(lambda: app.grid.position > 0)
        await at_rest(app)
        assert shown(app.grid)[1].startswith(">")


async def test_columns_are_panned_one_by_one_and_the_first_stays() -> None:
    app = ListApp()
    async with app.run_test() as pilot:
        await opened(app, MadeUpRows(500))
        assert shown(app.grid)[0].endswith("»")
        await pilot.press("l", "right")
        headings = shown(app.grid)[0]
        assert headings.startswith("« Name")
        assert "Serial" not in headings
        assert "Drives" not in headings
        await pilot.press(*["l"] * 10)
        assert "Note" in shown(app.grid)[0]
        assert not shown(app.grid)[0].endswith("»")
        await pilot.press(*["h"] * 12)
        assert shown(app.grid)[0].startswith("  Name")


async def test_the_order_is_shown_in_the_headings() -> None:
    app = ListApp()
    async with app.run_test():
        await opened(app, MadeUpRows(50), sort=Sort("serial"))
        assert "Serial▲" in shown(app.grid)[0]
        await opened(app, MadeUpRows(50), sort=Sort("seen", descending=True))
        assert "Seen▼" in shown(app.grid)[0]


async def test_a_list_opens_with_its_cursor_on_the_row_it_was_asked_for() -> None:
    app = ListApp()
    async with app.run_test():
        for wanted in (7, 4_321):
            await opened(app, MadeUpRows(5_000), at=wanted)
            await until(lambda wanted=wanted: app.grid.row is not None and app.grid.row.id == wanted)  # type: ignore[misc]


async def test_a_list_that_cannot_be_read_says_why_and_the_next_can() -> None:
    class Broken(MadeUpRows):
        def after(self, row: Row | None, limit: int) -> list[Row]:
            raise ConnectionError("[/foo] gone\x1b[2J")

    app = ListApp()
    async with app.run_test():
        app.grid.show(Broken(10))
        await until(lambda: len(app.posted) == 1)
        assert shown(app.grid)[1].strip() == "[/foo] gone␛[2J"
        await opened(app, MadeUpRows(10))
        assert names(app.grid)[0] == "WS-0000001"


async def test_a_trouble_that_lasts_is_told_once() -> None:
    class Away(MadeUpRows):
        away = False

        def ids(self) -> Any:
            if self.away:
                raise ConnectionError("the database does not answer")
            return super().ids()

    app = ListApp()
    source = Away(500)
    async with app.run_test():
        await opened(app, source)
        source.away = True
        for _ in range(5):
            app.grid.reload()
            await at_rest(app)
        assert app.posted.count(("failed", "the database does not answer")) == 1
        assert names(app.grid)[0] == "WS-0000001"  # what was read stays in sight


async def test_columns_take_their_width_from_the_first_rows() -> None:
    class Short(MadeUpRows):
        def after(self, row: Row | None, limit: int) -> list[Row]:
            return [Row(1, ("a", "x" * 100, "end"))]

    app = ListApp([Column("a", "A"), Column("b", "B"), Column("c", "C")])
    async with app.run_test():
        await opened(app, Short(1))
        assert shown(app.grid)[1] == "> a " + "x" * 31 + "… end"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_cells_are_drawn_harmlessly_and_in_their_cells(text: str) -> None:
    class Hostile(MadeUpRows):
        def after(self, row: Row | None, limit: int) -> list[Row]:
            return [Row(1, (text,) * 7), Row(2, ("fine",) * 7)]

    driver = recording_driver()
    app = ListApp(driver_class=driver)
    async with app.run_test(headless=False, notifications=True, tooltips=True):
        await opened(app, Hostile(2))
        line: Strip = app.grid.render_line(1)
        assert line.cell_length == sum(segment.cell_length for segment in line) == 80
        await until(lambda: any("fine" in frame for frame in driver.sent))
        terminal = Emulator()
        for frame in driver.sent:
            terminal.feed(frame)
        assert terminal.screen.display[2].split() == ["fine"] * 7
        assert "quit" not in app.posted
        assert app.is_running


async def test_without_colours_the_cursor_still_shows() -> None:
    driver = recording_driver()
    app = ListApp(driver_class=driver, environ={"NO_COLOR": "1"})
    async with app.run_test(headless=False):
        await opened(app, MadeUpRows(50))
        terminal = Emulator()
        await until(lambda: any("WS-0000001" in frame for frame in driver.sent))
        for frame in driver.sent:
            terminal.feed(frame)
        cursor_line = terminal.cells()[1]
        assert cursor_line[0].data == ">"
