"""OpenAPI 3.1 of this very shop, generated from its resources: what is described is what is served."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from shopdb import __version__
from shopdb.boot import Shop
from shopdb.domain.kinds import Kind
from shopdb.domain.listing import LARGEST_PAGE
from shopdb.domain.resource import Field, Resource
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer

Schema = dict[str, Any]
REF: Schema = {
    "type": "object",
    "required": ["id", "label"],
    "properties": {"id": {"type": ["integer", "null"]}, "label": {"type": "string"}},
}
KINDS: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.LONG_TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "string", "format": "decimal"},
    Kind.FLAG: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.CHOICE: {"type": "string"},
    Kind.LINK: REF,
    Kind.LINKS: {"type": "array", "items": REF},
    Kind.IP: {"type": "string"},
    Kind.MAC: {"type": "string"},
    Kind.POSITION: {"type": "object"},
    Kind.JSON: {},
}
WRITTEN: dict[Kind, Schema] = {
    Kind.LINK: {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "object"}]},
    Kind.LINKS: {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "object"}]}},
    Kind.DECIMAL: {"type": ["string", "number"]},
}


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint that serves the document."""
    blueprint = Blueprint("openapi", __name__)
    document = describe_api(shop)
    del doorkeeper  # the document describes the program and holds no record

    @blueprint.get("/api/openapi.json")
    def openapi() -> Response:
        """Return the document."""
        return json_answer(document)

    return blueprint


def describe_api(shop: Shop) -> Schema:
    """Return the OpenAPI document of the shop's resources and core endpoints."""
    paths: Schema = {}
    schemas: Schema = {"Error": ERROR, "Answer": ANSWER}
    for resource in shop.catalog.values():
        schemas[resource.name] = _record_schema(resource)
        if resource.writable:
            schemas[f"{resource.name}.new"] = _written_schema(resource, whole=True)
            schemas[f"{resource.name}.change"] = _written_schema(resource, whole=False)
        paths |= _resource_paths(resource)
    paths |= _core_paths(sorted(shop.plugins.collector_schemas))
    return {
        "openapi": "3.1.0",
        "info": {"title": f"shopdb: {shop.settings.site_name}", "version": __version__, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }


ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields", "request_id"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
                "request_id": {"type": "string"},
            },
        }
    },
}
ANSWER: Schema = {
    "type": "object",
    "required": ["outcome"],
    "properties": {
        "outcome": {"enum": ["created", "updated", "unchanged", "held", "refused"]},
        "id": {"type": "integer"},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "held_id": {"type": "integer"},
    },
}


def _field_schema(field: Field, *, written: bool) -> Schema:
    schema = dict(WRITTEN.get(field.kind, KINDS[field.kind]) if written else KINDS[field.kind])
    schema["title"] = field.label
    if field.help:
        schema["description"] = field.help
    if field.kind is Kind.CHOICE:
        schema["enum"] = [*field.choices, *([] if field.required else [None])]
    if field.length and field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        schema["maxLength"] = field.length
    if isinstance(schema.get("type"), str) and not (written and field.required) and field.kind is not Kind.LINKS:
        schema["type"] = [schema["type"], "null"]
    elif "anyOf" in schema and not field.required:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    return schema


def _record_schema(resource: Resource) -> Schema:
    properties: Schema = {
        "id": {"type": "integer"},
        "version": {"type": "integer"},
        "label": {"type": "string"},
        **{field.name: _field_schema(field, written=False) for field in resource.fields},
    }
    return {"type": "object", "required": ["id", "version", "label"], "properties": properties}


def _written_schema(resource: Resource, *, whole: bool) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _field_schema(field, written=True) for field in resource.edited_fields},
    }
    required = [field.name for field in resource.edited_fields if field.required]
    if whole and required:
        schema["required"] = required
    return schema


def _answers(answers: dict[str, Schema], *refusals: str) -> Schema:
    told = {
        status: {"description": "done", "content": {"application/json": {"schema": schema}}}
        for status, schema in answers.items()
    }
    error = {"description": "refused", "content": {"application/json": {"schema": _ref("Error")}}}
    return told | dict.fromkeys(("400", "401", "403", "404", "503", *refusals), error)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, schema: Schema, description: str = "", place: str = "query") -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": description}


ID = _parameter("record_id", {"type": "integer", "minimum": 0}, place="path")
IF_MATCH = _parameter("If-Match", {"type": "string"}, "the ETag that the record was read with", "header")


