"""Takes pushes from the spool to the server: compressed, with the token, again while that may help."""

from __future__ import annotations

import gzip
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import urllib3

from shopdb import __version__
from shopdb.collect.answers import Fate, Verdict, verdict
from shopdb.collect.inventory import printable
from shopdb.collect.spool import SpooledPush
from shopdb.exceptions import CollectorTokenError, ServerAddressError

HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
PATH = re.compile(r"[A-Za-z0-9._~/-]*")

MOST_ANSWER = 1024 * 1024  # bytes of an answer that are read
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
LEAST_SECONDS = 5.0  # for a try that begins when patience has ended


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run waits for a server, in seconds: in all, before the second try, at most between two."""

    total: float = 60.0
    first: float = 1.0
    longest: float = 15.0

    def pauses(self) -> Iterator[float]:
        """Doubling pauses, each somewhere in its upper half: a shop's collectors do not return in step."""
        pause = self.first
        while True:
            yield pause * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, hides nothing
            pause = min(pause * 2, self.longest)


@dataclass(frozen=True, slots=True)
class Server:
    """Where pushes go: `address` is http(s)://host[:port][/path] without a slash at its end."""

    address: str

    @classmethod
    def at(cls, url: str) -> Server:
        """The server at the address a person gave; raises ServerAddressError."""
        try:
            parts = urlsplit(url.strip())
            known = parts.scheme in ("http", "https") and parts.port != 0
        except ValueError as failure:
            raise ServerAddressError("has no readable host and port") from failure
        if "@" in parts.netloc:
            raise ServerAddressError("holds a name or password; the token comes from SHOPDB_COLLECTOR_TOKEN")
        if not known or not HOST.fullmatch(parts.netloc):
            raise ServerAddressError("does not begin with http:// or https:// and a host")
        if parts.query or parts.fragment or not PATH.fullmatch(parts.path):
            raise ServerAddressError("holds more than a host and a path")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")

    @property
    def exposes_token(self) -> bool:
        """Whether the token travels readable for everybody on the way."""
        return urlsplit(self.address).scheme == "http" and not _is_here(urlsplit(self.address).hostname or "")


class Courier:
    """Delivers to one server with one token, which no error and no log repeats."""

    def __init__(self, server: Server, token: str, patience: Patience) -> None:
        if not token:
            raise CollectorTokenError("is not set")
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise CollectorTokenError("holds characters that no token has")
        self._server = server
        self._token = token
        self._patience = patience
        self._deadline = time.monotonic() + patience.total
        self._pool = urllib3.PoolManager(retries=False)

    @property
    def address(self) -> str:
        """Where it delivers to."""
        return self._server.address

    def deliver(self, push: SpooledPush, tell: Callable[[str], None]) -> Verdict:
        """The verdict on a push; RETRY only when patience ended. `tell` hears once why it takes longer.

        All pushes of one courier share its patience.
        """
        body = gzip.compress(push.body, mtime=0)
        pauses = self._patience.pauses()
        told = False
        while True:
            found = self._send(push, body)
            left = self._deadline - time.monotonic()
            delay = max(next(pauses), found.wait)
            if found.fate is not Fate.RETRY or delay > left:
                return found
            if not told:
                tell(f"{self.address} {found.reasons[0]}; trying for {left:.0f} more seconds")
                told = True
            time.sleep(delay)

    def _send(self, push: SpooledPush, body: bytes) -> Verdict:
        left = max(LEAST_SECONDS, self._deadline - time.monotonic())
        try:
            answer = self._pool.request(
                "POST",
                f"{self.address}/api/collector/{push.label.plugin}",
                body=body,
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": "application/json",
                    "Content-Encoding": "gzip",
                    "Idempotency-Key": push.label.key,
                    "User-Agent": f"shopdb-collect/{__version__}",
                },
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(ANSWER_SECONDS, left)),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return verdict(answer.status, answer.headers, self._read(answer))
            finally:
                answer.close()
        except urllib3.exceptions.SSLError as failure:
            return Verdict(Fate.KEPT, (f"cannot be trusted ({printable(str(failure))})",))
        except urllib3.exceptions.HTTPError as failure:
            return Verdict(Fate.RETRY, (f"does not answer ({_short(failure)})",))

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """The answer's beginning, cut where it is too long or drips in too slowly: it makes no sense then."""
        read = b""
        while (part := answer.read1(MOST_ANSWER)) and len(read) < MOST_ANSWER:
            read += part
            if time.monotonic() > self._deadline + ANSWER_SECONDS:
                break
        return read


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _short(failure: Exception) -> str:
    """The innermost reason: urllib3 wraps what the system said in two coats."""
    cause = failure.__cause__ or failure.__context__ or failure
    return printable(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)
