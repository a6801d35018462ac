"""Running the server in its own process, with the upkeep that somebody has to do."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import ShopdbError
from shopdb.server.app import make_app
from shopdb.server.follower import Follower
from shopdb.server.front import in_front
from shopdb.server.swap import Generation, Swap
from shopdb.server.visits import Visits
from shopdb.server.wire import Limits, Server
from shopdb.services.upkeep import CHORES, Chore
from shopdb.store import journal
from shopdb.store.base import utc_now

LOG = logging.getLogger(__name__)
UPKEEP_SECONDS = 5.0
JOIN_SECONDS = 2.0


def run(settings: Settings, *, limits: Limits | None = None) -> int:
    """Serve until SIGTERM or ctrl-c, finish what is in flight, and return the exit code 0.

    Raises `PortTakenError`, or what `open_shop` raises.
    """
    _log_to_stderr(settings)
    shop = open_shop(settings)
    stopping = threading.Event()
    try:
        visits = Visits(settings.threads)
        swap = Swap(Generation(make_app(shop, visits), shop.plugins))
        server = Server(
            in_front(swap, settings),
            settings.host,
            settings.port,
            threads=settings.threads,
            limits=limits or Limits(),
            proxies=settings.trusted_proxy,
            lane_of=swap.lane_of,
        )
        _stop_on_signals(server, stopping)
        LOG.info("serving %s on %s", settings.site_name, server.address)
        serve(server, swap, visits, stopping)
    finally:
        stopping.set()
        shop.close()
    return 0


def serve(server: Server, swap: Swap, visits: Visits, stopping: threading.Event) -> None:
    """Answer until it is stopping, known to the other programs of the site, with the upkeep that somebody has to do."""
    threads = (
        threading.Thread(target=_keep_up, args=(swap, stopping), name="upkeep", daemon=True),
        threading.Thread(target=Follower(swap, visits, server).follow, args=(stopping,), name="plugins", daemon=True),
    )
    with _known(server, swap.current.shop):
        for thread in threads:
            thread.start()
        server.serve(stopping)
        for thread in threads:
            thread.join(JOIN_SECONDS)


@contextmanager
def _known(server: Server, shop: Shop) -> Iterator[None]:
    """Be in the list of running servers while the block lasts."""
    with ExitStack() as stack:
        stack.enter_context(journal.serving(shop.engine, server.address, shop.generation))
        yield
        try:
            stack.close()
        except SQLAlchemyError as away:
            LOG.warning("nobody could be told that this server ends (%s)", type(away).__name__)


def _stop_on_signals(server: Server, stopping: threading.Event) -> None:
    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        server.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _keep_up(swap: Swap, stopping: threading.Event) -> None:
    """Do each chore when it is due, one batch after another while there is more of it."""
    due = dict.fromkeys(CHORES, utc_now())
    while not stopping.wait(UPKEEP_SECONDS):
        for chore in CHORES:
            now = utc_now()
            if now < due[chore]:
                continue
            due[chore] = now + chore.every
            try:
                while _done(swap, chore, now):
                    if stopping.is_set():
                        return
            except (SQLAlchemyError, ShopdbError) as error:
                LOG.warning("upkeep waits for the database (%s)", type(error).__name__)


def _done(swap: Swap, chore: Chore, now: datetime) -> int:
    """Return how much of a chore was done; between two batches the plugins may be exchanged."""
    with swap.held() as shop:
        return shop.write(SYSTEM.doing("upkeep"), partial(chore.do, now=now))


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for each queued request costs up to an eighth of the throughput and tells nothing to anybody.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
