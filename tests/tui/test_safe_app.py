import asyncio
import threading

from textual.app import ComposeResult
from textual.widgets import Label
from textual.widgets._toast import Toast

from shopdb.tui.painted import Cells
from shopdb.tui.safe_app import SafeApp
from tests.tui.screens import Emulator, recording_driver
from tests.tui.waiting import PATIENCE, at_rest, until


class Room(SafeApp):
    def compose(self) -> ComposeResult:
        yield Label("room", id="room")


def room() -> Room:
    return Room(environ={"COLORTERM": "truecolor"})


async def test_a_failed_job_that_no_screen_answers_for_is_told_and_the_program_goes_on() -> None:
    app = room()

    def save() -> None:
        raise ConnectionError("the database does not answer [/foo]")

    async with app.run_test(notifications=True):
        app.jobs.run(app.query_one("#room"), save, lambda _: None)
        await until(lambda: len(app.screen.query(Toast)) == 1)
        assert "the database does not answer [/foo]" in str(app.screen.query_one(Toast).render())
        assert app.is_running


async def test_a_notice_is_never_longer_than_the_screen() -> None:
    app = room()
    async with app.run_test(notifications=True):
        app.notify("long\n" * 5_000, title="t" * 5_000)
        await until(lambda: len(app.screen.query(Toast)) == 1)
        assert len(str(app.screen.query_one(Toast).render())) < 800


async def test_quitting_waits_for_what_is_being_saved() -> None:
    app = room()
    begun, saved = threading.Event(), threading.Event()

    def save() -> None:
        begun.set()
        saved.wait(0.2)
        saved.set()

    async with app.run_test():
        app.jobs.run(app, save, lambda _: None)
        assert begun.wait(PATIENCE)
    assert saved.is_set()


async def test_redrawing_sends_every_cell_again() -> None:
    class Forgetful(recording_driver()):  # type: ignore[misc]
        forgotten = 0

        def forget(self) -> None:
            Forgetful.forgotten += 1

    app = Room(environ={"COLORTERM": "truecolor"}, driver_class=Forgetful)
    async with app.run_test(headless=False) as pilot:
        await at_rest(app)
        Forgetful.sent.clear()
        await pilot.press("ctrl+l")
        await until(lambda: Forgetful.sent != [])
        terminal, cells = Emulator(), Cells()
        for frame in Forgetful.sent:
            terminal.feed(cells.difference(frame))
        assert "room" in terminal.text
        assert Forgetful.forgotten == 1


async def test_nothing_is_sent_while_nothing_happens() -> None:
    driver = recording_driver()
    app = Room(environ={"COLORTERM": "truecolor"}, driver_class=driver)
    async with app.run_test(headless=False):
        await at_rest(app)
        driver.sent.clear()
        await asyncio.sleep(1.0)
        assert driver.sent == []
