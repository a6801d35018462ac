"""What every request and answer gets: an id, a log line without secrets, security headers, and CORS where it is on."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Collection

from flask import Flask, Response, g, request

LOG = logging.getLogger("shopdb.requests")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
CORS_HEADERS = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "ETag, Location, Retry-After, X-Request-ID",
    "Access-Control-Max-Age": "600",
}


def install(app: Flask, cors_origins: Collection[str]) -> None:
    """Watch over every request of the app; pages of ``cors_origins`` may read the answers."""
    allowed = frozenset(cors_origins)

    def begin(_endpoint: object, _values: object) -> None:
        g.request_id = uuid.uuid4().hex[:16]
        g.began = time.perf_counter()

    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if allowed:
            _let_pages_read(response, allowed)
        _log(response)
        return response

    app.url_value_preprocessor(begin)  # nothing of a request runs before it
    app.after_request(finish)


def _let_pages_read(response: Response, allowed: frozenset[str]) -> None:
    response.vary.add("Origin")
    asking = request.headers.get("Origin", "")
    if asking in allowed:
        # Without Allow-Credentials: pages of elsewhere sign in with a token, never with the cookies of this site.
        response.headers["Access-Control-Allow-Origin"] = asking
        response.headers.update(CORS_HEADERS)


def _log(response: Response) -> None:
    took = (time.perf_counter() - g.began) * 1000
    # The path alone, as it was sent: a query string can hold an agent's token.
    path = request.path.encode("unicode_escape").decode()
    LOG.info("%s %s %s %d %.1f ms", g.request_id, request.method, path, response.status_code, took)
