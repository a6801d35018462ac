"""Where a signed-in person works: desk, areas and plugins, which go on with other plugins while the program runs.

Belongs to the terminal. The application says where to go; this says what is there.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from textual.screen import ModalScreen, Screen

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.lifecycle.trial import Trial
from shopdb.store import journal
from shopdb.tui.areas import DASHBOARD, PLUGINS, areas_for, screens_of
from shopdb.tui.commands import ShopCommands
from shopdb.tui.desk import Area, Desk, Frame
from shopdb.tui.failures import told
from shopdb.tui.faults import PROGRAM, Faults
from shopdb.tui.forms.screen import FormScreen
from shopdb.tui.messages import DeedAsked, StateRead
from shopdb.tui.moving import Moving, modules_of
from shopdb.tui.notices import Notices
from shopdb.tui.opening import Opened, Uses, desk_for
from shopdb.tui.operating import Ended, Operating
from shopdb.tui.panes import plugin_facts
from shopdb.tui.plugin_screens import PluginScreens
from shopdb.tui.plugin_work import Offered, PluginWork, Standing
from shopdb.tui.renewal import Former, Renewal, differences, folders_of_others
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.undoing import Undoing

LONG_ENOUGH_TO_READ = 15.0  # seconds


class Seat:
    """One person's place in the terminal, from signing in to signing out."""

    def __init__(
        self,
        app: SafeApp,
        opened: Opened,
        origin: Origin,
        *,
        safe: bool,
        frame: Callable[[], Frame],
        changed: Callable[[], object],
    ) -> None:
        """Open the areas of a person; ``changed`` is called when the frame around them tells something else."""
        self._app, self._origin, self._zone, self._safe = app, origin, opened.zone, safe
        self._frame, self._changed = frame, changed
        self._labels: dict[str, str] = {}
        self._offered = Offered()
        self._offers = app.jobs.apart("offers").slot(app)
        self._faults = Faults(app, app.jobs)
        self.screens = PluginScreens(app, lambda: self.desk)
        self._moving = Moving(app, self.screens.again, self._leave_area)
        self._renewal = Renewal(app, self._take_up, self._not_taken_up)
        self.operating = Operating(app, partial(app.jobs.run, app), self._operated)
        self._settle(opened.shop)
        self.undoing = Undoing(app, self.desk)
        self._moving.begin(self.desk, self._makes(), modules_of(self.shop.plugins.plugins))
        self._renewal.begin(opened.shop, safe=safe)
        if self._work.may_install:
            app.jobs.run(app, self._work.standing, self._tell_standing, lambda _error: None)

    def _settle(self, shop: Shop) -> None:
        """Work over this shop from now on."""
        self.shop, self._uses = shop, Uses()
        self.desk = self._desk_over(shop)
        self._work = PluginWork(shop, self._origin, self._desk_over, self._uses, safe=self._safe)
        self._areas = areas_for(self.desk, shop.plugins.navigation)
        self.commands = type("SignedInCommands", (ShopCommands,), {"desk": self.desk, "areas": self._areas})
        self.screens.bring(shop.plugins.screens)
        self._notices = Notices(self.desk.read, shop.plugins.services, self.note_fault)

    def _desk_over(self, shop: Shop) -> Desk:
        return desk_for(shop, self._origin, self._zone, self._app.jobs, self._frame, uses=self._uses)

    def _makes(self) -> dict[str, Callable[[], Screen[Any]]]:
        return dict(screens_of(self._areas, self.desk, self.shop.plugins, self._work))

    # -- what stands around the areas ----------------------------------------------------------------------

    @property
    def areas(self) -> tuple[Area, ...]:
        """The areas, "Plugins" with the number of those that an archive would bring or upgrade."""
        if not self._offered.count:
            return self._areas
        label = f"Plugins  {self._offered.count} new"
        return tuple(replace(area, label=label) if area.name == PLUGINS else area for area in self._areas)

    def heard(self, read: StateRead) -> StateRead:
        """Do what the state that was just read asks for, and return it with what plugins want everybody to know."""
        if read.state is None:
            return read
        self._notices.ask(self._app, self._app.jobs, self._changed)
        self._count_offers()
        if self.operating.deed is None:
            self._renewal.hear(read.state.generation)
        self.catch_up()
        return self.with_notices(read)

    def with_notices(self, read: StateRead) -> StateRead:
        """Return a reading with what plugins want everybody to know."""
        return read if read.state is None else replace(read, state=replace(read.state, notices=self._notices.told))

    def _count_offers(self) -> None:
        if self._work.may_install and not self._offers.busy:
            self._offers.run(partial(self._work.offered, self._offered), self._counted, lambda _error: None)

    def _counted(self, offered: Offered) -> None:
        differs = offered.count != self._offered.count
        self._offered = offered
        if differs:
            self._changed()

    # -- other plugins -------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Go on with other plugins wherever that had to wait, and let go of code that nothing shows any more."""
        self._moving.catch_up()
        if not self._moving.waiting and self.operating.deed is None:
            self._renewal.let_go(self._released)

    def _take_up(self, shop: Shop) -> None:
        former = Former(self.shop, self._uses)
        for folder in folders_of_others(former.shop.plugins, shop.plugins):
            self._app.forget_code(folder)
        self._notices.close()
        self._labels = {area.name: area.label for area in self._areas}
        self._settle(shop)
        self.undoing.desk = self.desk
        self._moving.go_on(self.desk, self._makes(), modules_of(shop.plugins.plugins))
        self._renewal.retire(former)
        self._changed()
        self._tell(former.shop, shop)
        self.catch_up()

    def _tell(self, former: Shop, shop: Shop) -> None:
        if self._app.current_mode in self._moving.waiting:
            front = self._app.screen
            what = "form" if isinstance(front, FormScreen) else "dialog" if isinstance(front, ModalScreen) else "screen"
            text = f"Plugins have changed; this is taken up when you leave this {what}."
            self._app.notify(text, severity="warning", timeout=LONG_ENOUGH_TO_READ)
        if differs := differences(former.plugins, shop.plugins):
            self._app.notify(f"{'; '.join(differs)}.", title="Plugins")

    def _leave_area(self) -> None:
        label = self._labels.get(self._app.current_mode, self._app.current_mode)
        self._app.notify(f"{label} is not here any more: its plugin was switched off or removed.", severity="warning")
        self._app.open_mode(DASHBOARD)

    def _not_taken_up(self, error: Exception) -> None:
        self._app.notify(
            f"{told(error)}\nWhat is open here stays as it was.",
            title="Plugins have changed and cannot be taken up",
            severity="error",
            timeout=LONG_ENOUGH_TO_READ,
        )

    def _released(self, former: tuple[Former, ...], left: tuple[str, ...]) -> None:
        for one in former:
            for folder in folders_of_others(one.shop.plugins, self.shop.plugins):
                self._app.forget_code(folder)
        for problem in left:
            self.note_fault(problem.partition(" ")[0], problem)
        gc.collect()  # screens and shops are circles, which hold the classes of plugins until they are found

    # -- working on plugins --------------------------------------------------------------------------------

    def operate(self, asked: DeedAsked) -> None:
        """Begin something with a plugin, unless other plugins are being taken up just now; or show what is done."""
        if asked.deed is None:
            self.operating.show()
        elif self._renewal.busy:
            self._app.notify("Other plugins are being taken up; try again in a moment.", severity="warning")
        else:
            self.operating.start(asked.deed, asked.then)

    def _operated(self, ended: Ended) -> None:
        if not isinstance(ended.result, Trial):
            self._renewal.look()

    def _tell_standing(self, standing: Standing) -> None:
        """Say at the start what somebody has to see to."""
        if troubles := plugin_facts.troubles(standing):
            told_of = "\n".join(troubles)
            self._app.notify(told_of, title="Plugins", severity="warning", timeout=LONG_ENOUGH_TO_READ)

    def note_fault(self, plugin: str, problem: str) -> None:
        """Write down what the code of a plugin did in this terminal."""
        if plugin:
            self._faults.note(plugin, problem, partial(_write_fault, self.shop))

    # -- the end -------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Hear nothing more."""
        self._offers.cancel()
        self._notices.close()
        self._renewal.close()

    def leave(self) -> None:
        """Close every area, none of which is open any more."""
        self.close()
        self._moving.end()


def _write_fault(shop: Shop, plugin: str, problem: str) -> None:
    journal.note_fault(
        shop.engine,
        plugin=plugin,
        content_digest=shop.plugins.digests.get(plugin),
        program=PROGRAM,
        problem=problem,
        stopped=False,
    )
