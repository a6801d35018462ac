"""The pieces that every described operation is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shopdb.server.routes import LARGEST_ID

Document = dict[str, Any]

JSON = "application/json"
ALWAYS = ("400", "401", "403", "404", "503")
"""What any operation that asks the database may refuse with."""
WITH_BODY = ("413", "415", "422")
OPEN: Document = {"security": []}


def ref(name: str) -> Document:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Document, mimetype: str = JSON) -> Document:
    """Return the content of a body or an answer."""
    return {mimetype: {"schema": schema}}


def body(*contents: Document) -> Document:
    """Return a required request body in any of these contents."""
    return {"required": True, "content": {kind: schema for one in contents for kind, schema in one.items()}}


def answers(done: Mapping[str, Document], *refusals: str) -> Document:
    """Return the answers of an operation: what it does by status, and the statuses that it refuses with."""
    told: Document = {
        status: {"description": "done", "content": schema if _is_content(schema) else content(schema)}
        for status, schema in done.items()
    }
    return told | {status: {"description": "refused", "content": content(ref("Error"))} for status in refusals}


def _is_content(schema: Document) -> bool:
    return any("/" in name for name in schema)


def query(name: str, schema: Document, description: str) -> Document:
    """Return an optional query parameter."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


def header(name: str, description: str) -> Document:
    """Return an optional header."""
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": description}


def record_id(name: str = "record_id") -> Document:
    """Return the path parameter that is a record's id."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    }


def items(item: Document, **more: Document) -> Document:
    """Return the schema of an answer that holds a list under ``items``, and whatever stands beside it."""
    return answer_of(items={"type": "array", "items": item}, **more)


def answer_of(**members: Document) -> Document:
    """Return the schema of an object with exactly these members."""
    return {"type": "object", "required": list(members), "properties": members, "additionalProperties": False}


def operation(name: str, summary: str, responses: Document, tags: Sequence[str], **more: Any) -> Document:
    """Return one operation."""
    return {"operationId": name, "summary": summary, "tags": list(tags), "responses": responses, **more}
