"""Building the application that comes next beside the one that answers: tested, and within a bounded time.

Plugins' code runs in here: it may raise anything, and may never come back.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopdb.exceptions import PluginError, SchemaBehindError, SelfTestFailedError
from shopdb.plugins.importing import PACKAGE
from shopdb.plugins.registry import Registry
from shopdb.plugins.unloading import let_go
from shopdb.server.app import make_app
from shopdb.server.selftest import self_test
from shopdb.server.swap import Generation
from shopdb.server.visits import Visits


@dataclass(frozen=True, slots=True)
class Stopped:
    """A plugin's code that was stopped, by its module, and why."""

    code: str
    told: str


class Building(threading.Thread):
    """One attempt to build a generation after the ``alive`` ones, the last of which answers.

    Once it has ended, ``made`` is what came of it, or ``failure`` why nothing did.
    """

    def __init__(self, alive: Sequence[Generation], visits: Visits, stopped: Mapping[str, Stopped]) -> None:
        """Leave the ``stopped`` plugins out as long as they have the same code."""
        super().__init__(name="plugins-building", daemon=True)
        self.made: Generation | None = None
        self.failure: BaseException | None = None
        self._alive = tuple(alive)
        self._visits = visits
        self._stopped = stopped

    def run(self) -> None:
        """Build it."""
        try:
            self.made = self._built()
        except BaseException as failure:  # noqa: BLE001 see the module's docstring
            self.failure = failure

    def within(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        self.start()
        self.join(seconds)
        return not self.is_alive()

    def culprit(self) -> str:
        """Return the plugin whose code it runs right now; "" if it is none's."""
        frame = sys._current_frames().get(self.ident or 0)  # noqa: SLF001 the only way to see what a thread runs
        while frame is not None:
            package, _, rest = str(frame.f_globals.get("__name__", "")).partition(".")
            if package == PACKAGE:
                return rest.partition(".")[0].rpartition("_")[0]
            frame = frame.f_back
        return ""

    def _built(self) -> Generation:
        last = self._alive[-1]
        shop = last.shop.renewed()
        loaded = shop.plugins
        try:
            found = codes(loaded)
            still = {name: [one.told] for name, one in self._stopped.items() if found.get(name) == one.code}
            if still:
                shop = shop.narrowed(loaded.without(still))
            app = make_app(shop, self._visits)
            known = codes(last.loaded)
            self_test(app, [name for name, code in codes(app.shop.plugins).items() if known.get(name) != code])
        except BaseException:
            let_go(shop.engine, loaded, *(one.loaded for one in self._alive))
            raise
        return Generation(app, loaded)


def problems_of(failure: BaseException | None) -> dict[str, str]:
    """Return the problems by plugin that kept a generation from being built; empty if it was no plugin's fault."""
    if isinstance(failure, PluginError):
        return {failure.plugin: "\n".join(failure.problems)}
    if isinstance(failure, SchemaBehindError):
        told = "its tables are at {}, wanted is {}; run `shopdb db upgrade`"
        return {owner: told.format(found or "nothing", wanted) for owner, (found, wanted) in failure.behind.items()}
    if isinstance(failure, SelfTestFailedError):
        return {plugin: "\n".join(told) for plugin, told in failure.problems.items()}
    return {}


def codes(registry: Registry) -> dict[str, str]:
    """Return the module of each loaded plugin, which changes with its code."""
    return {name: type(plugin).__module__ for name, plugin in registry.plugins.items()}
