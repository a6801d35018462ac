"""What a key costs in the list of records, beside Textual's DataTable: PYTHONPATH=. python bench/bench_grid.py.

CPU is that of the whole process, threads included, from the key to the last byte of the answer; bytes are
what would go to the terminal. Rows are made up in memory, so that the figures are the terminal's own.
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from shopdb.tui.jobs import Jobs
from shopdb.tui.painted import Cells
from shopdb.tui.widgets.grid import Grid
from tests.tui.screens import RecordingDriver, recording_driver
from tests.tui.sources import COLUMNS, MadeUpRows

RESULTS = Path(__file__).parent / "results" / "grid.json"
SIZE = (80, 24)
KEYS = ("pagedown", "down")
PRESSES = 40
ROUNDS = 3


def made_up(count: int) -> MadeUpRows:
    """Return `count` rows that take no memory themselves."""
    source = MadeUpRows(0)
    source.order = range(1, count + 1)  # type: ignore[assignment]
    return source


class GridApp(App[None]):
    """The grid with `count` rows, as a screen of shopdb shows it."""

    def __init__(self, count: int, driver: type[RecordingDriver]) -> None:
        super().__init__(driver_class=driver)
        self.jobs = Jobs()
        self.count = count

    def compose(self) -> ComposeResult:
        """Yield the grid alone."""
        yield Grid(self.jobs, COLUMNS)

    def on_mount(self) -> None:
        """Open the list."""
        self.query_one(Grid).show(made_up(self.count))

    @property
    def ready(self) -> bool:
        """Whether the list is open and its size known."""
        return self.query_one(Grid).total == self.count and not self.jobs.busy


class TableApp(App[None]):
    """A DataTable with `count` rows, all of them loaded."""

    def __init__(self, count: int, driver: type[RecordingDriver]) -> None:
        super().__init__(driver_class=driver)
        self.count = count

    def compose(self) -> ComposeResult:
        """Yield the table alone."""
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Load all rows."""
        table = self.query_one(DataTable)
        table.add_columns(*(column.label for column in COLUMNS))
        table.add_rows(row.cells for row in made_up(self.count).after(None, self.count))

    ready = True


SUBJECTS: dict[str, Callable[[type[RecordingDriver]], GridApp | TableApp]] = {
    "DataTable, 10k rows": lambda driver: TableApp(10_000, driver),
    "grid, 10k rows": lambda driver: GridApp(10_000, driver),
    "grid, 100k rows": lambda driver: GridApp(100_000, driver),
    "grid, 1M rows": lambda driver: GridApp(1_000_000, driver),
}


async def ready(app: GridApp | TableApp, driver: type[RecordingDriver], *, answered: bool = False) -> None:
    """Return once `app` has nothing to read, and has painted something if it was to be `answered`."""
    while not app.ready or (answered and not driver.sent):  # noqa: ASYNC110  # an event would be measured with it
        await asyncio.sleep(0.002)


async def presses(make: Callable[[type[RecordingDriver]], GridApp | TableApp]) -> dict[str, list[dict[str, float]]]:
    """CPU (ms) and bytes of each press of each key."""
    driver = recording_driver()
    app = make(driver)
    cells = Cells()
    figures: dict[str, list[dict[str, float]]] = {key: [] for key in KEYS}
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await ready(app, driver)
        await pilot.pause(0.3)
        for key in KEYS * PRESSES:
            for frame in driver.sent:
                cells.difference(frame)
            driver.sent.clear()
            begun = time.process_time()
            app.post_message(events.Key(key, None))
            await ready(app, driver, answered=True)
            await asyncio.sleep(0.01)  # what is read ahead belongs to the key
            changed = [cells.difference(frame) for frame in driver.sent]
            figures[key].append(
                {
                    "cpu_ms": (time.process_time() - begun) * 1000,
                    "bytes": len("".join(changed).encode()),
                    "stock_bytes": len("".join(driver.sent).encode()),
                }
            )
            driver.sent.clear()
    return figures


def opened(subject: str, pipe: Any) -> None:
    """Send how long opening took (s) and how much memory it holds (MB), measured in a process of its own."""
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()

    async def opening() -> tuple[float, float]:
        driver = recording_driver()
        app = SUBJECTS[subject](driver)
        async with app.run_test(headless=False, size=SIZE):
            await ready(app, driver, answered=True)
            return time.perf_counter() - begun, (psutil.Process().memory_info().rss - before) / 1e6

    pipe.send(asyncio.run(opening()))


def in_a_process_of_its_own(subject: str) -> tuple[float, float]:
    """See `opened`."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=opened, args=(subject, there))
    process.start()
    seconds, megabytes = here.recv()
    process.join()
    return seconds, megabytes


def main() -> None:
    """Measure, print the table and keep the figures."""
    seen: dict[str, dict[str, list[dict[str, float]]]] = {name: {key: [] for key in KEYS} for name in SUBJECTS}
    for _ in range(ROUNDS):
        for name, make in SUBJECTS.items():
            for key, figures in asyncio.run(presses(make)).items():
                seen[name][key] += figures
    results: dict[str, dict[str, float]] = {}
    for name in SUBJECTS:
        seconds, megabytes = in_a_process_of_its_own(name)
        results[name] = {"open_s": round(seconds, 3), "memory_mb": round(megabytes, 1)}
        for key, figures in seen[name].items():
            for figure in figures[0]:
                median = statistics.median(press[figure] for press in figures)
                results[name][f"{key}_{figure}"] = round(median, 1)
    columns = list(next(iter(results.values())))
    print(f"{'':20}" + "".join(f"{column:>22}" for column in columns))
    for name, figures in results.items():
        print(f"{name:20}" + "".join(f"{figures[column]:>22}" for column in columns))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
