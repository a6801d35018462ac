"""Running the server: waitress with bounds on everything, and an end that loses nothing in flight.

waitress counts only idleness, so a request that trickles in is never dropped and half-open connections of one host can
fill it; and it ends by cutting off what is being answered. The loop below adds what is missing, on attributes that
waitress does not promise: they are used in this file alone.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections import Counter
from typing import Any

from sqlalchemy.exc import DBAPIError
from waitress import create_server, wasyncore

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import PortTakenError
from shopdb.server.app import make_app
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.services.upkeep import keep_up
from shopdb.store.base import utc_now

LOG = logging.getLogger(__name__)
RECEIVE_SECONDS = 60.0
DRAIN_SECONDS = 30.0
MOST_CONNECTIONS = 1000
MOST_FROM_ONE_ADDRESS = 200
UPKEEP_SECONDS = 5.0


def run(settings: Settings, *, host: str | None = None, port: int | None = None) -> int:
    """Serve until SIGTERM or ctrl-c, finish what is in flight, and return the exit code 0.

    Raises `PortTakenError`, or what `open_shop` raises.
    """
    _log_to_stderr(settings)
    shop = open_shop(settings)
    stopping = threading.Event()
    try:
        server = _bound(shop, host or settings.host, settings.port if port is None else port)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _stop(server, stopping))
        upkeep = threading.Thread(target=_keep_up, args=(shop, stopping), name="upkeep", daemon=True)
        upkeep.start()
        LOG.info("serving %s on http://%s:%s", settings.site_name, server.effective_host, server.effective_port)
        _serve(server, stopping)
    finally:
        stopping.set()
        shop.close()
    return 0


def _bound(shop: Shop, host: str, port: int) -> Any:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as taken:
        listening.close()
        raise PortTakenError(host, port, taken.strerror or str(taken)) from taken
    return create_server(
        make_app(shop),
        sockets=[listening],
        threads=shop.settings.threads,
        connection_limit=MOST_CONNECTIONS,
        max_request_body_size=DEFAULT_CAPS.received + 1,
        max_request_header_size=32 * 1024,
        channel_timeout=30,
        cleanup_interval=10,
        recv_bytes=131072,
        ident="shopdb",
        clear_untrusted_proxy_headers=True,
    )


def _stop(server: Any, stopping: threading.Event) -> None:
    stopping.set()
    server.trigger.pull_trigger()


def _serve(server: Any, stopping: threading.Event) -> None:
    channels: dict[int, Any] = server._map  # noqa: SLF001 see the module's docstring
    since: dict[Any, float] = {}
    while not stopping.is_set():
        wasyncore.loop(timeout=1, map=channels, use_poll=True, count=1)
        _drop_offenders(server, since)
    server.accepting = False
    server.del_channel()
    server.socket.close()
    give_up = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < give_up and any(_is_busy(channel) for channel in server.active_channels.values()):
        wasyncore.loop(timeout=0.1, map=channels, use_poll=True, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(channels)


def _is_busy(channel: Any) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)


def _drop_offenders(server: Any, since: dict[Any, float]) -> None:
    """Close what has been receiving one request for too long, and the newest beyond an address's share."""
    now = time.monotonic()
    channels = list(server.active_channels.values())
    for channel in channels:
        if channel.request is None:
            since.pop(channel, None)
        elif now - since.setdefault(channel, now) > RECEIVE_SECONDS:
            channel.will_close = True
    for channel in set(since) - set(channels):
        del since[channel]
    addresses = Counter(channel.addr[0] for channel in channels if channel.addr)
    for channel in reversed(channels):
        if channel.addr and addresses[channel.addr[0]] > MOST_FROM_ONE_ADDRESS and not _is_busy(channel):
            addresses[channel.addr[0]] -= 1
            channel.will_close = True


def _keep_up(shop: Shop, stopping: threading.Event) -> None:
    while not stopping.wait(UPKEEP_SECONDS):
        try:
            while shop.write(SYSTEM.doing("upkeep"), lambda session: keep_up(session, utc_now())):
                if stopping.is_set():
                    return
        except DBAPIError as error:
            LOG.warning("upkeep waits for the database (%s)", type(error.orig).__name__)


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for each queued request costs up to an eighth of the throughput and tells nothing to anybody.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
