"""Writing answers: JSON of records by the codecs of their fields, with entity tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request

from shopdb.domain.kinds import value_from_json
from shopdb.domain.listing import Record, record_to_json
from shopdb.domain.resource import Resource
from shopdb.exceptions import RefusedValuesError, RequestRefusedError, ValueRefusedError


def json_answer(document: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(orjson.dumps(document), status, mimetype="application/json")


def values_from_json(resource: Resource, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return decoded values; `RefusedValuesError` names every member that does not fit its field."""
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, raw in document.items():
        field = resource.fields_by_name.get(name)
        if field is None:
            problems[name] = [f"is not a field of {resource.name}"]
            continue
        try:
            values[name] = value_from_json(raw, field)
        except ValueRefusedError as refused:
            problems[name] = [refused.reason]
    if problems:
        raise RefusedValuesError(resource.name, problems)
    return values


def entity_tag(record: Record) -> str:
    """Return the record's tag for ETag and If-Match."""
    return f'"{record.id}-{record.version}"'


def tagged(resource: Resource, record: Record, status: int = 200, **more: Any) -> Response:
    """Return one record with its ETag; 304 if the caller has it already."""
    tag = entity_tag(record)
    if status == 200 and request.method == "GET" and tag in request.headers.get("If-None-Match", ""):
        response = Response(status=304)
    else:
        response = json_answer(record_to_json(resource, record) | more, status)
    response.headers["ETag"] = tag
    return response


def wanted_version(record_id: int) -> int | None:
    """Return the version that If-Match demands, None without one or for "*"."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if tag in ("", "*"):
        return None
    number, _, version = tag.partition("-")
    if not (number.isdigit() and version.isdigit() and int(number) == record_id):
        raise RequestRefusedError("If-Match", "must be the ETag that the record was read with")
    return int(version)