def _resource_paths(resource: Resource) -> Schema:
    name, tags = resource.name, [resource.title]
    listed = {
        "tags": tags,
        "operationId": f"list_{name}",
        "summary": f"A page of {resource.title.lower()}",
        "parameters": [
            _parameter("filter", {"type": "string"}, "the language of the filter bar"),
            _parameter("q", {"type": "string"}, "free words"),
            _parameter("sort", {"type": "string"}, "a field, with a minus for descending"),
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}),
            _parameter("after", {"type": "string"}, "the cursor of the page before"),
            _parameter("fields", {"type": "string"}, "comma-separated; default: the listed ones"),
        ],
        "responses": _answers({"200": _page(_ref(name))}),
    }
    one: Schema = {
        "get": {
            "tags": tags,
            "operationId": f"get_{name}",
            "summary": f"One {resource.singular.lower()}, whole",
            "parameters": [ID],
            "responses": _answers({"200": _ref(name)}),
        }
    }
    paths: Schema = {f"/api/{name}": {"get": listed}, f"/api/{name}/{{record_id}}": one}
    if resource.writable:
        paths[f"/api/{name}"]["post"] = {
            "tags": tags,
            "operationId": f"create_{name}",
            "summary": f"Create one {resource.singular.lower()}, or a list of them as one batch",
            "requestBody": _body({"anyOf": [_ref(f"{name}.new"), {"type": "array", "items": _ref(f"{name}.new")}]}),
            "responses": _answers({"201": _ref(name), "200": {"type": "object"}}, "409", "413", "415", "422"),
        }
        one["patch"] = {
            "tags": tags,
            "operationId": f"change_{name}",
            "summary": f"Change some fields of a {resource.singular.lower()}",
            "parameters": [ID, IF_MATCH],
            "requestBody": _body(_ref(f"{name}.change")),
            "responses": _answers({"200": _ref(name)}, "409", "412", "413", "415", "422"),
        }
        one["delete"] = {
            "tags": tags,
            "operationId": f"delete_{name}",
            "summary": f"Delete a {resource.singular.lower()} with all that belongs to it",
            "parameters": [ID, IF_MATCH],
            "responses": _answers({"200": {"type": "object"}}, "409", "412"),
        }
    paths[f"/api/{name}/{{record_id}}/history"] = {
        "get": {
            "tags": tags,
            "operationId": f"history_of_{name}",
            "summary": "Who changed what when, newest first",
            "parameters": [ID, _parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE})],
            "responses": _answers({"200": _page({"type": "object"}, cursor=False)}),
        }
    }
    return paths


def _page(item: Schema, *, cursor: bool = True) -> Schema:
    properties: Schema = {"items": {"type": "array", "items": item}}
    if cursor:
        properties["after"] = {"type": ["string", "null"]}
    return {"type": "object", "required": ["items"], "properties": properties}


def _core_paths(plugins: list[str]) -> Schema:
    open_to_all: Schema = {"security": []}
    anything: Schema = {"type": "object"}
    pushed = {"anyOf": [anything, {"type": "array", "items": anything}]}
    paths: Schema = {
        "/api/health": {"get": {"operationId": "health", "summary": "Alive", "responses": _answers({"200": anything}), **open_to_all}},
        "/api/health/ready": {"get": {"operationId": "ready", "summary": "Ready", "responses": _answers({"200": anything}), **open_to_all}},
        "/api/auth/login": {
            "post": {
                "operationId": "login",
                "summary": "Name and password for a token of eight hours",
                "requestBody": _body({
                    "type": "object", "required": ["name", "password"],
                    "properties": {"name": {"type": "string"}, "password": {"type": "string"}, "cookies": {"type": "boolean"}},
                }),
                "responses": _answers({"200": anything}, "413", "415", "429"),
                **open_to_all,
            }
        },
        "/api/auth/me": {"get": {"operationId": "me", "summary": "Who is signed in", "responses": _answers({"200": anything})}},
        "/api/search": {
            "get": {
                "operationId": "search",
                "summary": "The best matches over everything",
                "parameters": [_parameter("q", {"type": "string"}), _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200})],
                "responses": _answers({"200": _page(anything, cursor=False)}),
            }
        },
        "/api/batches/{record_id}/undo": {
            "post": {"operationId": "undo", "summary": "Take a batch back", "parameters": [ID], "responses": _answers({"200": anything})}
        },
    }  # fmt: skip
    for plugin in plugins:
        paths[f"/api/collector/{plugin}"] = {
            "post": {
                "operationId": f"push_{plugin}",
                "summary": f"What a collector saw, for {plugin}",
                "parameters": [_parameter("Idempotency-Key", {"type": "string"}, "unique for each push", "header")],
                "requestBody": _body(pushed),
                "responses": _answers(
                    {"200": anything, "201": _ref("Answer"), "202": _ref("Answer")}, "413", "415", "422"
                ),
            }
        }
    return paths
