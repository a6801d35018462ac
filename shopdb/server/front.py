"""What stands between a client and the application: proxies that are believed, and plain HTTP where it is refused.

Behind a proxy every request comes from the proxy. Who really asks, and whether over TLS, it says in headers that
anybody can write; they count where the peer is one of SHOPDB_TRUSTED_PROXY, and nothing below ever sees them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from shopdb.config import Settings
from shopdb.config.readers import Network
from shopdb.exceptions import PlainHttpError, RequestRefusedError, ShopdbError
from shopdb.server.envelope import SECURITY_HEADERS
from shopdb.server.errors import code_of, error_body, status_of

LOG = logging.getLogger(__name__)

HEALTH = "/api/health"
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_BY",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
)
SCHEMES = ("http", "https")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Front:
    """The application as it is reached from outside."""

    def __init__(self, app: Application, proxies: Iterable[Network], *, plain_http: bool) -> None:
        """Believe the ``proxies``; without ``plain_http``, serve over TLS and to this host alone."""
        self._app = app
        self._proxies = tuple(proxies)
        self._plain_http = plain_http

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            self._believe(environ)
            if not (self._plain_http or _is_safe(environ)):
                raise PlainHttpError(environ["REMOTE_ADDR"])
        except ShopdbError as refused:
            return _refusal(refused, start_response)
        return self._app(environ, start_response)

    def _believe(self, environ: Environ) -> None:
        """Make the client's address and scheme those that a believed proxy tells."""
        told = {name: environ.pop(name, "") for name in FORWARDED}
        if not is_among(environ.get("REMOTE_ADDR", ""), self._proxies):
            return
        # The last of each list is what this proxy saw itself; those before it are what it was told.
        if client := _last(told, "HTTP_X_FORWARDED_FOR"):
            environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = str(_address(client))
        if scheme := _last(told, "HTTP_X_FORWARDED_PROTO").lower():
            if scheme not in SCHEMES:
                raise RequestRefusedError("X-Forwarded-Proto", "must be http or https")
            environ["wsgi.url_scheme"] = scheme


def in_front(app: Application, settings: Settings) -> Front:
    """Return the application behind the front that these settings want."""
    return Front(app, settings.trusted_proxy, plain_http=settings.plain_http or settings.env != "production")


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Whether a peer's address lies in one of the networks."""
    try:
        parsed = _unmapped(ip_address(address))
    except ValueError:  # the peer of a Unix socket has none
        return False
    return any(parsed in network for network in networks)


def _is_safe(environ: Environ) -> bool:
    if environ["wsgi.url_scheme"] == "https":
        return True
    path = environ.get("PATH_INFO", "")
    if path == HEALTH or path.startswith(f"{HEALTH}/"):  # needs no secret and tells none
        return True
    return is_among(environ["REMOTE_ADDR"], LOOPBACK)


def _last(told: Mapping[str, str], name: str) -> str:
    return told[name].rpartition(",")[2].strip().strip('"')


def _address(text: str) -> IPv4Address | IPv6Address:
    """Return the address of a client as proxies write it: with a port at times, IPv6 then in brackets."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return _unmapped(ip_address(text))
    except ValueError as refused:
        raise RequestRefusedError("X-Forwarded-For", "must end with the address of the client") from refused


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that a socket for both families shows as IPv6."""
    return getattr(address, "ipv4_mapped", None) or address


def _refusal(error: ShopdbError, start_response: StartResponse) -> Iterable[bytes]:
    status, request_id = status_of(error), uuid.uuid4().hex[:16]
    LOG.warning("%s refused: %s", request_id, error)
    body = error_body(code_of(error), str(error), request_id)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Request-ID": request_id}
    phrase = HTTPStatus(status).phrase
    start_response(f"{status.value} {phrase}", [*headers.items(), *SECURITY_HEADERS.items()])
    return [body]
