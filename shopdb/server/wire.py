"""waitress with what it lacks: an end that loses nothing, time limits on receiving, JSON errors, threads made up for.

waitress counts only idleness, so a request that trickles in is never dropped and half-open connections of one host can
fill it; it ends by cutting off what is being answered; and its own refusals are plain text. The classes below use
attributes of it that it does not promise, as `shopdb.server.lanes` does, and nothing else.
"""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import InternalServerError

from shopdb.config.readers import Network
from shopdb.exceptions import PortTakenError
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.server.envelope import SECURITY_HEADERS
from shopdb.server.errors import error_body
from shopdb.server.front import is_among
from shopdb.server.lanes import LaneOf, Lanes

LARGEST_HEADERS = 32 * 1024
IDLE_SECONDS = 30
RECEIVED_AT_ONCE = 128 * 1024

REFUSALS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "This is not a request that can be read."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "body_too_large",
        f"The body is more than {DEFAULT_CAPS.received // 2**20} MB, which is the limit; send it in smaller parts.",
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "headers_too_large",
        f"The headers are more than {LARGEST_HEADERS // 1024} kB, which is the limit.",
    ),
    HTTPStatus.NOT_IMPLEMENTED: ("not_implemented", "This transfer encoding is not taken here."),
}
INTERNAL = ("internal", "Something went wrong inside; the server's log says what.")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, in seconds, and how many: a request may take so long to arrive, and an end to come."""

    receive: float = 60.0
    drain: float = 30.0
    connections: int = 500
    from_one_address: int = 200


class Server:
    """The listening server of one application."""

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        *,
        threads: int,
        limits: Limits,
        proxies: Iterable[Network] = (),
        lane_of: LaneOf = lambda _path: "",
    ) -> None:
        """Listen; raises `PortTakenError`.

        The ``proxies`` speak for many, and are not held to an address's share. ``lane_of`` is what `Lanes` asks.
        """
        self._threads = threads
        self._lanes = Lanes(threads, lane_of)
        self._limits = limits
        self._proxies = tuple(proxies)
        self._waitress: Any = create_server(
            app,
            sockets=[_listening(host, port)],
            threads=threads,
            connection_limit=limits.connections,
            max_request_body_size=DEFAULT_CAPS.received + 1,
            max_request_header_size=LARGEST_HEADERS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=10,
            recv_bytes=RECEIVED_AT_ONCE,
            ident="shopdb",
            clear_untrusted_proxy_headers=False,  # shopdb.server.front reads them and takes them out
            _dispatcher=self._lanes,
        )
        self._waitress.channel_class = _Channel
        self._since: dict[Any, float] = {}

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{self._waitress.effective_host}:{self._waitress.effective_port}"

    def wake(self) -> None:
        """Make the loop look up; may be called by a signal's handler, also when it has ended."""
        with suppress(OSError):
            self._waitress.trigger.pull_trigger()

    def make_up_for(self, slow: Collection[int], given_up: Collection[int]) -> None:
        """Keep as many threads at work as before although those with these idents are ``slow``.

        Who waits for a thread that was ``given_up`` is answered that something went wrong.
        """
        self._lanes.set_thread_count(self._threads + len(slow))
        for channel in self._channels() if given_up else ():
            channel.give_up(given_up)

    def serve(self, stopping: threading.Event) -> None:
        """Answer until it is stopping, then take nothing more on and finish what was begun."""
        looked = time.monotonic()
        while not stopping.is_set():
            self._step(timeout=1)
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                self._drop_offenders(looked)
                self._lanes.look()
        self._waitress.accepting = False
        self._waitress.del_channel()
        self._waitress.socket.close()
        give_up = time.monotonic() + self._limits.drain
        while time.monotonic() < give_up and any(_is_busy(channel) for channel in self._channels()):
            self._step(timeout=0.1)
            self._lanes.look()
        self._waitress.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._waitress._map)  # noqa: SLF001 see the module's docstring

    def _step(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, map=self._waitress._map, use_poll=True, count=1)  # noqa: SLF001 as above

    def _channels(self) -> list[Any]:
        return list(self._waitress.active_channels.values())

    def _drop_offenders(self, now: float) -> None:
        """Close what has been receiving one request for too long, and the newest beyond an address's share."""
        channels = self._channels()
        receiving = {channel for channel in channels if channel.request is not None}
        self._since = {channel: self._since.get(channel, now) for channel in receiving}
        for channel, since in self._since.items():
            if now - since > self._limits.receive:
                channel.will_close = True
        known = [channel.addr[0] for channel in channels if channel.addr]
        addresses = Counter(one for one in known if not is_among(one, self._proxies))
        for channel in reversed(channels):
            if channel.addr and addresses[channel.addr[0]] > self._limits.from_one_address and not _is_busy(channel):
                addresses[channel.addr[0]] -= 1
                channel.will_close = True


def _is_busy(channel: Any) -> bool:
    """Whether a request has arrived, wholly or in part, and its answer has not left."""
    return bool(channel.requests or channel.request is not None or channel.total_outbufs_len)


def _listening(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as taken:
        listening.close()
        raise PortTakenError(host, port, taken.strerror or str(taken)) from taken
    return listening


class _JsonErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What waitress refuses by itself, in the one shape of all refusals."""

    def execute(self) -> None:
        error = self.request.error
        code, message = REFUSALS.get(error.code, INTERNAL)
        request_id = uuid.uuid4().hex[:16]
        body = error_body(code, message, request_id)
        self.status = f"{error.code} {error.reason}"
        told = {"Content-Type": "application/json", "X-Request-ID": request_id, **SECURITY_HEADERS}
        self.response_headers.extend(told.items())
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A request that is being answered, known to its connection."""

    def __init__(self, channel: Any, request: Any) -> None:
        super().__init__(channel, request)
        channel.task = self


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose errors are JSON, and which can do without the thread that works on its request."""

    task_class = _Task
    error_task_class = _JsonErrorTask
    task: Any = None
    _thread: int | None = None
    _is_given_up = False

    def service(self) -> None:
        self._thread = threading.get_ident()
        try:
            super().service()
        finally:
            self._thread = self.task = None

    def write_soon(self, data: Any) -> int:
        if self._is_given_up and threading.get_ident() == self._thread:
            raise ClientDisconnected
        return int(super().write_soon(data))

    def give_up(self, stuck: Collection[int]) -> None:
        """Answer in the place of a stuck thread that has answered nothing yet, and close the connection."""
        with self.outbuf_lock:
            task = self.task
            if self._is_given_up or task is None or self._thread not in stuck:
                return
            self._is_given_up = True
            if not task.wrote_header:
                refused = self.parser_class(self.adj)
                refused.error = InternalServerError("")
                refused.version = task.version
                self.error_task_class(self, refused).service()
                self._flush_exception(self._flush_some, do_close=False)
        self.will_close = True
        self.server.pull_trigger()
