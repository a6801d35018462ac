"""The plugins of the site: how each stands, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from shopdb.lifecycle.inspection import Offer
from shopdb.lifecycle.states import PluginState
from shopdb.store.journal import OperationState
from shopdb.tui.desk import Desk
from shopdb.tui.frame import AreaScreen
from shopdb.tui.messages import StateRead
from shopdb.tui.panes import plugin_facts
from shopdb.tui.panes.plugin_facts import COLUMNS, OPERATION
from shopdb.tui.plugin_work import PluginWork, Standing
from shopdb.tui.rows import Row
from shopdb.tui.safety import content
from shopdb.tui.screens.log import LogScreen
from shopdb.tui.screens.plugin_acts import Chosen, PluginActs
from shopdb.tui.sources import HeldRows
from shopdb.tui.widgets.grid import Grid
from shopdb.tui.widgets.sheet import Sheet

PAUSE_SECONDS: Final = 0.08
"""Moving on faster than this asks for no history."""
LOOKS_BETWEEN: Final = 5
"""Looks of the application, two seconds apart, after which this screen reads what other programs noted."""
NOTHING: Final = Standing((), (), None, None)


class PluginGrid(Grid):
    """The plugins; there is nothing to mark, and one order."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Details")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what makes no sense here."""
        del parameters
        return action not in ("mark", "sort")


class PluginsBody(Vertical):
    """Everything but the frame: its keys come before the frame's in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "screen.act('finish')", "Finish"),
        Binding("T", "screen.act('take_back')", "Take back"),
        Binding("i", "screen.act('inspect')", "Install"),
        Binding("U", "screen.act('upgrade')", "Upgrade"),
        Binding("e", "screen.act('enable')", "Switch on"),
        Binding("d", "screen.act('disable')", "Switch off"),
        Binding("x", "screen.act('uninstall')", "Remove"),
        Binding("R", "screen.act('roll_back')", "Roll back"),
        Binding("b", "screen.act('browse')", "Browse its data"),
        Binding("f", "screen.act('repair')", "Put changed files back"),
        Binding("L", "screen.act('log')", "Log"),
        Binding("K", "screen.act('keys')", "Trusted keys"),
        Binding("p", "screen.act('progress')", "What is being done", show=False),
        Binding("r,f5", "screen.reload", "Read anew", show=False),
        Binding("escape", "screen.back", "Back to the list", show=False),
    ]


