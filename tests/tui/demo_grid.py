"""python -m tests.tui.demo_grid [COUNT]: the grid in a terminal, to be looked at."""

import sys
from typing import ClassVar

from textual.app import ComposeResult

from shopdb.tui.safe_app import SafeApp
from shopdb.tui.widgets.grid import Grid
from tests.tui.sources import COLUMNS, MadeUpRows


class Demo(SafeApp):
    BINDINGS: ClassVar = [("q", "quit", "Quit"), ("r", "reload", "Reload")]
    CSS = "Grid { border: round $primary; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.source = MadeUpRows(count)

    def compose(self) -> ComposeResult:
        yield Grid(self.jobs, COLUMNS)

    def on_mount(self) -> None:
        self.query_one(Grid).show(self.source)

    def action_reload(self) -> None:
        self.query_one(Grid).reload()

    def on_grid_counted(self, message: Grid.Counted) -> None:
        message.grid.border_title = f"Computers {message.total}"


if __name__ == "__main__":
    Demo(int(sys.argv[1])).run()
