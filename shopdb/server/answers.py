"""Writing answers: JSON of records by the codecs of their fields, with entity tags."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from flask import Response, request

from shopdb.domain.kinds import value_to_json
from shopdb.domain.listing import Record
from shopdb.domain.resource import Resource
from shopdb.exceptions import RequestRefusedError

REVALIDATED = "private, no-cache"
"""Answers with a tag may be kept, but not used without asking whether they still hold."""


def json_answer(document: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(orjson.dumps(document), status, mimetype="application/json")


def record_json(resource: Resource, record: Record, names: Collection[str] = ()) -> dict[str, Any]:
    """Return a record as the wire carries it: id, version, label, and its values (or only the named ones)."""
    fields = resource.fields_by_name
    values = {
        name: value_to_json(value, fields[name]) for name, value in record.values.items() if not names or name in names
    }
    return {"id": record.id, "version": record.version, "label": record.label, **values}


def tagged(document: Mapping[str, Any], status: int = 200) -> Response:
    """Return one record's JSON with its ETag; 304 to a reader who has the very same already."""
    body = orjson.dumps(document)
    # The checksum is there for labels of linked records: they can change while the record does not.
    tag = f"{document['id']}-{document['version']}-{zlib.crc32(body):08x}"
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = Response(body, status, mimetype="application/json")
    response.set_etag(tag)
    response.headers["Cache-Control"] = REVALIDATED
    return response


def wanted_version(record_id: int) -> int | None:
    """Return the version that If-Match demands, None without one or for "*"."""
    told = request.headers.get("If-Match", "").strip()
    if told in ("", "*"):
        return None
    number, _, rest = told.removeprefix("W/").strip('"').partition("-")
    version = rest.partition("-")[0]
    if not (_is_number(number) and _is_number(version) and int(number) == record_id):
        raise RequestRefusedError("If-Match", "must be the ETag that the record was read with")
    return int(version)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
