"""docs/USER-GUIDE.md lists the keys of the program; `python -m tests.docs.test_user_guide` writes the list anew."""

from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode

from shopdb.tui.app import ShopApp
from shopdb.tui.forms.bulk_form import BulkForm
from shopdb.tui.forms.conflict import ConflictScreen
from shopdb.tui.forms.screen import FormScreen
from shopdb.tui.frame import AreaScreen
from shopdb.tui.panes.history import HistoryPane
from shopdb.tui.panes.overview import OverviewPane
from shopdb.tui.panes.table import RecordTable
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.dashboard import DashboardScreen
from shopdb.tui.screens.plugin_data import DataListScreen
from shopdb.tui.screens.plugin_inspection import InspectionScreen
from shopdb.tui.screens.plugin_keys import KeyGrid
from shopdb.tui.screens.plugins import PluginGrid, PluginsBody
from shopdb.tui.screens.progress import ProgressScreen
from shopdb.tui.screens.record_view import RecordBody, RecordScreen
from shopdb.tui.screens.review import ReviewGrid
from shopdb.tui.screens.search import SearchScreen
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.cursor_view import CursorView
from shopdb.tui.widgets.filterbar import FilterBar
from shopdb.tui.widgets.grid import Grid
from shopdb.tui.widgets.navigation import Navigation

PAGE = Path(__file__).parents[2] / "docs" / "USER-GUIDE.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"
PLACES: dict[str, tuple[type[DOMNode], ...]] = {
    "Everywhere": (ShopApp, SafeApp, AreaScreen),
    "The areas": (Navigation,),
    "The dashboard": (DashboardScreen,),
    "A list": (CursorView, Grid, RecordTable),
    "A list's filter": (FilterBar,),
    "A record": (RecordBody, RecordScreen, OverviewPane, HistoryPane),
    "A form": (FormScreen, BulkForm),
    "A merge": (ConflictScreen,),
    "The search": (SearchScreen,),
    "The review queue": (ReviewGrid,),
    "The plugins": (PluginGrid, PluginsBody),
    "A plugin that is looked into": (InspectionScreen,),
    "How far a work is": (ProgressScreen,),
    "The trusted keys": (KeyGrid,),
    "What a plugin keeps": (DataListScreen,),
    "A question": (Confirm,),
}
NAMES = {
    "question_mark": "?", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]",
    "escape": "esc", "pagedown": "page down", "pageup": "page up",
}  # fmt: skip


def table() -> str:
    """Return the keys of every place as the page has them."""
    lines = ["| where | key | does |", "|---|---|---|"]
    for place, classes in PLACES.items():
        told: dict[str, str] = {}
        for binding in (one for of in classes for one in bindings(of)):
            keys = " ".join(f"`{NAMES.get(key, key)}`" for key in binding.key.split(","))
            told.setdefault(keys, binding.description)
        lines += [f"| {place} | {keys} | {words} |" for keys, words in told.items()]
    return "\n".join(lines) + "\n"


def bindings(of: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings that a class declares itself."""
    for one in of.__dict__.get("BINDINGS", ()):
        assert isinstance(one, Binding)
        yield one


def parts() -> tuple[str, str, str]:
    """Return the page before the table, the table, and the page after it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    written, _, after = rest.partition(END)
    return before, written, after


def test_the_guide_lists_the_keys_of_the_program() -> None:
    before, written, after = parts()
    assert before
    assert after
    assert written == table(), "run `.venv/bin/python -m tests.docs.test_user_guide`"


if __name__ == "__main__":
    before, _, after = parts()
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
