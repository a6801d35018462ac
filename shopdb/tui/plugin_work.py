"""What one person may do with the plugins of a site, as the plugins screen asks for it.

Belongs to the terminal, between its screens and `shopdb.lifecycle`. What reads or writes blocks: it is called in job
threads. A deed is only prepared here; `shopdb.tui.operating` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.catalog import Catalog
from shopdb.domain.resource import Resource
from shopdb.lifecycle import inspection, recovery, removing, repairing, states, switching, versions
from shopdb.lifecycle.following import backups
from shopdb.lifecycle.inspection import OFFERS, Inspection, Offer
from shopdb.lifecycle.removing import Choice
from shopdb.lifecycle.states import PluginState
from shopdb.lifecycle.steps import Outcome, Report
from shopdb.lifecycle.trial import Trial
from shopdb.store import journal
from shopdb.store.journal import OperationState
from shopdb.tui.deeds import Deed, Result
from shopdb.tui.desk import Desk
from shopdb.tui.opening import Uses

INSTALL = "plugins.install"
VIEW = "plugins.view"
INSTALLED = frozenset({"enabled", "disabled", "left out"})
"""States of plugins that can be upgraded, rolled back and switched; others are installed first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the plugins of a site stand: each of them, what a folder offers, what is being done, and what stopped.

    ``offers`` are the newest archives of plugins that are not here, or only with the data that they left.
    """

    states: tuple[PluginState, ...]
    offers: tuple[Offer, ...]
    running: OperationState | None
    stopped: OperationState | None


@dataclass(frozen=True, slots=True)
class Offered:
    """How many plugins the folder of archives would bring or upgrade; ``mark`` tells whether that may have changed."""

    count: int = 0
    mark: object = None


class PluginWork:
    """The plugins of one shop, and who works on them."""

    def __init__(
        self, shop: Shop, origin: Origin, desk_over: Callable[[Shop], Desk], uses: Uses, *, safe: bool
    ) -> None:
        """``desk_over`` makes a desk of the same person over a shop that knows other tables."""
        # One broken plugin must not keep an admin from working on another, in development neither.
        self._shop = replace(shop, settings=replace(shop.settings, env="production"))
        self._origin, self._desk_over, self._uses = origin, desk_over, uses
        self.is_safe = safe
        self.offers_folder = shop.settings.home / OFFERS
        self.backups_folder = backups(shop)
        self.exports_folder = shop.settings.home / "exports"

    @property
    def may_install(self) -> bool:
        """Whether this person may do more than look."""
        return self._origin.may(INSTALL)

    # -- looking -------------------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """Return how all plugins stand."""
        with self._uses.one():
            found = states.plugin_states(self._shop)
            upgraded = {one.name for one in found if one.update is not None and one.state in INSTALLED}
            newest = {offer.name: offer for offer in states.new_offers(self._shop) if offer.name not in upgraded}
            with self._shop.engine.connect() as connection:
                running = journal.operations(connection, state=journal.RUNNING, limit=1)
            stopped = recovery.unfinished(self._shop.engine) if running else None
        return Standing(found, tuple(newest.values()), running[0] if running else None, stopped)

    def offered(self, known: Offered) -> Offered:
        """Return how many plugins an archive in the folder would bring or upgrade, reading none again for nothing."""
        folder = self.offers_folder
        files = [(path.name, path.stat()) for path in sorted(folder.glob("*.zip"))] if folder.is_dir() else []
        mark = (self._shop.generation, tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in files))
        if mark == known.mark:
            return known
        with self._uses.one():
            return Offered(len({offer.name for offer in states.new_offers(self._shop)}), mark)

    def history(self, plugin: str) -> Sequence[OperationState]:
        """Return what was done to a plugin, newest first."""
        with self._uses.one(), self._shop.engine.connect() as connection:
            return journal.operations(connection, plugin=plugin)

    def inspect(self, path: Path) -> Inspection:
        """Return what a folder or zip would bring; raises `ArchiveRefusedError`."""
        with self._uses.one():
            return inspection.inspect(self._shop, path)

    def what_would_go(self, plugin: str) -> Mapping[str, int]:
        """Return how many rows each table of a plugin has; raises `PluginMissingError`."""
        with self._uses.one():
            return removing.what_would_go(self._shop, plugin)

    def data_of(self, plugin: str) -> tuple[Desk, tuple[Resource, ...]]:
        """Return a plugin's tables as record types, and the desk over which they are read."""
        with self._uses.one():
            shop = self._shop.with_data_of(plugin)
        desk = self._desk_over(shop)
        return desk, tuple(one for one in _own(shop.catalog, plugin) if desk.may(f"{one.name}.view"))

    # -- doing ---------------------------------------------------------------------------------------------

    def rehearse(self, found: Inspection) -> Deed:
        """Return the deed of trying a plugin on a copy of the database."""
        return self._deed(f"Rehearse {_named(found)} on a copy", partial(self._rehearse, found))

    def install(self, found: Inspection, confirmed: str) -> Deed:
        """Return the deed of installing a plugin or upgrading to it."""
        words = {"install": f"Install {_named(found)}", "upgrade": f"Upgrade {found.archive.name} from {found.here}"}
        title = words.get(found.verb, f"Install {_named(found)} anew")
        if found.verb == "upgrade":
            title = f"{title} to {found.archive.meta.version}"
        work = partial(versions.install, self._shop, found, origin=self._doing(title), confirmed=confirmed)
        return self._deed(title, lambda report: work(report=report))

    def roll_back(self, plugin: str, version: str) -> Deed:
        """Return the deed of returning to the version before."""
        return self._verb(f"Roll {plugin} back to {version}", versions.rollback, plugin)

    def enable(self, plugin: str) -> Deed:
        """Return the deed of switching a plugin on."""
        return self._verb(f"Switch {plugin} on", switching.enable, plugin)

    def disable(self, plugin: str) -> Deed:
        """Return the deed of switching a plugin off."""
        return self._verb(f"Switch {plugin} off", switching.disable, plugin)

    def repair(self, plugin: str) -> Deed:
        """Return the deed of putting a plugin's files back."""
        return self._verb(f"Put the files of {plugin} back", repairing.repair, plugin)

    def uninstall(self, plugin: str, choice: Choice, folder: Path | None) -> Deed:
        """Return the deed of removing a plugin, and of doing with its data as chosen."""
        title = f"Remove {plugin}" if choice == "keep" else f"Remove {plugin} with its data"
        work = partial(removing.uninstall, self._shop, plugin, choice, origin=self._doing(title), folder=folder)
        return self._deed(title, lambda report: work(report=report))

    def finish(self, stopped: OperationState) -> Deed:
        """Return the deed of going on where something stopped."""
        title = f"Finish the {stopped.verb} of {stopped.plugin}"
        work = partial(recovery.finish, self._shop, origin=self._doing(title))
        return self._deed(title, lambda report: work(report=report))

    def take_back(self, stopped: OperationState) -> Deed:
        """Return the deed of taking back what stopped."""
        title = f"Take the {stopped.verb} of {stopped.plugin} back"
        work = partial(recovery.give_up, self._shop, origin=self._doing(title))
        return self._deed(title, lambda report: work(report=report))

    def _rehearse(self, found: Inspection, report: Report) -> Trial:
        self._origin.require(INSTALL)
        return versions.rehearse(self._shop, found, report)

    def _verb(self, title: str, verb: Callable[..., Outcome], plugin: str) -> Deed:
        origin = self._doing(title)
        return self._deed(title, lambda report: verb(self._shop, plugin, origin=origin, report=report))

    def _deed(self, title: str, work: Callable[[Report], Result]) -> Deed:
        def counted(report: Report) -> Result:
            with self._uses.one():
                return work(report)

        return Deed(title, counted)

    def _doing(self, title: str) -> Origin:
        return self._origin.doing(f"{title[0].lower()}{title[1:]}")


def _named(found: Inspection) -> str:
    return f"{found.archive.name} {found.archive.meta.version}"


def _own(catalog: Catalog, plugin: str) -> Sequence[Resource]:
    return [one for one in catalog.values() if one.plugin == plugin]
