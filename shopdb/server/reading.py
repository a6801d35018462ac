"""Reading a request: bodies within caps, strict JSON, query parameters. What does not do is refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from flask import request

from shopdb.exceptions import RequestRefusedError, UnknownParameterError, WrongMediaTypeError
from shopdb.server import strictjson
from shopdb.server.bodies import Body, read_body

LONGEST_NUMBER = 19


def body() -> Body:
    """Return the request's body, unpacked; raises what `read_body` raises."""
    return read_body(request.stream, request.content_length, request.headers.get("Content-Encoding", ""))


def json_document() -> Any:
    """Return the request's body, which must say that it is JSON: a page of another site cannot say that unasked."""
    if not request.is_json:
        raise WrongMediaTypeError(request.mimetype, "application/json")
    return strictjson.loads(body().data)


def json_object() -> dict[str, Any]:
    """Return the request's body, which must be one JSON object."""
    document = json_document()
    if not isinstance(document, dict):
        raise RequestRefusedError("body", "must be a JSON object")
    return document


def only_parameters(*known: str) -> None:
    """Refuse a query parameter that nobody reads: a misspelt filter would answer with everything."""
    for name in request.args:
        if name not in known:
            raise UnknownParameterError(name, get_close_matches(name, known, n=3) or known)


def whole_number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """Return a query parameter that is a whole number within bounds."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and least <= int(text) <= most):
        raise RequestRefusedError(name, f"must be a whole number from {least} to {most}")
    return int(text)


def names(parameter: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a query parameter that lists names with commas between; each must be known."""
    told = tuple(part.strip() for part in request.args.get(parameter, "").split(",") if part.strip())
    choices = set(known)
    unknown = [name for name in told if name not in choices]
    if unknown:
        near = get_close_matches(unknown[0], choices, n=3) or sorted(choices)
        raise RequestRefusedError(parameter, f"names {unknown[0]!r}, which is no field; try {', '.join(near)}")
    return told
