"""What a page of a million assets costs on both engines, beside the bare SQL: PYTHONPATH=. python bench/bench_list.py.

The list is the shop's own (`shopdb.store.records`), the bare statement the same page written by hand and prepared once.
On MariaDB the rows that the engine really read are counted (Handler_read_*): a page must not read the table. The last
part pages through the list in the terminal's grid, from the database to the bytes that would be sent.
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert, text
from sqlalchemy.orm import Session
from textual import events
from textual.app import App, ComposeResult

from shopdb.boot import Shop, open_shop, prepare_shop
from shopdb.domain.listing import ListQuery, SortKey
from shopdb.store import records
from shopdb.store.core_resources import ASSETS
from shopdb.store.engine import is_mysql
from shopdb.store.models import Asset
from shopdb.store.schema import table_of
from shopdb.tui.jobs import Jobs
from shopdb.tui.painted import Cells
from shopdb.tui.sources import RecordSource, columns_of
from shopdb.tui.widgets.grid import Grid
from tests import mariadb
from tests.sites import site_settings
from tests.tui.screens import RecordingDriver, recording_driver

ROWS = 1_000_000
CHUNK = 10_000
ROUNDS = 15
RESULTS = Path(__file__).parent / "results" / "list.json"
BARE = """
    SELECT a.id, a.asset_number, a.name, a.serial_number, t.name, s.name, l.name, a.last_seen
    FROM assets a LEFT JOIN asset_types t ON t.id = a.type_id LEFT JOIN asset_statuses s ON s.id = a.status_id
    LEFT JOIN locations l ON l.id = a.location_id
    WHERE a.name >= :name AND (a.name > :name OR a.id > :id) ORDER BY a.name, a.id LIMIT 50
"""


def fill(shop: Shop) -> None:
    """Put a million plain assets into an empty site, without history: the lists are measured, not the log."""
    for first in range(0, ROWS, CHUNK):
        rows = [
            {
                "asset_number": f"A-{number:07}",
                "name": f"WS-{number * 7919 % ROWS:07}",
                "serial_number": f"5CG{number:07}",
                "resource": "computers" if number % 3 else None,
                "status_id": number % 4 + 1,
            }
            for number in range(first, first + CHUNK)
        ]
        with shop.engine.begin() as connection:
            connection.execute(insert(table_of(Asset)), rows)
    with shop.engine.begin() as connection:
        connection.execute(text("ANALYZE TABLE assets" if is_mysql(connection) else "ANALYZE"))


def median_ms(work: Callable[[], object]) -> float:
    """Return the median time of a call."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def reads(session: Session) -> int:
    """Return how many index and table rows MariaDB has read in this session."""
    status = session.connection().execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(value) for _, value in status)


