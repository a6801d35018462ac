"""One shape for every refusal, and one table of statuses."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from shopdb import exceptions as known
from shopdb.store.engine import is_transient

LOG = logging.getLogger(__name__)

STATUSES: dict[type[known.ShopdbError], HTTPStatus] = {
    known.RefusedValuesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.ValueRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    known.ResourceReadOnlyError: HTTPStatus.METHOD_NOT_ALLOWED,
    known.FilterSyntaxError: HTTPStatus.BAD_REQUEST,
    known.UnknownFieldError: HTTPStatus.BAD_REQUEST,
    known.CursorRefusedError: HTTPStatus.BAD_REQUEST,
    known.JsonRefusedError: HTTPStatus.BAD_REQUEST,
    known.BodyIncompleteError: HTTPStatus.BAD_REQUEST,
    known.BodyUnreadableError: HTTPStatus.BAD_REQUEST,
    known.RequestRefusedError: HTTPStatus.BAD_REQUEST,
    known.UnknownEncodingError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    known.AgentMessageRefusedError: HTTPStatus.BAD_REQUEST,
    known.BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    known.AgentMessageTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    known.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    known.SignInRefusedError: HTTPStatus.UNAUTHORIZED,
    known.TokenRefusedError: HTTPStatus.UNAUTHORIZED,
    known.AccountGoneError: HTTPStatus.UNAUTHORIZED,
    known.SignInSlowedError: HTTPStatus.TOO_MANY_REQUESTS,
    known.SignInBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.NotPermittedError: HTTPStatus.FORBIDDEN,
    known.RecordNotFoundError: HTTPStatus.NOT_FOUND,
    known.UnknownResourceError: HTTPStatus.NOT_FOUND,
    known.PluginNotFoundError: HTTPStatus.NOT_FOUND,
    known.BatchNotFoundError: HTTPStatus.NOT_FOUND,
    known.ConflictError: HTTPStatus.PRECONDITION_FAILED,
    known.StaleRowError: HTTPStatus.CONFLICT,
    known.StillUsedError: HTTPStatus.CONFLICT,
    known.AlreadyResolvedError: HTTPStatus.CONFLICT,
    known.DatabaseUnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    known.SchemaBehindError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The nearest class in an error's ancestry counts; what is not named here is the request's fault (400)."""


def status_of(error: known.ShopdbError) -> HTTPStatus:
    """Return the status that an error answers with."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), HTTPStatus.BAD_REQUEST)


def code_of(error: known.ShopdbError) -> str:
    """Return the error's lasting name on the wire: RecordNotFoundError is "record_not_found"."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def error_response(status: int, code: str, message: str, **more: Any) -> Response:
    """Return the one shape: ``{"error": {"code", "message", "fields", "request_id", ...}}``."""
    body = {"code": code, "message": message, "fields": more.pop("fields", {}), "request_id": g.get("request_id", "")}
    return Response(orjson.dumps({"error": body | more}), status, mimetype="application/json")


def install(app: Flask) -> None:
    """Answer every error of the app in the one shape; nothing of the inside is told."""

    @app.errorhandler(known.ShopdbError)
    def refused(error: known.ShopdbError) -> Response:
        fields = error.problems if isinstance(error, known.RefusedValuesError) else {}
        response = error_response(status_of(error), code_of(error), str(error), fields=fields)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Bearer, Basic realm="shopdb"'
        if isinstance(error, known.SignInSlowedError):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    @app.errorhandler(DBAPIError)
    def database_away(error: DBAPIError) -> Response:
        LOG.warning("request %s: the database refused: %s", g.get("request_id"), type(error.orig).__name__)
        if is_transient(error) or error.connection_invalidated:
            response = error_response(
                HTTPStatus.SERVICE_UNAVAILABLE, "database_away", "The database is away or busy; try again in a moment."
            )
            response.headers["Retry-After"] = "2"
            return response
        return _internal(error)

    @app.errorhandler(HTTPException)
    def plain_http(error: HTTPException) -> Response:
        code = (error.name or "error").lower().replace(" ", "_")
        response = error_response(error.code or 500, code, error.description or error.name)
        for name, value in error.get_headers():
            if name.lower() in ("allow", "retry-after"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        return _internal(error)


def _internal(error: Exception) -> Response:
    LOG.error("request %s failed", g.get("request_id"), exc_info=error)
    message = "Something went wrong inside; the server's log says what, under this request_id."
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message)
