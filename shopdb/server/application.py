"""The Flask application, knowing which of its endpoints are a plugin's: those may fail or hang, and no more."""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from shopdb.boot import Shop
from shopdb.exceptions import PluginBusyError, RequestEndedError
from shopdb.plugins.containment import reason_of
from shopdb.server.envelope import SECURITY_HEADERS
from shopdb.server.errors import INTERNAL, busy, error_body, internal
from shopdb.server.visits import Visit, Visits

LOG = logging.getLogger(__name__)
VISIT = "shopdb.visit"
"""Where a request's environment keeps the visit to a plugin's code, which lasts until the answer is closed."""


class Application(Flask):
    """The application over one shop.

    ``shop`` is what it answers from. ``owners`` names the plugin of each endpoint that is a plugin's.
    """

    def __init__(self, name: str, shop: Shop, visits: Visits) -> None:
        """Make it without any endpoint."""
        super().__init__(name)
        self.shop = shop
        self.visits = visits
        self.owners: dict[str, str] = {}

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Answer one request, whatever a plugin's code raises."""
        try:
            body = super().wsgi_app(environ, start_response)
        except BaseException as failure:  # noqa: BLE001 a plugin's code may raise anything
            body = self._failed(environ, start_response, failure)
        visit: Visit | None = environ.get(VISIT)
        return body if visit is None else _Visiting(body, visit, self.visits)

    def begin_visit(self, endpoint: str | None, _values: object) -> None:
        """Take one of the plugin's places if the endpoint is a plugin's; raises `PluginBusyError`.

        To be called before anything of the plugin's code runs.
        """
        plugin = self.owners.get(endpoint or "")
        if plugin is not None:
            request.environ[VISIT] = self.visits.enter(plugin, _asked())

    def full_dispatch_request(self) -> Response:
        """Return the answer; what would end the thread is an error as others are."""
        try:
            return super().full_dispatch_request()
        except Exception:
            raise
        except BaseException as ending:  # noqa: BLE001 as above
            told = RequestEndedError(_asked(), reason_of(ending))
            told.__cause__ = ending
            return self.finalize_request(self.handle_user_exception(told), from_error_handler=True)

    def handle_user_exception(self, e: Exception) -> Any:
        """Return the answer to an error; a plugin's that nobody expects is counted."""
        if isinstance(e, PluginBusyError):
            return busy(e)  # a plugin that is busy is not asked what it says to that
        answer = super().handle_user_exception(e)
        if _status(answer) == HTTPStatus.INTERNAL_SERVER_ERROR:
            self._count(e)
        return answer

    def handle_exception(self, e: Exception) -> Response:
        """Return the answer to an error in what a plugin returned, or in how it answers its own errors."""
        self._count(e)
        return self.finalize_request(internal(e), from_error_handler=True)

    def _count(self, failure: Exception) -> None:
        plugin = self.owners.get(request.endpoint or "")
        if plugin is not None:
            self.visits.failed(plugin, f"{_asked()}: {reason_of(failure.__cause__ or failure)}")

    def _failed(self, environ: Any, start_response: Any, failure: BaseException) -> Iterable[bytes]:
        """Answer in the place of Flask, for which a plugin's code came between when all was done."""
        request_id = uuid.uuid4().hex[:16]
        LOG.error("request %s failed", request_id, exc_info=failure)
        visit: Visit | None = environ.get(VISIT)
        if visit is not None:
            self.visits.failed(visit.plugin, f"{visit.doing}: {type(failure).__name__}")
        body = error_body(*INTERNAL, request_id)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Request-ID": request_id}
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        start_response(f"{status.value} {status.phrase}", [*headers.items(), *SECURITY_HEADERS.items()], sys.exc_info())
        return [body]


class _Visiting:
    """The body of a plugin's answer: the visit ends with it."""

    def __init__(self, body: Any, visit: Visit, visits: Visits) -> None:
        self._body = body
        self._visit = visit
        self._visits = visits

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        except (Exception, GeneratorExit):
            raise
        except BaseException as ending:
            # The server closes the connection after an error, and loses it after anything else.
            raise RequestEndedError(self._visit.doing, reason_of(ending)) from ending

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._visits.leave(self._visit)


def _asked() -> str:
    """Return what is asked for as its rule says it: a path may hold what is nobody's business."""
    rule = request.url_rule
    return f"{request.method} {rule.rule if rule is not None else '(no such path)'}"


def _status(answer: Any) -> int | None:
    if isinstance(answer, Response):
        return answer.status_code
    return answer.code if isinstance(answer, HTTPException) else None
