"""python -m tests.tui.demo_grid [COUNT]: the grid in a terminal, to be looked at."""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.driver import Driver

from shopdb.tui.driver import changed_cells_only
from shopdb.tui.jobs import Jobs
from shopdb.tui.widgets.grid import Grid
from tests.tui.sources import COLUMNS, MadeUpRows


class Demo(App[None]):
    BINDINGS: ClassVar = [("q", "quit", "Quit"), ("r", "reload", "Reload")]
    CSS = "Grid { border: round $primary; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.jobs = Jobs()
        self.source = MadeUpRows(count)

    def get_driver_class(self) -> type[Driver]:
        return changed_cells_only(super().get_driver_class())

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
