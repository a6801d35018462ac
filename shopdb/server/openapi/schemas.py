"""Schemas of records, as they are answered and as they are written, and of what answers share."""

from __future__ import annotations

from collections.abc import Mapping

from shopdb.domain.compound import LONGEST_LABEL, MOST_LINKS
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.domain.values import LARGEST_INTEGER, LONGEST_TEXT
from shopdb.server.openapi.parts import Document, answer_of
from shopdb.server.routes import LARGEST_ID

INTEGER: Document = {"type": "integer"}
TEXT: Document = {"type": "string"}
TEXTS: Document = {"type": "array", "items": TEXT}
NULL: Document = {"type": "null"}
NUMBER: Document = {"type": "number"}
LINK: Document = answer_of(id={"type": ["integer", "null"]}, label=TEXT)

READ: Mapping[Kind, Document] = {
    Kind.TEXT: TEXT,
    Kind.LONG_TEXT: TEXT,
    Kind.INTEGER: INTEGER,
    Kind.DECIMAL: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    Kind.FLAG: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.CHOICE: TEXT,
    Kind.LINK: LINK,
    Kind.LINKS: {"type": "array", "items": LINK},
    Kind.IP: TEXT,
    Kind.MAC: TEXT,
    Kind.POSITION: answer_of(x=NUMBER, y=NUMBER),
    Kind.JSON: {},
}
"""What a field's value looks like in an answer; it may also be null."""

ID: Document = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
LABEL: Document = {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL}
WRITTEN_LINK: Document = {
    "anyOf": [ID, LABEL, {"type": "object", "required": ["id"], "properties": {"id": ID, "label": TEXT}}]
}
WRITTEN: Mapping[Kind, Document] = {
    Kind.INTEGER: {"type": "integer", "minimum": -LARGEST_INTEGER - 1, "maximum": LARGEST_INTEGER},
    Kind.DECIMAL: {"anyOf": [NUMBER, {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$"}]},
    Kind.LINK: WRITTEN_LINK,
    Kind.LINKS: {"type": "array", "items": WRITTEN_LINK, "maxItems": MOST_LINKS},
    Kind.MAC: {"type": "string", "pattern": "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"},
    Kind.IP: {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]},
}
"""What may be written, where that is not what is read."""

POSITION: Document = answer_of(x=NUMBER, y=NUMBER, floor_plan={"type": ["string", "null"]}, source=TEXT)

SHARED: Document = {
    "Error": answer_of(
        error={
            "type": "object",
            "required": ["code", "message", "fields", "request_id"],
            "properties": {
                "code": TEXT,
                "message": TEXT,
                "fields": {"type": "object", "additionalProperties": TEXTS},
                "request_id": TEXT,
                "current": {"type": ["object", "null"], "description": "the record as somebody else left it"},
            },
            "additionalProperties": False,
        }
    ),
    "Answer": {
        "type": "object",
        "required": ["outcome"],
        "properties": {
            "outcome": {"enum": ["created", "updated", "unchanged", "held", "refused"]},
            "id": INTEGER,
            "reasons": TEXTS,
            "held_id": INTEGER,
        },
        "additionalProperties": False,
    },
    "Row": {
        "type": "object",
        "required": ["outcome"],
        "properties": {
            "outcome": {"enum": ["created", "refused"]},
            "id": INTEGER,
            "version": INTEGER,
            "fields": {"type": "object", "additionalProperties": TEXTS},
        },
        "additionalProperties": False,
    },
    "Change": {
        "type": "object",
        "required": ["id", "batch_id", "made_at", "actor", "door", "label", "action", "title", "count", "rows"],
        "properties": {
            "id": INTEGER,
            "batch_id": INTEGER,
            "made_at": READ[Kind.MOMENT],
            "undoes": {"type": ["integer", "null"]},
            "rows": {"type": "array", "items": {"type": "object"}},
        },
    },
}


def of_resource(resource: Resource) -> Document:
    """Return the components of one resource: its records, and what is sent to create and to change one."""
    found: Document = {resource.name: _record(resource)}
    if resource.writable:
        found[new(resource)] = _written(resource, whole=True)
        found[changed(resource)] = _written(resource, whole=False)
    return found


def new(resource: Resource) -> str:
    """Return the name of the component that creates a record."""
    return f"{resource.name}.new"


def changed(resource: Resource) -> str:
    """Return the name of the component that changes a record."""
    return f"{resource.name}.change"


def _record(resource: Resource) -> Document:
    properties: Document = {"id": INTEGER, "version": INTEGER, "label": TEXT}
    properties |= {field.name: _described(field, _or_null(READ[field.kind])) for field in resource.fields}
    if (resource.extends or resource).name == "assets":
        properties["position"] = {"anyOf": [POSITION, NULL]}
    return {
        "type": "object",
        "required": ["id", "version", "label"],
        "properties": properties,
        "additionalProperties": False,
    }


def _written(resource: Resource, *, whole: bool) -> Document:
    properties = {field.name: _described(field, _writable(field)) for field in resource.edited_fields}
    schema: Document = {"type": "object", "additionalProperties": False, "properties": properties}
    required = [field.name for field in resource.edited_fields if field.required]
    if whole and required:
        schema["required"] = required
    return schema


def _writable(field: Field) -> Document:
    schema = WRITTEN.get(field.kind, READ[field.kind])
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        schema = {**schema, "maxLength": field.length or LONGEST_TEXT, **({"minLength": 1} if field.required else {})}
    if field.kind is Kind.CHOICE:
        schema = {"enum": list(field.choices)}
    if field.kind is Kind.INTEGER and field.largest:
        schema = {**schema, "minimum": -field.largest - 1, "maximum": field.largest}
    return schema if field.required else _or_null(schema)


def _or_null(schema: Document) -> Document:
    if not schema:
        return schema
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], NULL]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, NULL]}


def _described(field: Field, schema: Document) -> Document:
    told = {"title": field.label, "description": field.help} if field.help else {"title": field.label}
    return {**schema, **told}
