"""What a start costs until its first frame, beside an empty Textual program: PYTHONPATH=. python bench/bench_start.py.

CPU is that of a whole fresh interpreter up to the first frame that it paints, the least of some rounds: the machine
may be busy, and nothing makes a start cheaper than it is.
"""

import json
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "start.json"
ROUNDS = 5
EMPTY = "from textual.app import App; app = App()"
SHOPDB = """
from pathlib import Path
from shopdb.config import load_settings
from shopdb.tui.app import ShopApp
app = ShopApp(load_settings({"SHOPDB_HOME": "/nonexistent", "SHOPDB_ENV": "test", "SHOPDB_SECRET_KEY": "x" * 40}))
"""
UNTIL_PAINTED = """
import os, sys, time
from textual.drivers.headless_driver import HeadlessDriver
class Painted(HeadlessDriver):
    is_headless = False
    def write(self, data):
        if len(data) > 200:
            print(time.process_time(), "sqlalchemy" in sys.modules, file=sys.__stdout__, flush=True)
            os._exit(0)
app.driver_class = Painted
app.run()
"""


def first_frame(program: str) -> tuple[float, bool]:
    """Return the CPU seconds until the first frame, and whether SQLAlchemy had been imported by then."""
    told = subprocess.run(
        [sys.executable, "-c", program + UNTIL_PAINTED], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    return float(told[0]), told[1] == "True"


def main() -> None:
    """Measure both in turn and write the figures down."""
    rounds = [(first_frame(EMPTY)[0], first_frame(SHOPDB)[0]) for _ in range(ROUNDS)]
    empty, shopdb = (min(each) for each in zip(*rounds, strict=True))
    figures = {"empty_cpu_s": round(empty, 3), "shopdb_cpu_s": round(shopdb, 3), "times": round(shopdb / empty, 2)}
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
