"""Reading a request: bodies within caps, strict JSON, query parameters."""

from __future__ import annotations

from typing import Any

from flask import request

from shopdb.exceptions import RequestRefusedError
from shopdb.server import strictjson
from shopdb.server.bodies import Body, read_body


def body() -> Body:
    """Return the request's body, unpacked; raises what `read_body` raises."""
    return read_body(request.stream, request.content_length, request.headers.get("Content-Encoding", ""))


def json_object() -> dict[str, Any]:
    """Return the request's body, which must be one JSON object."""
    document = strictjson.loads(body().data)
    if not isinstance(document, dict):
        raise RequestRefusedError("body", "must be a JSON object")
    return document


def whole_number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """Return a query parameter that is a whole number within bounds."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise RequestRefusedError(name, f"must be a whole number from {least} to {most}")
    return int(text)


def name_list(name: str) -> tuple[str, ...]:
    """Return a query parameter that lists names, comma-separated."""
    return tuple(part.strip() for part in request.args.get(name, "").split(",") if part.strip())
