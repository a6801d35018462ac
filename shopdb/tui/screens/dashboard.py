"""The dashboard: what plugins count, list and draw, each read by itself so that none harms another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.cells import cell_len
from sqlalchemy.exc import DBAPIError
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, VerticalScroll
from textual.content import Content
from textual.widget import Widget as TextualWidget
from textual.widgets import Static

from shopdb.domain.dashboard import Widget
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.frame import AreaScreen
from shopdb.tui.messages import ListAsked, StateRead
from shopdb.tui.safety import content, cut, fit

SPARKS = "▁▂▃▄▅▆▇█"
BAR = "█"
MOST_LINES = 8


class Tile(TextualWidget, can_focus=True):
    """One reading, in a box; enter goes to what it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open")]
    DEFAULT_CSS = """
    Tile { height: 10; border: solid $border; padding: 0 1; }
    Tile:focus { border: heavy $primary; }
    """

    def __init__(self, desk: Desk, widget: Widget) -> None:
        """Show a widget's reading once it has been read."""
        super().__init__()
        self._desk, self._widget = desk, widget
        self._slot = desk.jobs.slot(self)
        self._shown = content("...")
        self._reading: tuple[object] | None = None
        self.border_title = content(cut(widget.title, 40))

    def on_mount(self) -> None:
        """Read for the first time."""
        self.read()

    def read(self) -> None:
        """Read again; what stands there stays until the answer is here."""
        self._slot.run(partial(self._desk.read, self._widget.read), self._show, self._failed)

    def render(self) -> Content:
        """Draw the reading."""
        return self._shown

    def action_open(self) -> None:
        """Go to the list that the reading is about."""
        if self._widget.opens:
            resource, _, filter_text = self._widget.opens.partition(" ")
            self.post_message(ListAsked(resource, filter_text.strip()))

    def on_click(self, event: events.Click) -> None:
        """Open on a double click."""
        if event.chain == 2:
            self.action_open()

    def on_resize(self) -> None:
        """Fit the reading to the width."""
        if self._reading is not None:
            self._draw(*self._reading)

    def _show(self, reading: object) -> None:
        self._reading = (reading,)
        self._draw(reading)

    def _draw(self, reading: object) -> None:
        # A plugin's reading can be anything: what cannot be drawn is that tile's failure alone.
        try:
            self._shown = drawn(self._widget, reading, max(self.size.width, 20))
        except Exception as error:  # noqa: BLE001 a plugin's value
            self._failed(error)
        self.refresh()

    def _failed(self, error: Exception) -> None:
        if self._reading is not None and isinstance(error, DBAPIError):
            return  # the header says that the database is away; what was read last stays
        self._reading = None
        self._shown = Content.assemble(("! this could not be read\n", "$text-error"), content(told(error)))
        self.refresh()


def drawn(widget: Widget, reading: Any, width: int) -> Content:
    """Return a reading as content of at most this width, by the widget's kind."""
    if widget.kind == "number":
        return Content.assemble((cut(str(reading), width), "bold $text-primary"))
    if widget.kind == "list":
        return _listed([str(line) for line in reading], width)
    if widget.kind == "series":
        return content(_sparkline([float(number) for number in reading][-width:]))
    return _bars(reading, width)


def _listed(lines: Sequence[str], width: int) -> Content:
    if not lines:
        return Content.assemble(("nothing now", "$text-muted"))
    shown = [cut(line, width) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown[-1] = f"... and {len(lines) - MOST_LINES + 1} more"
    return Content("\n").join(content(line) for line in shown)


def _sparkline(numbers: Sequence[float]) -> str:
    if not numbers:
        return "no readings yet"
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    steps = "".join(SPARKS[round((number - low) / span * (len(SPARKS) - 1))] for number in numbers)
    return f"{steps}\n{low:g} to {high:g}, now {numbers[-1]:g}"


def _bars(reading: Mapping[str, float], width: int) -> Content:
    if not reading:
        return Content.assemble(("nothing yet", "$text-muted"))
    most = max(reading.values()) or 1
    labels = {label: cut(str(label), width // 2) for label in reading}
    label_width = max(cell_len(label) for label in labels.values())
    room = max(width - label_width - 8, 4)
    lines = []
    for label, number in sorted(reading.items(), key=lambda item: -item[1])[:MOST_LINES]:
        bar = BAR * max(round(number / most * room), 1 if number else 0)
        lines.append(Content.assemble(f"{fit(labels[label], label_width)} ", (bar, "$text-primary"), f" {number:g}"))
    return Content("\n").join(lines)


class DashboardScreen(AreaScreen):
    """The plugins' widgets, two or three beside one another."""

    HELP = "What the shop looks like now. tab goes from box to box, enter opens what a box is about."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down,l,right", "app.focus_next", "Next box", show=False),
        Binding("k,up,h,left", "app.focus_previous", "Previous box", show=False),
        Binding("r", "read", "Read again"),
    ]
    DEFAULT_CSS = """
    DashboardScreen ItemGrid { grid-gutter: 0 1; height: auto; }
    DashboardScreen VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def __init__(self, desk: Desk, widgets: Sequence[Widget]) -> None:
        """Show these widgets."""
        super().__init__(desk, "Dashboard", area="dashboard")
        self._widgets = widgets
        self._last_batch = -1

    def compose_area(self) -> ComposeResult:
        """Show a box for each widget."""
        with VerticalScroll(can_focus=False), ItemGrid(min_column_width=34, stretch_height=False):
            for widget in self._widgets:
                yield Tile(self.desk, widget)
        if not self._widgets:
            yield Static(content("No plugin brings a widget. `shopdb plugin list` says which plugins are on."))

    def on_mount(self) -> None:
        """Be where enter does something."""
        self.focus_area()

    def on_shop_state(self, read: StateRead) -> None:
        """Read again when something has changed in the shop."""
        if read.state is not None and read.state.last_batch != self._last_batch:
            if self._last_batch >= 0:
                self.action_read()
            self._last_batch = read.state.last_batch

    def action_read(self) -> None:
        """Read every box again."""
        for tile in self.query(Tile):
            tile.read()
