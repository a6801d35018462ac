"""What is done with plugins goes on whatever is looked at, and a path is picked by typing."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from shopdb.lifecycle.steps import Outcome, Progress
from shopdb.tui.deeds import Deed
from shopdb.tui.operating import Operating
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.progress import ProgressScreen
from shopdb.tui.widgets.path_pick import entries
from tests.tui.waiting import PATIENCE, at_rest, until


class Bench(SafeApp):
    """An application in which something is done."""

    def __init__(self) -> None:
        super().__init__(environ={"COLORTERM": "truecolor"})
        self.told: list[str] = []
        self.ended: list[object] = []
        self.operating = Operating(self, partial(self.jobs.run, self), self.ended.append)

    def notify(self, message: str, **how: Any) -> None:
        self.told.append(message)
        super().notify(message, **how)

    def shows_progress(self) -> bool:
        return isinstance(self.screen, ProgressScreen)


def waiting_deed(goes_on: threading.Event, end: Callable[[], Outcome]) -> Deed:
    def work(report: Callable[[Progress], None]) -> Outcome:
        report(Progress(1, 3, "beginning [/foo]\x1b[2J"))
        assert goes_on.wait(PATIENCE)
        report(Progress(3, 3, "ending"))
        return end()

    return Deed("Upgrade gauges", work)


def good() -> Outcome:
    return Outcome(1, "upgrade", "gauges", "gauges is upgraded", "the log")


def bad() -> Outcome:
    raise RuntimeError("[/foo] it fell")


async def test_a_work_that_is_hidden_goes_on_and_its_end_is_told() -> None:
    app, goes_on = Bench(), threading.Event()
    async with app.run_test(notifications=True) as pilot:
        app.operating.start(waiting_deed(goes_on, good))
        await until(app.shows_progress)
        await pilot.press("enter")
        assert app.shows_progress()
        await pilot.press("escape")
        assert not app.shows_progress()
        app.operating.start(waiting_deed(goes_on, bad))
        assert app.told == ["Upgrade gauges is not done yet."]
        assert app.shows_progress()
        await pilot.press("escape")
        goes_on.set()
        await until(lambda: app.told[-1] == "gauges is upgraded.")
        assert len(app.ended) == 1
        assert app.operating.deed is None


async def test_a_work_that_fails_says_why_with_what_was_told_before() -> None:
    app, goes_on = Bench(), threading.Event()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.operating.start(waiting_deed(goes_on, bad))
        goes_on.set()
        await until(lambda: app.operating.deed is None)
        await at_rest(app)
        shown = "\n".join(
            "".join(segment.text for segment in line)
            for line in app.screen._compositor.render_strips()  # noqa: SLF001 Textual exports only pictures
        )
        assert "[/foo] it fell" in shown
        assert "[1/3] beginning [/foo]␛[2J" in shown
        await pilot.press("enter")
        assert not app.shows_progress()
        assert app.told == []


def test_a_path_becomes_folders_and_archives_alone(tmp_path: Path) -> None:
    for name in ("b.zip", "a.zip", "c.txt", ".hidden.zip"):
        (tmp_path / name).touch()
    (tmp_path / "apart").mkdir()
    found = [answer.label for answer in entries(f"{tmp_path}/", ".zip")]
    assert found == ["apart/", "a.zip", "b.zip"]
    assert [answer.value for answer in entries(f"{tmp_path}/A", ".zip")] == [f"{tmp_path}/apart/", f"{tmp_path}/a.zip"]
