"""What can be done with a plugin from the plugins screen: asked first where something may be lost, and then begun.

Belongs to the terminal. The work itself is the application's (`shopdb.tui.operating`): it goes on whatever becomes of
the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from textual.widget import Widget

from shopdb.domain.resource import Resource
from shopdb.exceptions import ArchiveRefusedError
from shopdb.lifecycle.inspection import Inspection, Offer
from shopdb.lifecycle.removing import Choice
from shopdb.lifecycle.states import PluginState
from shopdb.plugins.manifest import MANIFEST
from shopdb.store.journal import OperationState
from shopdb.tui.deeds import Deed
from shopdb.tui.desk import Desk
from shopdb.tui.failures import told
from shopdb.tui.jobs import JobFailed
from shopdb.tui.messages import DeedAsked
from shopdb.tui.panes.plugin_facts import log_of, stopped_in_words
from shopdb.tui.plugin_work import INSTALLED, PluginWork, Standing
from shopdb.tui.screens.log import LogScreen
from shopdb.tui.screens.plugin_data import DataListScreen
from shopdb.tui.screens.plugin_inspection import InspectionScreen
from shopdb.tui.screens.plugin_keys import KeysScreen
from shopdb.tui.screens.plugin_removal import RemovalScreen
from shopdb.tui.widgets.choice import Answer
from shopdb.tui.widgets.confirm import Confirm
from shopdb.tui.widgets.path_pick import PathPick
from shopdb.tui.widgets.pick import Pick


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the cursor is on: a plugin, or an archive of one that is not here; and how everything stands."""

    state: PluginState | None
    offer: Offer | None
    standing: Standing


def _if_here(holds: Callable[[PluginState], bool]) -> Callable[[Chosen], bool]:
    return lambda chosen: chosen.state is not None and holds(chosen.state)


LOOKING: Final[Mapping[str, Callable[[Chosen], bool]]] = {
    "browse": _if_here(lambda state: bool(state.tables) and state.state != "not installed"),
    "log": _if_here(lambda _state: True),
    "keys": lambda _chosen: True,
    "progress": lambda _chosen: True,
}
DOING: Final[Mapping[str, Callable[[Chosen], bool]]] = {
    "finish": lambda chosen: chosen.standing.stopped is not None,
    "take_back": lambda chosen: chosen.standing.stopped is not None,
    "inspect": lambda _chosen: True,
    "upgrade": _if_here(lambda state: state.update is not None and state.state in INSTALLED),
    "enable": _if_here(lambda state: state.state == "disabled"),
    "disable": _if_here(lambda state: state.state in ("enabled", "left out")),
    "uninstall": _if_here(lambda state: state.state != "not installed"),
    "roll_back": _if_here(lambda state: bool(state.older) and state.state in INSTALLED),
    "repair": _if_here(lambda state: bool(state.changed) and not state.bundled),
}


