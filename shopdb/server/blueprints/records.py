"""REST for every resource in the same way: list, read, create, change, delete, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.filters import Filter, parse_filter
from shopdb.domain.listing import LARGEST_PAGE, ListQuery, Record, parse_sort
from shopdb.domain.resource import Resource
from shopdb.exceptions import NoOwnHistoryError, RefusedValuesError, RequestRefusedError, ResourceReadOnlyError
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer, record_json, tagged, wanted_version
from shopdb.server.reading import json_document, json_object, names, only_parameters, whole_number
from shopdb.server.routes import LARGEST_ID, mounted
from shopdb.services import records as service
from shopdb.services.history import history
from shopdb.store import positions, records

MOST_AT_ONCE = 1000


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    views = _Views(shop, doorkeeper)
    return mounted(
        "records",
        (
            ("GET", "/<name>", views.listed),
            ("POST", "/<name>", views.created),
            ("GET", "/<name>/<int:record_id>", views.shown),
            ("PATCH", "/<name>/<int:record_id>", views.changed),
            ("DELETE", "/<name>/<int:record_id>", views.deleted),
            ("GET", "/<name>/<int:record_id>/history", views.told),
        ),
    )


class _Views:
    def __init__(self, shop: Shop, doorkeeper: Doorkeeper) -> None:
        self._shop = shop
        self._doorkeeper = doorkeeper

    def listed(self, name: str) -> Response:
        """Return one page; ``after`` of the answer continues it."""
        resource, _ = self._asked(name, "view", "filter", "q", "sort", "limit", "after", "fields")
        query = ListQuery(
            filter=_filter(resource),
            sort=parse_sort(request.args.get("sort", ""), resource),
            limit=whole_number("limit", 50, least=1, most=LARGEST_PAGE),
            after=request.args.get("after") or None,
        )
        wanted = names("fields", resource.fields_by_name)
        with self._shop.reading() as session:
            page = records.page(session, resource, query, also=wanted)
        return json_answer({"items": [record_json(resource, row, wanted) for row in page.rows], "after": page.after})

    def created(self, name: str) -> Response:
        """Create one record from an object, or many from a list: one batch, an answer for each."""
        resource, origin = self._asked(name, "change")
        document = json_document()
        if isinstance(document, list):
            return self._created_many(resource, origin, document)
        if not isinstance(document, dict):
            raise RequestRefusedError("body", "must be a JSON object, or a list of them")
        doing = origin.doing(f"create {resource.singular.lower()}")
        record = self._shop.write(doing, lambda session: service.create(session, resource, document))
        response = tagged(record_json(resource, record), 201)
        response.headers["Location"] = f"/api/{resource.name}/{record.id}"
        return response

    def _created_many(self, resource: Resource, origin: Origin, documents: Sequence[Any]) -> Response:
        if len(documents) > MOST_AT_ONCE:
            raise RequestRefusedError("body", f"may hold at most {MOST_AT_ONCE} records; send the rest after them")
        doing = origin.doing(f"create {len(documents)} {resource.title.lower()}")
        results = self._shop.write(
            doing, lambda session: [_created_or_refused(session, resource, one) for one in documents]
        )
        return json_answer({"results": results})

    def shown(self, name: str, record_id: int) -> Response:
        """Return one record whole, assets with their position."""
        resource, _ = self._asked(name, "view")
        with self._shop.reading() as session:
            record = records.get(session, resource, record_id)
            return tagged(record_json(resource, record) | _position(session, resource, record_id))

    def changed(self, name: str, record_id: int) -> Response:
        """Change the named fields; If-Match guards against a change by somebody else."""
        resource, origin = self._asked(name, "change")
        values = json_object()
        version = wanted_version(record_id)

        def work(session: Session) -> Record:
            return service.change(session, resource, record_id, values, version=version)

        record = self._shop.write(origin.doing(f"change {resource.singular.lower()} {record_id}"), work)
        return tagged(record_json(resource, record))

    def deleted(self, name: str, record_id: int) -> Response:
        """Delete the record; the batch that undo takes is in its history."""
        resource, origin = self._asked(name, "change")
        version = wanted_version(record_id)

        def work(session: Session) -> Record:
            return service.remove(session, resource, record_id, version=version)

        gone = self._shop.write(origin.doing(f"delete {resource.singular.lower()} {record_id}"), work)
        return json_answer({"deleted": record_json(resource, gone)})

    def told(self, name: str, record_id: int) -> Response:
        """Return who changed what when, newest first, of records that were deleted too."""
        resource, _ = self._asked(name, "view", "limit", "before")
        if resource.parent:
            raise NoOwnHistoryError(resource.name, resource.parent)
        limit = whole_number("limit", 50, least=1, most=LARGEST_PAGE)
        before = whole_number("before", 0, most=LARGEST_ID) or None
        with self._shop.reading() as session:
            entries = history(session, resource, record_id, limit=limit, before=before)
        return json_answer({"items": [entry.as_json() for entry in entries]})

    def _asked(self, name: str, verb: str, *parameters: str) -> tuple[Resource, Origin]:
        """Return what the request is about and who makes it, once that is known to be allowed."""
        origin = self._doorkeeper.origin()
        resource = self._shop.catalog[name]
        origin.require(f"{resource.name}.{verb}")
        if verb == "change" and not resource.writable:
            raise ResourceReadOnlyError(resource.name)
        only_parameters(*parameters)
        return resource, origin


def _filter(resource: Resource) -> Filter:
    """Return what ``filter`` and ``q`` ask for together; they are read one by one, so neither can spoil the other."""
    first = parse_filter(request.args.get("filter", ""), resource)
    second = parse_filter(request.args.get("q", ""), resource)
    return Filter(
        (*first.conditions, *second.conditions),
        (*first.words, *second.words),
        (*first.unwanted, *second.unwanted),
        f"{first.text} {second.text}".strip(),
    )


def _created_or_refused(session: Session, resource: Resource, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        return {"outcome": "refused", "fields": {"item": ["must be a JSON object"]}}
    try:
        with session.begin_nested():
            record = service.create(session, resource, document)
    except RefusedValuesError as refused:
        return {"outcome": "refused", "fields": refused.problems}
    return {"outcome": "created", "id": record.id, "version": record.version}


def _position(session: Session, resource: Resource, record_id: int) -> dict[str, Any]:
    if (resource.extends or resource).name != "assets":
        return {}
    found = positions.resolve_asset_position(session, record_id)
    if found is None:
        return {"position": None}
    return {"position": {"x": found.x, "y": found.y, "floor_plan": found.floor_plan, "source": found.source}}
