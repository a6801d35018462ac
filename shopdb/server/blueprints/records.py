"""REST for every resource in the same way: list, read, create, change, delete, history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from shopdb.boot import Shop
from shopdb.domain.filters import parse_filter
from shopdb.domain.listing import LARGEST_PAGE, ListQuery, Record, parse_sort, record_to_json
from shopdb.domain.resource import Resource
from shopdb.exceptions import ConflictError, RefusedValuesError, RequestRefusedError
from shopdb.server import strictjson
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer, tagged, values_from_json, wanted_version
from shopdb.server.errors import code_of, error_response, status_of
from shopdb.server.reading import body, json_object, name_list, whole_number
from shopdb.services import history as history_service
from shopdb.services import records as service
from shopdb.store import positions, records

MOST_AT_ONCE = 1000


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    blueprint = Blueprint("records", __name__, url_prefix="/api")

    def seen(name: str) -> Resource:
        resource = shop.catalog[name]
        doorkeeper.origin().require(f"{resource.name}.view")
        return resource

    @blueprint.get("/<name>")
    def listed(name: str) -> Response:
        """Return one page; ``after`` of the answer continues it."""
        resource = seen(name)
        words = " ".join(part for part in (request.args.get("filter", ""), request.args.get("q", "")) if part)
        query = ListQuery(
            filter=parse_filter(words, resource),
            sort=parse_sort(request.args.get("sort", ""), resource),
            limit=whole_number("limit", 50, least=1, most=LARGEST_PAGE),
            after=request.args.get("after") or None,
        )
        wanted = name_list("fields")
        for field in wanted:
            resource.field(field, "shown")
        with shop.reading() as session:
            page = records.page(session, resource, query)
            rows: Any = page.rows
            if wanted:
                rows = records.select_records(
                    session, resource, [row.id for row in rows], _with_label(resource, wanted)
                )
        return json_answer({"items": [record_to_json(resource, row, wanted) for row in rows], "after": page.after})

    @blueprint.post("/<name>")
    def created(name: str) -> Response:
        """Create one record from an object, or many from a list: one batch, an answer for each."""
        resource = seen(name)
        document = strictjson.loads(body().data)
        if isinstance(document, list):
            return _create_many(shop, doorkeeper, resource, document)
        if not isinstance(document, dict):
            raise RequestRefusedError("body", "must be a JSON object, or a list of them")
        values = values_from_json(resource, document)
        origin = doorkeeper.origin().doing(f"create {resource.singular.lower()}")
        record = shop.write(origin, lambda session: service.create(session, resource, values))
        response = tagged(resource, record, 201)
        response.headers["Location"] = f"/api/{resource.name}/{record.id}"
        return response

    @blueprint.get("/<name>/<int:record_id>")
    def shown(name: str, record_id: int) -> Response:
        """Return one record whole, assets with their position."""
        resource = seen(name)
        with shop.reading() as session:
            record = records.get(session, resource, record_id)
            return tagged(resource, record, **_position(session, resource, record_id))

    @blueprint.patch("/<name>/<int:record_id>")
    def changed(name: str, record_id: int) -> Response:
        """Change the named fields; If-Match guards against a change by somebody else."""
        resource = seen(name)
        values = values_from_json(resource, json_object())
        version = wanted_version(record_id)
        origin = doorkeeper.origin().doing(f"change {resource.singular.lower()} {record_id}")
        try:
            record = shop.write(
                origin, lambda session: service.change(session, resource, record_id, values, version=version)
            )
        except ConflictError as conflict:
            return _conflict(resource, conflict)
        return tagged(resource, record)

    @blueprint.delete("/<name>/<int:record_id>")
    def deleted(name: str, record_id: int) -> Response:
        """Delete the record; the batch that undo takes is in its history."""
        resource = seen(name)
        version = wanted_version(record_id)
        origin = doorkeeper.origin().doing(f"delete {resource.singular.lower()} {record_id}")
        try:
            gone = shop.write(origin, lambda session: service.remove(session, resource, record_id, version=version))
        except ConflictError as conflict:
            return _conflict(resource, conflict)
        return json_answer({"deleted": record_to_json(resource, gone)})

    @blueprint.get("/<name>/<int:record_id>/history")
    def history(name: str, record_id: int) -> Response:
        """Return who changed what when, newest first, of records that were deleted too."""
        resource = seen(name)
        limit = whole_number("limit", 50, least=1, most=LARGEST_PAGE)
        before = whole_number("before", 0, most=2**62) or None
        with shop.reading() as session:
            entries = history_service.history(session, resource, record_id, limit=limit, before=before)
        return json_answer({"items": [entry.as_json() for entry in entries]})

    return blueprint


def _with_label(resource: Resource, wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*wanted, resource.label_field)))


def _position(session: Any, resource: Resource, record_id: int) -> dict[str, Any]:
    root = resource.extends or resource
    if root.name != "assets":
        return {}
    found = positions.resolve_asset_position(session, record_id)
    shown = (
        None if found is None else {"x": found.x, "y": found.y, "floor_plan": found.floor_plan, "source": found.source}
    )
    return {"position": shown}


def _conflict(resource: Resource, conflict: ConflictError) -> Response:
    theirs = conflict.theirs
    current = record_to_json(resource, theirs) if isinstance(theirs, Record) else None
    response = error_response(
        status_of(conflict), code_of(conflict), str(conflict),
        fields={name: ["was changed by somebody else"] for name in conflict.conflicts}, current=current,
    )  # fmt: skip
    return response


def _create_many(shop: Shop, doorkeeper: Doorkeeper, resource: Resource, documents: list[Any]) -> Response:
    if len(documents) > MOST_AT_ONCE:
        raise RequestRefusedError("body", f"may hold at most {MOST_AT_ONCE} records; send the rest after them")

    def work(session: Any) -> list[dict[str, Any]]:
        results = []
        for document in documents:
            try:
                if not isinstance(document, dict):
                    raise RequestRefusedError("item", "must be a JSON object")
                values = values_from_json(resource, document)
                with session.begin_nested():
                    record = service.create(session, resource, values)
                results.append({"outcome": "created", "id": record.id, "version": record.version})
            except RefusedValuesError as refused:
                results.append({"outcome": "refused", "fields": refused.problems})
            except RequestRefusedError as refused:
                results.append({"outcome": "refused", "fields": {"item": [str(refused)]}})
        return results

    origin = doorkeeper.origin().doing(f"create {len(documents)} {resource.title.lower()}")
    return json_answer({"results": shop.write(origin, work)})