class PluginActs:
    """The acts of one plugins screen, its ``owner``."""

    def __init__(self, owner: Widget, desk: Desk, work: PluginWork, chosen: Callable[[], Chosen]) -> None:
        """``chosen`` tells what the cursor is on."""
        self._owner, self._desk, self._work, self._chosen = owner, desk, work, chosen

    def can(self, what: str) -> bool:
        """Whether an act makes sense now, and this person may do it."""
        if what in LOOKING:
            return LOOKING[what](self._chosen())
        return self._work.may_install and DOING[what](self._chosen())

    def act(self, what: str) -> None:
        """Begin an act, or ask what has to be asked before."""
        if self.can(what):
            acts: Mapping[str, Callable[[Chosen], object]] = {
                "browse": self._browse, "log": self._log, "keys": self._keys, "progress": self._progress,
                "finish": self._finish, "take_back": self._take_back, "inspect": self._inspect,
                "upgrade": self._upgrade, "enable": self._enable, "disable": self._disable,
                "uninstall": self._uninstall, "roll_back": self._roll_back, "repair": self._repair,
            }  # fmt: skip
            acts[what](self._chosen())

    # -- bringing ------------------------------------------------------------------------------------------

    def _inspect(self, chosen: Chosen) -> None:
        if chosen.offer is not None:
            self._look_into(str(chosen.offer.path))
            return
        state = chosen.state
        is_new = state is not None and state.state == "not installed" and state.folder is not None
        self._push(
            PathPick(
                self._desk.jobs,
                "Which plugin? A .zip or a folder.",
                self._offers(chosen.standing),
                meant=lambda folder: (folder / MANIFEST).is_file(),
                suffix=".zip",
                value=str(state.folder) if is_new and state is not None else "",
            ),
            lambda path: None if path is None else self._look_into(path),
        )

    def _offers(self, standing: Standing) -> Sequence[Answer]:
        updates = (one.update for one in standing.states if one.update is not None)
        offers = dict.fromkeys((*standing.offers, *updates))
        answers = [Answer(str(one.path), f"{one.name} {one.version}  {one.path.name}") for one in offers]
        folder = self._work.offers_folder
        return [*answers, Answer(f"{folder}/", f"{folder}/ (archives put there are offered here)")]

    def _upgrade(self, chosen: Chosen) -> None:
        assert chosen.state is not None and chosen.state.update is not None  # noqa: PT018 as `can` says
        self._look_into(str(chosen.state.update.path))

    def _look_into(self, path: str) -> None:
        work = partial(self._work.inspect, Path(path).expanduser())
        self._run(work, self._show_inspection, partial(self._refused, path))

    def _show_inspection(self, found: Inspection) -> None:
        self._push(InspectionScreen(found, self._work), self._begin)

    def _refused(self, path: str, error: Exception) -> None:
        if isinstance(error, ArchiveRefusedError):
            self._push(LogScreen(f"{Path(path).name} is not taken", told(error)), None)
        else:
            self._owner.app.post_message(JobFailed(error))

    # -- switching, rolling back, mending ------------------------------------------------------------------

    def _enable(self, chosen: Chosen) -> None:
        self._begin(self._work.enable(_name(chosen)))

    def _disable(self, chosen: Chosen) -> None:
        name = _name(chosen)
        text = "What it brings disappears from every terminal and server. Its data stays; e brings everything back."
        self._confirm(f"Switch {name} off?", text, "switch off", self._work.disable(name))

    def _roll_back(self, chosen: Chosen) -> None:
        assert chosen.state is not None
        name, older = chosen.state.name, chosen.state.older
        text = f"What only {chosen.state.version} keeps goes; a copy is written into {self._work.backups_folder} first."
        self._confirm(f"Roll {name} back to {older}?", text, "roll back", self._work.roll_back(name, older))

    def _repair(self, chosen: Chosen) -> None:
        name = _name(chosen)
        text = "The files of the installed archive take their place. Those that were changed are kept beside them."
        self._confirm(f"Put the files of {name} back?", text, "put back", self._work.repair(name))

    # -- what stopped --------------------------------------------------------------------------------------

    def _finish(self, chosen: Chosen) -> None:
        stopped = chosen.standing.stopped
        assert stopped is not None
        self._confirm(
            f"Finish the {stopped.verb} of {stopped.plugin}?",
            stopped_in_words(stopped),
            "finish",
            self._work.finish(stopped),
        )

    def _take_back(self, chosen: Chosen) -> None:
        stopped = chosen.standing.stopped
        assert stopped is not None
        text = f"{stopped_in_words(stopped)} Files and tables return to what they were before."
        title = f"Take the {stopped.verb} of {stopped.plugin} back?"
        self._confirm(title, text, "take back", self._work.take_back(stopped))

    # -- removing ------------------------------------------------------------------------------------------

    def _uninstall(self, chosen: Chosen) -> None:
        state = chosen.state
        assert state is not None
        self._run(partial(self._work.what_would_go, state.name), partial(self._ask_removal, state))

    def _ask_removal(self, state: PluginState, rows: Mapping[str, int]) -> None:
        def go(answer: tuple[Choice, Path | None] | None) -> None:
            if answer is not None:
                self._begin(self._work.uninstall(state.name, *answer))

        self._push(RemovalScreen(state, rows, self._work.backups_folder), go)

    # -- looking -------------------------------------------------------------------------------------------

    def _browse(self, chosen: Chosen) -> None:
        name = _name(chosen)
        self._run(
            lambda: (self._work.what_would_go(name), *self._work.data_of(name)), partial(self._choose_table, name)
        )

    def _choose_table(self, name: str, found: tuple[Mapping[str, int], Desk, tuple[Resource, ...]]) -> None:
        counts, desk, resources = found
        by_name = {one.name: one for one in resources}
        if not by_name:
            self._owner.app.notify(f"{name} keeps nothing that you may see.")
            return
        answers = [Answer(one.name, f"{one.title}  {counts.get(one.name, 0)}") for one in resources]

        def go(table: str | None) -> None:
            if table is not None:
                self._owner.app.push_screen(DataListScreen(desk, by_name[table], self._work.exports_folder))

        self._push(Pick(f"Which data of {name}? It is only read.", answers), go)

    def _log(self, chosen: Chosen) -> None:
        name = _name(chosen)
        self._run(partial(self._work.history, name), partial(self._show_log, name))

    def _show_log(self, name: str, history: Sequence[OperationState]) -> None:
        text = "\n\n".join(log_of(one, self._desk.zone) for one in history)
        self._push(LogScreen(f"What was done to {name}", text or "Nothing was done to it yet."), None)

    def _keys(self, _chosen: Chosen) -> None:
        self._owner.app.push_screen(KeysScreen(self._desk))

    def _progress(self, _chosen: Chosen) -> None:
        self._owner.post_message(DeedAsked())

    # -- the same for all ----------------------------------------------------------------------------------

    def _confirm(self, title: str, text: str, yes: str, deed: Deed) -> None:
        self._push(Confirm(title, text, yes=yes, no="leave it"), lambda agreed: self._begin(deed if agreed else None))

    def _begin(self, deed: Deed | None) -> None:
        if deed is not None:
            self._owner.post_message(DeedAsked(deed))

    def _run(
        self,
        work: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        self._desk.jobs.run(self._owner, work, then, failed)

    def _push(self, screen: Any, then: Callable[[Any], None] | None) -> None:
        """Open a screen, unless the person has gone elsewhere while something was read for it."""
        if self._owner.screen.is_current:
            self._owner.app.push_screen(screen, then)


def _name(chosen: Chosen) -> str:
    assert chosen.state is not None
    return chosen.state.name