def measure(shop: Shop) -> dict[str, float]:
    """Return the figures of one engine (ms, rows)."""
    figures: dict[str, float] = {}
    with shop.reading() as session:
        by_name = ListQuery(sort=SortKey("name"))
        middle = records.page(session, ASSETS, ListQuery(sort=SortKey("name"), limit=1), offset=ROWS // 2)
        after = ListQuery(sort=SortKey("name"), after=records.cursor(ASSETS, by_name, middle.rows[0]))
        bound = {"name": middle.rows[0].label, "id": middle.rows[0].id}
        connection = session.connection()
        subjects: Mapping[str, Callable[[], object]] = {
            "bare first page": lambda: connection.execute(text(BARE), {"name": "", "id": 0}).all(),
            "first page": lambda: records.page(session, ASSETS, by_name),
            "bare page in the middle": lambda: connection.execute(text(BARE), bound).all(),
            "page in the middle": lambda: records.page(session, ASSETS, after),
            "page before the middle": lambda: records.page(session, ASSETS, after, backwards=True),
            "jump to the middle": lambda: records.page(session, ASSETS, by_name, offset=ROWS // 2),
        }
        for subject, work in subjects.items():
            figures[f"{subject}, ms"] = median_ms(work)
            if is_mysql(connection):
                before = reads(session)
                work()
                figures[f"{subject}, rows read"] = reads(session) - before
        begun = time.perf_counter()
        figures["rows in the vector of ids"] = len(records.ids(session, ASSETS, by_name))
        figures["vector of ids, ms"] = (time.perf_counter() - begun) * 1000
    return figures


class ListApp(App[None]):
    """The list of assets as the terminal shows it."""

    def __init__(self, shop: Shop, driver: type[RecordingDriver]) -> None:
        super().__init__(driver_class=driver)
        self.shop = shop
        self.jobs = Jobs()

    def compose(self) -> ComposeResult:
        """Yield the grid alone."""
        yield Grid(self.jobs, columns_of(ASSETS))

    def on_mount(self) -> None:
        """Open the list."""

        def read(work: Callable[[Session], Any]) -> Any:
            with self.shop.reading() as session:
                return work(session)

        self.query_one(Grid).show(RecordSource(read, ASSETS, ListQuery(sort=SortKey("name"))))


async def page_down(shop: Shop) -> dict[str, float]:
    """Return what PageDown costs from key to bytes, and the memory of the process with the list open."""
    driver = recording_driver()
    app = ListApp(shop, driver)
    cells = Cells()
    cpu, sent = [], []
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        while app.query_one(Grid).total is None or app.jobs.busy:  # noqa: ASYNC110  # an event would be measured too
            await asyncio.sleep(0.01)
        await pilot.pause(0.3)
        for _ in range(60):
            for frame in driver.sent:
                cells.difference(frame)
            driver.sent.clear()
            begun = time.process_time()
            app.post_message(events.Key("pagedown", None))
            while app.jobs.busy or not driver.sent:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.02)
            cpu.append((time.process_time() - begun) * 1000)
            sent.append(len("".join(cells.difference(frame) for frame in driver.sent).encode()))
            driver.sent.clear()
    return {
        "PageDown, CPU ms": statistics.median(cpu),
        "PageDown, bytes": statistics.median(sent),
        "resident memory, MB": psutil.Process().memory_info().rss / 1e6,
    }


def paged(home: Path, url: str, pipe: Any) -> None:
    """Send what `page_down` measures in a process that did nothing else."""
    shop = open_shop(site_settings(home, url))
    pipe.send(asyncio.run(page_down(shop)))


def in_a_process_of_its_own(home: Path, url: str) -> dict[str, float]:
    """See `paged`."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=paged, args=(home, url, there))
    process.start()
    figures: dict[str, float] = here.recv()
    process.join()
    return figures


@contextmanager
def site(engine: str, folder: Path) -> Iterator[Shop]:
    """Yield a prepared, empty shop on an engine."""
    if engine == "sqlite":
        shop = prepare_shop(site_settings(folder, f"sqlite:///{folder / 'bench.db'}"))
        yield shop
        shop.close()
        return
    with mariadb.running() as server, server.database() as url:
        shop = prepare_shop(site_settings(folder, url))
        yield shop
        shop.close()


def main() -> None:
    """Measure both engines, print the table and keep the figures."""
    results: dict[str, dict[str, float]] = {}
    for engine in ("sqlite", "mariadb"):
        if engine == "mariadb" and not mariadb.is_installed():
            print("mariadbd is not installed: not measured")
            continue
        with tempfile.TemporaryDirectory() as folder, site(engine, Path(folder)) as shop:
            fill(shop)
            figures = measure(shop) | in_a_process_of_its_own(Path(folder), shop.settings.database_url)
        results[engine] = {name: round(value, 2) for name, value in figures.items()}
    names = dict.fromkeys(name for figures in results.values() for name in figures)
    print(f"{f'{ROWS:,} assets':36}" + "".join(f"{engine:>14}" for engine in results))
    for name in names:
        print(f"{name:36}" + "".join(f"{figures.get(name, float('nan')):>14}" for figures in results.values()))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
