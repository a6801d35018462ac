"""The operations of one resource, the same for all."""

from __future__ import annotations

from shopdb.domain.listing import LARGEST_PAGE
from shopdb.domain.resource import Resource
from shopdb.server.openapi import schemas
from shopdb.server.openapi.parts import (
    ALWAYS,
    WITH_BODY,
    Document,
    answer_of,
    answers,
    body,
    content,
    header,
    items,
    operation,
    query,
    record_id,
    ref,
)

LIMIT = query("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}, "how many at most")
IF_MATCH = header("If-Match", "the ETag that the record was read with")
LIST_PARAMETERS = (
    query("filter", schemas.TEXT, "the language of the filter bar"),
    query("q", schemas.TEXT, "a second filter, for what a person types"),
    query("sort", schemas.TEXT, "a field, with a minus for descending"),
    LIMIT,
    query("after", schemas.TEXT, "the cursor that the page before ended with"),
    query("fields", schemas.TEXT, "names with commas between; without it, the listed fields"),
)


def paths(resource: Resource) -> Document:
    """Return the paths of one resource."""
    name = resource.name
    found: Document = {
        f"/api/{name}": {"get": _list(resource)},
        f"/api/{name}/{{record_id}}": {"get": _get(resource)},
    }
    if not resource.parent:
        found[f"/api/{name}/{{record_id}}/history"] = {"get": _history(resource)}
    if resource.writable:
        found[f"/api/{name}"]["post"] = _create(resource)
        found[f"/api/{name}/{{record_id}}"] |= {"patch": _change(resource), "delete": _delete(resource)}
    return found


def _list(resource: Resource) -> Document:
    page = items(ref(resource.name), after={"type": ["string", "null"]})
    return operation(
        f"list_{resource.name}",
        f"A page of {resource.title.lower()}",
        answers({"200": page}, *ALWAYS),
        [resource.title],
        parameters=list(LIST_PARAMETERS),
    )


def _create(resource: Resource) -> Document:
    one = ref(schemas.new(resource))
    return operation(
        f"create_{resource.name}",
        f"Create one {resource.singular.lower()}, or a list of them as one batch",
        answers(
            {"201": ref(resource.name), "200": answer_of(results={"type": "array", "items": ref("Row")})},
            *ALWAYS,
            *WITH_BODY,
            "409",
        ),
        [resource.title],
        requestBody=body(content({"anyOf": [one, {"type": "array", "items": one}]})),
    )


def _get(resource: Resource) -> Document:
    found = answers({"200": ref(resource.name)}, *ALWAYS)
    found["304"] = {"description": "the same as the reader has"}
    return operation(
        f"get_{resource.name}",
        f"One {resource.singular.lower()}, whole",
        found,
        [resource.title],
        parameters=[record_id(), header("If-None-Match", "the ETag of what the reader has")],
    )


def _change(resource: Resource) -> Document:
    return operation(
        f"change_{resource.name}",
        f"Change some fields of a {resource.singular.lower()}",
        answers({"200": ref(resource.name)}, *ALWAYS, *WITH_BODY, "409", "412"),
        [resource.title],
        parameters=[record_id(), IF_MATCH],
        requestBody=body(content(ref(schemas.changed(resource)))),
    )


def _delete(resource: Resource) -> Document:
    return operation(
        f"delete_{resource.name}",
        f"Delete a {resource.singular.lower()} with all that belongs to it",
        answers({"200": answer_of(deleted=ref(resource.name))}, *ALWAYS, "409", "412"),
        [resource.title],
        parameters=[record_id(), IF_MATCH],
    )


def _history(resource: Resource) -> Document:
    before = query("before", {"type": "integer", "minimum": 0}, "the id that the page before ended with")
    return operation(
        f"history_of_{resource.name}",
        "Who changed what when, newest first",
        answers({"200": items(ref("Change"))}, *ALWAYS),
        [resource.title],
        parameters=[record_id(), LIMIT, before],
    )
