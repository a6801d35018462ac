"""What making a shop up and taking it back costs on both engines: PYTHONPATH=. python bench/bench_demo.py [ASSETS].

Beside them, the bare price of the same rows: their INSERTs, 500 rows at a time, and nothing else. Seconds are the
clock's and the program's own CPU; memory is the most that the process held in a demo and its undo.
"""

import json
import pickle
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Integer, func, insert, select
from sqlalchemy.schema import sort_tables

from shopdb.boot import Shop, prepare_shop
from shopdb.domain.access import Origin
from shopdb.services import demo
from shopdb.services.undo import undo
from shopdb.store.schema import key_column
from tests import mariadb
from tests.sites import site_settings

ASSETS = 10_000
ROWS_AT_ONCE = 500
ME = Origin(actor="bench", door="cli", label="bench")
RESULTS = Path(__file__).parent / "results" / "demo.json"


def measure(shop: Shop, count: int, copies: Path) -> dict[str, float]:
    """Return the figures of a demo of that many assets, of its undo, and of the bare rows."""
    figures: dict[str, float] = {}
    before = highest_keys(shop)
    with timed(figures, "demo"):
        report = shop.write(ME, lambda session: demo.build(session, count))
    copy_rows(shop, before, copies)
    with timed(figures, "undo"):
        undone = shop.write(ME, lambda session: undo(session, report.batch_id))
    figures["most memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if undone.restored != sum(report.rows.values()):
        sys.exit(f"not all was undone: {undone.skipped[:3]}")
    with timed(figures, "bare rows"):
        insert_bare(shop, copies)
    figures["rows"] = undone.restored
    return figures


def highest_keys(shop: Shop) -> dict[str, int]:
    """Return the highest key of each table that people's work goes into."""
    with shop.engine.connect() as connection:
        return {
            name: connection.scalar(select(func.max(key_column(table)))) or 0
            for name, table in shop.schema.tables.items()
            if table.info["logged"] and isinstance(key_column(table).type, Integer)
        }


def copy_rows(shop: Shop, before: Mapping[str, int], copies: Path) -> None:
    """Put the demo's rows into a file, in an order that foreign keys allow."""
    with copies.open("wb") as file, shop.engine.connect() as connection:
        for table in sort_tables([shop.schema.tables[name] for name in before]):
            key = key_column(table)
            found = connection.execute(select(table).where(key > before[table.name]).order_by(key))
            for some in found.mappings().partitions(ROWS_AT_ONCE):
                pickle.dump((table.name, [dict(row) for row in some]), file)


def insert_bare(shop: Shop, copies: Path) -> None:
    """Insert the copied rows in one transaction."""
    size = copies.stat().st_size
    with copies.open("rb") as file, shop.engine.begin() as connection:
        while file.tell() < size:
            name, rows = pickle.load(file)  # noqa: S301 written a moment ago
            connection.execute(insert(shop.schema.tables[name]), rows)


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Note how long the block takes."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    figures[f"{name}, s"] = time.perf_counter() - clock
    figures[f"{name}, s of CPU"] = time.process_time() - processor


@contextmanager
def site(engine: str, folder: Path) -> Iterator[Shop]:
    """Yield a prepared, empty shop on an engine."""
    if engine == "sqlite":
        with closing(prepare_shop(site_settings(folder, f"sqlite:///{folder / 'bench.db'}"))) as shop:
            yield shop
        return
    with (
        mariadb.running() as server,
        server.database() as url,
        closing(prepare_shop(site_settings(folder, url))) as shop,
    ):
        yield shop


def main() -> None:
    """Measure both engines, print the table and keep the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ASSETS
    results: dict[str, dict[str, float]] = {}
    for engine in ("sqlite", "mariadb"):
        if engine == "mariadb" and not mariadb.is_installed():
            print("mariadbd is not installed: not measured")
            continue
        with tempfile.TemporaryDirectory() as folder, site(engine, Path(folder)) as shop:
            figures = measure(shop, count, Path(folder) / "rows")
        results[engine] = {name: round(value, 1) for name, value in figures.items()}
    names = list(results["sqlite"])
    print(f"{f'{count:,} assets':30}" + "".join(f"{engine:>14}" for engine in results))
    for name in names:
        print(f"{name:30}" + "".join(f"{figures[name]:>14,}" for figures in results.values()))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"assets": count, **results}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