class PluginsScreen(AreaScreen):
    """Every plugin that is here, was here, or lies in the folder of archives."""

    HELP: ClassVar[str | None] = (
        "A plugin runs with all rights of shopdb: install only what you would run. i looks into an archive or folder "
        "before a line of it runs, tries it on a copy of the database and installs it. Whatever fails is taken back. "
        "Every terminal and server follows within seconds; nothing has to be restarted. Archives that are put into "
        "the folder plugin-archives of the site are offered here."
    )
    DEFAULT_CSS = """
    PluginsScreen {
        & #plugins--title { height: auto; max-height: 4; padding: 0 1; text-style: bold; }
        & PluginGrid { height: 1fr; }
        & Sheet { height: 1fr; border-top: solid $border; padding: 0 1; }
        & PluginsBody.-details PluginGrid { display: none; }
    }
    """

    def __init__(self, desk: Desk, work: PluginWork) -> None:
        """``work`` is what the person at the desk may do with plugins."""
        super().__init__(desk, "Plugins", area="plugins")
        self._work = work
        self._standing = NOTHING
        self._ids: dict[str, int] = {}
        self._first = ""
        self._opens_details = False
        self._looks = 0
        self._history: tuple[str, Sequence[OperationState]] = ("", ())
        self._pause: Timer | None = None
        self._grid = PluginGrid(desk.jobs, COLUMNS, empty="There is no plugin here. i installs one.")
        self._sheet = Sheet()
        self._acts = PluginActs(self, desk, work, self._chosen)

    def compose_area(self) -> ComposeResult:
        """Show the list, and all that is known of the plugin under the cursor."""
        with PluginsBody():
            yield Static(content("Plugins"), id="plugins--title")
            yield self._grid
            yield self._sheet

    def on_mount(self) -> None:
        """Read for the first time."""
        self._slot = self.desk.jobs.slot(self)
        self._grid.show(HeldRows(self._read), at=self._number(self._first) if self._first else None)
        self._grid.focus()
        if self._opens_details:
            self._show_details(shown=True)

    def go_on(self, former: AreaScreen) -> None:
        """Begin with the plugin that is looked at there."""
        if isinstance(former, PluginsScreen):
            self._first = former.name_at_cursor
            self._opens_details = former._in_details  # noqa: SLF001 of this very class
            self._standing = former._standing  # noqa: SLF001 as above
            self._ids = dict(former._ids)  # noqa: SLF001 as above

    # -- what is shown -------------------------------------------------------------------------------------

    @property
    def name_at_cursor(self) -> str:
        """The name of the plugin under the cursor."""
        row = self._grid.row
        return "" if row is None else next((name for name, number in self._ids.items() if number == row.id), "")

    @property
    def state(self) -> PluginState | None:
        """How the plugin under the cursor stands; None if it is not here at all."""
        return next((one for one in self._standing.states if one.name == self.name_at_cursor), None)

    @property
    def offer(self) -> Offer | None:
        """The archive under the cursor, whose plugin is not here, or only its data."""
        return next((one for one in self._standing.offers if one.name == self.name_at_cursor), None)

    def on_shop_state(self, read: StateRead) -> None:
        """Read anew now and then: other programs note faults, and archives come into the folder."""
        self._looks += 1
        if read.state is not None and self._looks >= LOOKS_BETWEEN:
            self.action_reload()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was in front."""
        if self._grid.total is not None:
            self.action_reload()

    def action_reload(self) -> None:
        """Read how everything stands."""
        self._looks = 0
        self._grid.reload()

    def on_grid_counted(self) -> None:
        """Say what stands above the list."""
        lines = plugin_facts.heading(self._standing, safe=self._work.is_safe)
        self.query_one("#plugins--title", Static).update(content("\n".join(lines), lines=True))
        self._show_plugin()

    def on_grid_highlighted(self, message: Grid.Highlighted) -> None:
        """Show all that is known of the plugin under the cursor."""
        del message
        self._show_plugin()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_SECONDS, self._ask_history)

    def _show_plugin(self) -> None:
        state, offer = self.state, self.offer
        if state is not None:
            name, history = self._history
            known = history if name == state.name else ()
            self._sheet.show(tuple(plugin_facts.sections(state, self._standing, known, self.desk.zone)))
        else:
            self._sheet.show(tuple(plugin_facts.offer_sections(offer)) if offer is not None else ())
        self.refresh_bindings()

    def _ask_history(self) -> None:
        name = self.name_at_cursor
        if self.state is not None:
            self._slot.run(partial(self._work.history, name), partial(self._told_history, name), lambda _error: None)

    def _told_history(self, name: str, history: Sequence[OperationState]) -> None:
        self._history = (name, history)
        if name == self.name_at_cursor:
            self._show_plugin()

    # -- details -------------------------------------------------------------------------------------------

    @property
    def _in_details(self) -> bool:
        return self.query_one(PluginsBody).has_class("-details")

    def on_grid_opened(self, message: Grid.Opened) -> None:
        """Give the whole screen to the plugin under the cursor; look into an archive whose plugin is not here."""
        message.stop()
        if self.state is None:
            self._acts.act("inspect")
        else:
            self._show_details(shown=True)

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show the log of what was done."""
        message.stop()
        number = message.item.opens.removeprefix(OPERATION)
        for one in self._history[1]:
            if message.item.opens and str(one.id) == number:
                title = f"The {one.verb} of {one.plugin}"
                self.app.push_screen(LogScreen(title, plugin_facts.log_of(one, self.desk.zone)))

    def action_back(self) -> None:
        """Go back to the list."""
        self._show_details(shown=False)

    def focus_area(self) -> None:
        """Go to where one was."""
        (self._sheet if self._in_details else self._grid).focus()

    def _show_details(self, *, shown: bool) -> None:
        self.query_one(PluginsBody).set_class(shown, "-details")
        self.focus_area()
        self.refresh_bindings()

    # -- what can be done ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done with the plugin under the cursor, to those who may."""
        if action == "act":
            return self._acts.can(str(parameters[0]))
        return action != "back" or self._in_details

    def action_act(self, what: str) -> None:
        """Do something with the plugin under the cursor."""
        self._acts.act(what)

    def _chosen(self) -> Chosen:
        return Chosen(self.state, self.offer, self._standing)

    # -- reading, in job threads ---------------------------------------------------------------------------

    def _read(self) -> Sequence[Row]:
        found = self._standing = self._work.standing()
        rows = [
            Row(self._number(one.name), plugin_facts.cells(one, found), plugin_facts.tone(one, found))
            for one in found.states
        ]
        here = {one.name for one in found.states}
        others = (one for one in found.offers if one.name not in here)
        return [*rows, *(Row(self._number(one.name), plugin_facts.offer_cells(one), "muted") for one in others)]

    def _number(self, name: str) -> int:
        return self._ids.setdefault(name, len(self._ids) + 1)
