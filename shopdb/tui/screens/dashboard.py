"""The dashboard: what plugins count, list and draw, each read by itself so that none harms another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, ClassVar

from rich.cells import cell_len
from sqlalchemy.orm import Session
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget as TextualWidget
from textual.widgets import Static

from shopdb.domain.dashboard import Widget
from shopdb.store.engine import is_transient
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.frame import AreaScreen
from shopdb.tui.jobs import PATIENCE_WITH_PLUGINS
from shopdb.tui.messages import ListAsked, PluginFailed, StateRead
from shopdb.tui.safety import content, cut, fit

SPARKS = "▁▂▃▄▅▆▇█"
BAR = "█"
MOST_LINES = 8
MOST_VALUES = 10_000
"""Of one reading; a plugin may give what never ends."""


class Tile(TextualWidget, can_focus=True):
    """One reading, in a box; enter goes to what it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open")]
    DEFAULT_CSS = """
    Tile { height: 10; border: solid $border; border-title-color: $text-muted; padding: 0 1; }
    Tile:focus { border: heavy $primary; border-title-color: $text-primary; }
    """

    def __init__(self, desk: Desk, widget: Widget, plugin: str = "") -> None:
        """Show a widget of a plugin's once it has been read, in the plugin's own threads."""
        super().__init__()
        self._desk, self.widget, self._plugin = desk, widget, plugin
        self._slot = desk.jobs.apart(plugin).slot(self)
        self._patience: Timer | None = None
        self._shown = content("...")
        self._reading: tuple[object] | None = None
        self.border_title = content(cut(widget.title, 40))

    def on_mount(self) -> None:
        """Read for the first time."""
        self.read()

    def read(self) -> None:
        """Read again; what stands there stays until the answer is here."""
        if self._patience is None:
            self._patience = self.set_timer(PATIENCE_WITH_PLUGINS, self._late)
        work = partial(self._desk.read, partial(_read, self.widget))
        self._slot.run(work, self._show, self._failed)

    def render(self) -> Content:
        """Draw the reading."""
        return self._shown

    def action_open(self) -> None:
        """Go to the list that the reading is about."""
        if self.widget.opens:
            resource, _, filter_text = self.widget.opens.partition(" ")
            self.post_message(ListAsked(resource, filter_text.strip()))

    def on_click(self, event: events.Click) -> None:
        """Open on a double click."""
        if event.chain == 2:
            self.action_open()

    def on_resize(self) -> None:
        """Fit the reading to the width."""
        if self._reading is not None:
            self._draw(*self._reading)

    def on_unmount(self) -> None:
        """Wait for nothing more."""
        self._slot.cancel()

    def _show(self, reading: object) -> None:
        self._answered()
        self._reading = (reading,)
        self._draw(reading)

    def _draw(self, reading: object) -> None:
        # A plugin's reading can be anything: what cannot be drawn is that tile's failure alone.
        try:
            self._put(drawn(self.widget, reading, max(self.size.width, 20)))
        except Exception as error:  # noqa: BLE001 a plugin's value
            self._failed(error)

    def _put(self, shown: Content) -> None:
        differs = shown.plain != self._shown.plain
        self._shown = shown
        self.refresh(layout=differs)  # a box is as high as what stands in it

    def _answered(self) -> None:
        if self._patience is not None:
            self._patience.stop()
            self._patience = None

    def _late(self) -> None:
        self._patience = None
        if self._desk.frame().state.away_since is not None:
            return  # the header says that it is the database that does not answer
        self._say("does not answer", f"It was asked {PATIENCE_WITH_PLUGINS:.0f} s ago; r asks again.")
        self._tell(f"the widget {self.widget.title!r} does not answer within {PATIENCE_WITH_PLUGINS:.0f} s")

    def _failed(self, error: Exception) -> None:
        self._answered()
        if self._reading is not None and is_transient(error):
            return  # the header says that the database is away; what was read last stays
        self._say("this could not be read", told(error))
        if not is_transient(error):
            self._tell(f"reading the widget {self.widget.title!r}: {told(error)}")

    def _say(self, trouble: str, reason: str) -> None:
        self._reading = None
        self._put(Content.assemble((f"! {trouble}\n", "$text-error"), content(reason)))

    def _tell(self, problem: str) -> None:
        if self._plugin:
            self.post_message(PluginFailed(self._plugin, problem))


def _read(widget: Widget, session: Session) -> object:
    """Return a reading that is nothing but numbers and texts: the plugin's own code ends here, in its own thread."""
    value = widget.read(session)
    if widget.kind == "number":
        return str(value)
    if widget.kind == "list":
        return [str(line) for line in islice(value, MOST_VALUES)]
    if widget.kind == "series":
        return [float(number) for number in islice(value, MOST_VALUES)]
    return {str(label): float(number) for label, number in islice(value.items(), MOST_VALUES)}


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

    def __init__(self, desk: Desk, widgets: Sequence[tuple[str, Widget]]) -> None:
        """Show these widgets, each with the plugin that brings it."""
        super().__init__(desk, "Dashboard", area="dashboard")
        self._widgets = widgets
        self._last_batch = -1
        self._first = ""

    def compose_area(self) -> ComposeResult:
        """Show a box for each widget."""
        with VerticalScroll(can_focus=False), ItemGrid(min_column_width=34, stretch_height=False):
            for plugin, widget in self._widgets:
                yield Tile(self.desk, widget, plugin)
        if not self._widgets:
            yield Static(content("No plugin brings a widget. `shopdb plugin list` says which plugins are on."))

    def on_mount(self) -> None:
        """Be where enter does something."""
        again = next((tile for tile in self.query(Tile) if tile.widget.title == self._first), None)
        if again is not None:
            again.focus()
        else:
            self.focus_area()

    def go_on(self, former: AreaScreen) -> None:
        """Begin on the box that has the focus there."""
        if isinstance(former.focused, Tile):
            self._first = former.focused.widget.title

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
