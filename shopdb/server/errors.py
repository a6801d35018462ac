"""One shape for every refusal, and one table of statuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhaustedError
from werkzeug.exceptions import HTTPException

from shopdb import exceptions as known
from shopdb.domain.catalog import Catalog
from shopdb.domain.listing import Record
from shopdb.server.answers import record_json
from shopdb.store.engine import is_transient

LOG = logging.getLogger(__name__)

STATUSES: Mapping[type[known.ShopdbError], HTTPStatus] = {
    known.RequestRefusedError: HTTPStatus.BAD_REQUEST,
    known.UnknownParameterError: HTTPStatus.BAD_REQUEST,
    known.FilterSyntaxError: HTTPStatus.BAD_REQUEST,
    known.UnknownFieldError: HTTPStatus.BAD_REQUEST,
    known.CursorRefusedError: HTTPStatus.BAD_REQUEST,
    known.JsonRefusedError: HTTPStatus.BAD_REQUEST,
    known.BodyIncompleteError: HTTPStatus.BAD_REQUEST,
    known.BodyUnreadableError: HTTPStatus.BAD_REQUEST,
    known.AgentMessageRefusedError: HTTPStatus.BAD_REQUEST,
    known.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    known.SignInRefusedError: HTTPStatus.UNAUTHORIZED,
    known.TokenRefusedError: HTTPStatus.UNAUTHORIZED,
    known.AccountGoneError: HTTPStatus.UNAUTHORIZED,
    known.NotPermittedError: HTTPStatus.FORBIDDEN,
    known.CsrfTokenMissingError: HTTPStatus.FORBIDDEN,
    known.PlainHttpError: HTTPStatus.FORBIDDEN,
    known.RecordNotFoundError: HTTPStatus.NOT_FOUND,
    known.UnknownResourceError: HTTPStatus.NOT_FOUND,
    known.PluginNotFoundError: HTTPStatus.NOT_FOUND,
    known.NoOwnHistoryError: HTTPStatus.NOT_FOUND,
    known.BatchNotFoundError: HTTPStatus.NOT_FOUND,
    known.TokenNotFoundError: HTTPStatus.NOT_FOUND,
    known.ResourceReadOnlyError: HTTPStatus.METHOD_NOT_ALLOWED,
    known.StaleRowError: HTTPStatus.CONFLICT,
    known.StillUsedError: HTTPStatus.CONFLICT,
    known.AlreadyResolvedError: HTTPStatus.CONFLICT,
    known.PushRepeatedError: HTTPStatus.CONFLICT,
    known.ConflictError: HTTPStatus.PRECONDITION_FAILED,
    known.BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    known.AgentMessageTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    known.WrongMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    known.UnknownEncodingError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    known.ValueRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.RefusedValuesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.DecisionRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.SignInSlowedError: HTTPStatus.TOO_MANY_REQUESTS,
    known.SignInBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.PluginBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.DatabaseUnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.SchemaBehindError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.RequestEndedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    known.UnattributedWriteError: HTTPStatus.INTERNAL_SERVER_ERROR,
    known.UnloggedWriteError: HTTPStatus.INTERNAL_SERVER_ERROR,
    known.DatabaseDeniedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    known.NoShopHereError: HTTPStatus.INTERNAL_SERVER_ERROR,
    known.ServiceNotFoundError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The nearest class in an error's ancestry counts; what is not named here, a plugin's say, is the request's fault."""

RETRY_SECONDS = 2
INTERNAL = ("internal", "Something went wrong inside; the server's log says what, under this request_id.")


def status_of(error: known.ShopdbError) -> HTTPStatus:
    """Return the status that an error answers with."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), HTTPStatus.BAD_REQUEST)


def code_of(error: known.ShopdbError) -> str:
    """Return the error's lasting name on the wire: RecordNotFoundError is "record_not_found"."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def error_body(code: str, message: str, request_id: str, fields: Mapping[str, Any] | None = None, **more: Any) -> bytes:
    """Return the one shape: ``{"error": {"code", "message", "fields", "request_id", ...}}``."""
    told = {"code": code, "message": _whole(message), "fields": fields or {}, "request_id": request_id}
    return orjson.dumps({"error": told | more})


def install(app: Flask, catalog: Catalog) -> None:
    """Answer every error of the app in the one shape; nothing of the inside is told."""

    def refused(error: known.ShopdbError) -> Response:
        status = status_of(error)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            return internal(error)
        if isinstance(error, known.ConflictError):
            return _conflict(error, catalog)
        fields = error.problems if isinstance(error, known.RefusedValuesError) else None
        response = _response(status, code_of(error), str(error), fields)
        response.headers.update(_headers(error, status))
        return response

    app.register_error_handler(known.ShopdbError, refused)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(HTTPException, _plain_http)
    app.register_error_handler(Exception, internal)


def busy(error: known.PluginBusyError) -> Response:
    """Return the answer to a request for which a plugin has no place just now."""
    response = _response(status_of(error), code_of(error), str(error))
    response.headers.update(_headers(error, status_of(error)))
    return response


def internal(error: Exception) -> Response:
    """Return the answer to an error that nobody expects: the log says which, the answer nothing."""
    LOG.error("request %s failed", g.get("request_id"), exc_info=error)
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, *INTERNAL)


def _response(status: int, code: str, message: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Response:
    body = error_body(code, message, g.get("request_id", ""), fields, **more)
    return Response(body, status, mimetype="application/json")


def _headers(error: known.ShopdbError, status: HTTPStatus) -> dict[str, str]:
    if status is HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer, Basic realm="shopdb"'}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return {"Allow": "GET, HEAD, OPTIONS"}
    if isinstance(error, known.SignInSlowedError):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": str(RETRY_SECONDS)} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}


def _conflict(error: known.ConflictError, catalog: Catalog) -> Response:
    """Answer with the other side's values beside the error, so that nobody has to ask for them."""
    theirs = error.theirs
    current = record_json(catalog[theirs.resource], theirs) if isinstance(theirs, Record) else None
    fields = {name: ["has another value by now"] for name in error.conflicts}
    return _response(status_of(error), code_of(error), str(error), fields, current=current)


def _database(error: SQLAlchemyError) -> Response:
    reason = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    if not isinstance(error, OperationalError | PoolExhaustedError) and not is_transient(error):
        return internal(error)
    LOG.warning("request %s: the database refused (%s)", g.get("request_id"), reason, exc_info=error)
    response = _response(
        HTTPStatus.SERVICE_UNAVAILABLE, "database_away", "The database is away or busy; try again in a moment."
    )
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _plain_http(error: HTTPException) -> Response:
    code = (error.name or "error").lower().replace(" ", "_")
    response = _response(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, code, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _whole(message: str) -> str:
    """Return a message that can be written as UTF-8, whatever of a request it quotes."""
    return message.encode("utf-8", "replace").decode()
