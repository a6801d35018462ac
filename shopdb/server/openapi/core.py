"""The operations that belong to no resource: health, signing in, search, undo, held pushes, collectors."""

from __future__ import annotations

from collections.abc import Iterable

from shopdb.server.openapi.parts import (
    ALWAYS,
    OPEN,
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
from shopdb.server.openapi.schemas import ID, INTEGER, TEXT, TEXTS
from shopdb.server.plugins import STATES

ANY_OBJECT: Document = {"type": "object"}
ANSWERS: Document = answer_of(results={"type": "array", "items": ref("Answer")})
USER: Document = answer_of(name=TEXT, role=TEXT, permissions=TEXTS)


def paths() -> Document:
    """Return the paths of core, apart from resources and collectors."""
    return {**_about_the_server(), **_about_people(), **_about_records()}


def _about_the_server() -> Document:
    ready = answer_of(status=TEXT, checks={"type": "object", "additionalProperties": TEXT})
    alive = answer_of(status=TEXT, site=TEXT, mark=TEXT, version=TEXT, contract=TEXT)
    page = content(TEXT, "text/html")
    plugin = answer_of(name=TEXT, version=TEXT, state={"enum": list(STATES)}, reasons=TEXTS)
    return {
        "/": {"get": operation("home", "What this is", answers({"200": page}), ["Server"], **OPEN)},
        "/api/health": {"get": operation("alive", "Alive", answers({"200": alive}), ["Server"], **OPEN)},
        "/api/health/ready": {
            "get": operation("ready", "Ready for requests", answers({"200": ready, "503": ready}), ["Server"], **OPEN)
        },
        "/api/openapi.json": {
            "get": operation("openapi", "This document", answers({"200": ANY_OBJECT}), ["Server"], **OPEN)
        },
        "/api/plugins": {
            "get": operation(
                "plugins",
                "The plugins, what became of each in this server, and why",
                answers({"200": items(plugin)}, *ALWAYS),
                ["Server"],
            )
        },
    }


def _about_people() -> Document:
    credentials: Document = {
        "type": "object",
        "required": ["name", "password"],
        "properties": {"name": TEXT, "password": TEXT, "cookies": {"type": "boolean"}},
    }
    signed_in: Document = {
        "type": "object",
        "required": ["user"],
        "properties": {"user": USER, "access_token": TEXT, "token_type": TEXT},
        "additionalProperties": False,
    }
    login = operation(
        "login",
        "Name and password for a token of eight hours",
        answers({"200": signed_in}, "400", "401", "413", "415", "429", "503"),
        ["Signing in"],
        requestBody=body(content(credentials)),
        **OPEN,
    )
    done = answers({"200": answer_of(signed_out={"type": "boolean"})}, "400")
    me = answers({"200": answer_of(name=TEXT, permissions=TEXTS, is_token={"type": "boolean"})}, *ALWAYS)
    return {
        "/api/auth/login": {"post": login},
        "/api/auth/logout": {"post": operation("logout", "Drop the cookies", done, ["Signing in"], **OPEN)},
        "/api/auth/me": {"get": operation("me", "Who is signed in", me, ["Signing in"])},
    }


def _about_records() -> Document:
    hit = answer_of(resource=TEXT, id=INTEGER, title=TEXT, detail=TEXT, score=INTEGER)
    search = operation(
        "search",
        "The best matches over everything",
        answers({"200": items(hit)}, *ALWAYS),
        ["Search"],
        parameters=[
            query("q", {"type": "string", "maxLength": 200}, "words, all of which must be found"),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "how many at most"),
        ],
    )
    number = {"type": ["integer", "null"]}
    undone = answer_of(batch_id=number, undone=INTEGER, undone_by=number, restored=INTEGER, skipped=TEXTS)
    undo = operation(
        "undo",
        "Take a batch back where nobody has touched its records since",
        answers({"200": undone}, *ALWAYS, "409"),
        ["Batches"],
        parameters=[record_id("batch_id")],
    )
    return {"/api/search": {"get": search}, "/api/batches/{batch_id}/undo": {"post": undo}, **_about_held_pushes()}


def _about_held_pushes() -> Document:
    decision: Document = {
        "type": "object",
        "required": ["decision"],
        "properties": {
            "decision": {"enum": ["same", "different", "ignore"]},
            "asset_id": {"anyOf": [ID, {"type": "null"}]},
        },
        "additionalProperties": False,
    }
    decided = answer_of(decision=TEXT, results={"type": "array", "items": ref("Answer")})
    decide = operation(
        "decide_held_push",
        "Say which device a held push speaks of, and take it in",
        answers({"200": decided}, *ALWAYS, *WITH_BODY, "409"),
        ["Held pushes"],
        parameters=[record_id("held_id")],
        requestBody=body(content(decision)),
    )
    replay = operation(
        "replay_held_push",
        "Take a held push in again after its cause was mended",
        answers({"200": ref("Answer")}, *ALWAYS, "409", "422"),
        ["Held pushes"],
        parameters=[record_id("held_id")],
    )
    base = "/api/held_items/{held_id}"
    return {f"{base}/decide": {"post": decide}, f"{base}/replay": {"post": replay}}


def collector_paths(plugins: Iterable[str]) -> Document:
    """Return the doors of collectors: one for each plugin that takes pushes, and the one of inventory agents."""
    one: Document = {"anyOf": [ANY_OBJECT, {"type": "array", "items": ANY_OBJECT}]}
    one_or_many: Document = {"anyOf": [ref("Answer"), ANSWERS]}
    key = header("Idempotency-Key", "1 to 160 printable ASCII characters, others for each push")
    token = query("token", TEXT, "an API token, from programs that can send no header")
    found: Document = {}
    for plugin in sorted(plugins):
        responses = answers(
            {"200": one_or_many, "201": ref("Answer"), "202": ref("Answer")}, *ALWAYS, "409", "413", "415"
        )
        refused = {"description": "refused", "content": content({"anyOf": [ref("Answer"), ref("Error")]})}
        found[f"/api/collector/{plugin}"] = {
            "post": operation(
                f"push_to_{plugin}",
                f"What a collector saw, for {plugin}",
                responses | {"422": refused},
                ["Collectors"],
                parameters=[key, token],
                requestBody=body(content(one), content(TEXT, "application/x-ndjson")),
            )
        }
    reply = {
        kind: one
        for mimetype in ("application/xml", "application/x-compress-zlib", "application/x-gzip")
        for kind, one in content(TEXT, mimetype).items()
    }
    found["/api/collector/agent"] = {
        "post": operation(
            "push_of_agent",
            "What FusionInventory, OCS and GLPI agents send, unmodified",
            answers({"200": reply}, *ALWAYS, "413", "415"),
            ["Collectors"],
            parameters=[token],
            requestBody=body(content(TEXT, "application/xml")),
        )
    }
    return found
