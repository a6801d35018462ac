"""A running server follows what is done to its site's plugins, and goes on without one that does not come back.

One thread looks twice a second. Requests are answered by the former application until another one has been built and
has answered its own questions; none of them waits for that.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterable, Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shopdb.plugins.registry import Registry
from shopdb.plugins.unloading import let_go
from shopdb.server.app import make_app
from shopdb.server.building import Building, Stopped, codes, problems_of
from shopdb.server.faults import Faults, faulty, noted_here
from shopdb.server.swap import Generation, Swap
from shopdb.server.visits import FAILING_SECONDS, Visits
from shopdb.server.wire import Server
from shopdb.store import journal
from shopdb.store.engine import is_mysql

LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.5
SAY_SECONDS = 10.0
BUILD_SECONDS = 20.0
RETRY_SECONDS = 10.0
"""How long a generation that cannot be taken up is left alone."""
DRAIN_SECONDS = 20.0
"""How long requests may stay in a former generation; less than a removal waits for the servers."""
SOON_SECONDS = 0.5
"""How long a former generation is waited for at once; nearly always it is empty by then."""


class Follower:
    """What looks after the plugins of one running server."""

    def __init__(self, swap: Swap, visits: Visits, server: Server) -> None:
        """Follow from the generation on that the swap answers with."""
        self._swap = swap
        self._visits = visits
        self._server = server
        self._engine: Engine = swap.current.shop.engine
        self._faults = Faults()
        self._stopped: dict[str, Stopped] = {}
        self._since = dict.fromkeys(codes(swap.current.loaded).items(), 0.0)
        self._retiring: list[tuple[Generation, float]] = []
        self._building: Building | None = None
        self._refused: tuple[int, float, str] = (-1, 0.0, "")
        self._said: tuple[int, float] = (-1, 0.0)
        self._is_news = True
        self._is_littered = False

    def follow(self, stopping: threading.Event) -> None:
        """Look twice a second until it is stopping."""
        is_away = False
        while not stopping.wait(POLL_SECONDS):
            try:
                self.look()
                is_away = False
            except SQLAlchemyError as away:
                if not is_away:
                    LOG.warning("plugins are not looked after until the database is back (%s)", type(away).__name__)
                is_away = True
            except BaseException:
                # A plugin's code runs in here and may raise anything; nobody else would look.
                LOG.exception("looking after the plugins failed")

    def look(self) -> None:
        """Do all that is to be done now; raises what the database raises."""
        self._stop_overdue()
        self._retire()
        wanted = self._wanted()
        if wanted != self._swap.current.shop.generation and self._may_try(wanted):
            self._renew(wanted)
        self._write_faults()
        self._say()
        if self._is_littered:
            self._is_littered = False
            gc.collect()  # an application and mapped classes are circles

    # ---------------------------------------------------------------- following the database

    def _wanted(self) -> int:
        with self._engine.connect() as connection:
            if is_mysql(self._engine):  # where an open transaction would keep tables from being altered
                connection.execution_options(isolation_level="AUTOCOMMIT")
            return journal.generation(connection)

    def _may_try(self, wanted: int) -> bool:
        number, until, _ = self._refused
        return self._building is None and (number != wanted or time.monotonic() > until)

    def _renew(self, wanted: int) -> None:
        building = Building(self._alive(), self._visits, self._still_stopped())
        if not building.within(BUILD_SECONDS):
            self._building = building
            told = f"loading it has not come to an end within {BUILD_SECONDS:.0f} seconds; restart the server"
            self._refuse(wanted, {building.culprit(): told})
        elif building.made is not None:
            self._take_up(building.made)
        elif isinstance(building.failure, SQLAlchemyError):
            raise building.failure
        else:
            problems = problems_of(building.failure)
            self._refuse(wanted, problems, None if problems else building.failure)

    def _refuse(self, wanted: int, problems: Mapping[str, str], failure: BaseException | None = None) -> None:
        """Go on with what answers, and say why."""
        told = "; ".join(f"{name}: {problem}" for name, problem in problems.items()) or repr(failure)
        number, _, told_before = self._refused
        if (number, told_before) != (wanted, told):
            LOG.error("the server goes on with its plugins as they are: %s", told, exc_info=failure)
        self._refused = (wanted, time.monotonic() + RETRY_SECONDS, told)
        running = self._swap.current.shop.plugins
        for name, problem in problems.items():
            self._faults.note(name, None, problem, stopped=name not in running.plugins)

    def _take_up(self, following: Generation) -> None:
        """Answer with the following generation, and let go of the former as soon as nobody is in it."""
        now = time.monotonic()
        self._since = {one: self._since.get(one, now) for one in codes(following.loaded).items()}
        self._retiring.append((self._swap.exchange(following), now + DRAIN_SECONDS))
        self._is_news = True
        LOG.info("answering with generation %d of the plugins", following.shop.generation)
        while self._retiring and time.monotonic() < now + SOON_SECONDS:
            self._retire()
            time.sleep(0.01)

    def _alive(self) -> list[Generation]:
        """Return the generations that requests may be in; the last one answers."""
        return [*(former for former, _ in self._retiring), self._swap.current]

    def _say(self) -> None:
        """Say which generation is the oldest that a request is answered with, at once when that changes."""
        number = min(one.shop.generation for one in self._alive())
        if number != self._said[0] or time.monotonic() > self._said[1] + SAY_SECONDS:
            journal.say_generation(self._engine, self._server.address, number)
            self._said = (number, time.monotonic())

    # ---------------------------------------------------------------- letting go

    def _retire(self) -> None:
        """Let go of the former generations that nobody is in, and of those that are held for too long."""
        if self._building is not None and self._building.is_alive():
            return  # it may be about to use what would be let go of
        self._building = None
        for former, until in list(self._retiring):
            if not former.close_if_empty():
                if time.monotonic() < until:
                    continue
                LOG.warning("%d requests do not leave a former generation of the plugins", former.close())
            self._retiring.remove((former, until))
            self._let_go(former.loaded, [one.loaded for one in self._alive()])

    def _let_go(self, former: Registry, alive: Iterable[Registry]) -> None:
        current, *others = reversed(list(alive))
        for told in let_go(self._engine, former, current, *others):
            LOG.warning("plugin %s", told)
            name, _, rest = told.partition(" ")
            self._faults.note(name, former.digests.get(name), f"it {rest}", stopped=False)
        self._is_littered = True

    # ---------------------------------------------------------------- faults

    def _stop_overdue(self) -> None:
        """Stop the plugins that do not come back, and make up for the threads that they keep."""
        for visit in self._visits.overdue():
            told = f"{visit.doing} has not come to an end within {visit.seconds:.0f} seconds"
            running = self._swap.current.shop.plugins
            code = codes(running).get(visit.plugin)
            # What began before this code was taken up tells nothing about it.
            if code is not None and visit.since >= self._since[visit.plugin, code]:
                self._stop(visit.plugin, told)
            self._visits.give_up(visit)
        self._server.make_up_for(self._visits.slow(), self._visits.given_up())

    def _stop(self, plugin: str, told: str) -> None:
        current = self._swap.current
        narrowed = current.shop.narrowed(current.shop.plugins.without({plugin: [told]}))
        app = make_app(narrowed, self._visits)
        LOG.error("plugin %s is stopped: %s", plugin, told)
        self._stopped[plugin] = Stopped(codes(current.loaded)[plugin], told)
        self._faults.note(plugin, current.loaded.digests.get(plugin), told, stopped=True)
        self._take_up(Generation(app, narrowed.plugins))

    def _still_stopped(self) -> dict[str, Stopped]:
        """Return the plugins that were stopped here and not installed, upgraded or switched on anew since."""
        if self._stopped:
            noted = noted_here(self._engine) | self._faults.waiting_for()
            self._stopped = {name: one for name, one in self._stopped.items() if name in noted}
        return self._stopped

    def _write_faults(self) -> None:
        current = self._swap.current
        if self._is_news:
            for name, problem in faulty(self._engine, current.shop.plugins).items():
                self._faults.note(name, current.loaded.digests.get(name), problem, stopped=True)
            self._is_news = False
        for failing in self._visits.failing():
            minutes = FAILING_SECONDS / 60
            told = f"it failed {failing.times} times within {minutes:.0f} minutes, at last in {failing.last}"
            self._faults.note(failing.plugin, current.loaded.digests.get(failing.plugin), told, stopped=False)
        self._faults.write(self._engine)
