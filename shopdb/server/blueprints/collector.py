"""What collectors push: JSON for one plugin, or the message of an inventory agent for all that it saw.

A push is answered after its commit, and a push in doubt is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import NotPermittedError, PluginNotFoundError, RequestRefusedError
from shopdb.server import agents, strictjson
from shopdb.server.access import Doorkeeper, Remembered
from shopdb.server.answers import json_answer
from shopdb.server.bodies import Packing
from shopdb.server.reading import body
from shopdb.services import collect
from shopdb.services.collect import Answer, Intake, Sent
from shopdb.services.settings import get_setting

MOST_ITEMS = 2000
LONGEST_KEY = 190
JUNK_SETTING = "identity.junk"
MIMETYPES = {
    Packing.PLAIN: "application/xml",
    Packing.ZLIB: "application/x-compress-zlib",
    Packing.GZIP: "application/x-gzip",
}


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    blueprint = Blueprint("collector", __name__, url_prefix="/api/collector")
    intakes = {name: Intake(schema) for name, schema in shop.plugins.collector_schemas.items()}
    junk: Remembered[frozenset[str]] = Remembered()

    def site_junk() -> frozenset[str]:
        def ask() -> frozenset[str]:
            with shop.reading() as session:
                return frozenset(get_setting(session, JUNK_SETTING, ()))

        return junk.get(JUNK_SETTING, ask)

    def taken_in(origin: Origin, parts: Sequence[tuple[Intake, Any]], data: bytes, label: str) -> list[Answer]:
        key = _idempotency_key()
        # The token's scope was checked; what it pushes is written by the program, within what the schema maps.
        trusted = replace(origin, permissions=None, door="collector", label=label)

        bodies = [data] if len(parts) == 1 else [orjson.dumps(payload) for _, payload in parts]
        worthless = site_junk()

        def work(session: Session) -> list[Answer]:
            return [
                collect.receive(
                    session,
                    intake,
                    payload,
                    Sent(
                        intake.body_digest(bodies[index], origin.token_id), f"{key}/{index}" if key and index else key
                    ),
                    site_junk=worthless,
                )
                for index, (intake, payload) in enumerate(parts)
            ]

        return shop.write(trusted, work)

    def repeated(origin: Origin, intake: Intake, data: bytes) -> Answer | None:
        digest = intake.body_digest(data, origin.token_id)
        trusted = replace(origin, permissions=None, door="collector")
        return shop.write(trusted, lambda session: collect.repeated(session, intake.schema.plugin, digest))

    @blueprint.post("/<plugin>")
    def pushed(plugin: str) -> Response:
        """Take one object, a list of them, or NDJSON."""
        origin = doorkeeper.origin("collector")
        origin.require(f"collector.{plugin}")
        if plugin not in intakes:
            raise PluginNotFoundError(plugin, intakes)
        data = body().data
        intake = intakes[plugin]
        if _idempotency_key() is None and (known := repeated(origin, intake, data)) is not None:
            return json_answer(known.as_json())
        payloads, single = _payloads(data)
        label = f"push to {plugin} from {_source(payloads)}"
        answers = taken_in(origin, [(intake, payload) for payload in payloads], data, label)
        if single:
            return json_answer(answers[0].as_json(), _status(answers[0]))
        return json_answer({"results": [answer.as_json() for answer in answers]})

    @blueprint.post("/agent")
    def agent() -> Response:
        """Take in what FusionInventory, OCS and GLPI agents send, and answer as they expect."""
        origin = doorkeeper.origin("collector")
        sent = body()
        message = agents.read(
            sent.data,
            agent_id=request.headers.get("GLPI-Agent-ID", ""),
            user_agent=request.headers.get("User-Agent", ""),
        )
        reply = agents.prolog_reply(sent.packing)
        if message.query is not agents.Query.PROLOG:
            parts = _parts(origin, message, intakes)
            if not parts:
                raise NotPermittedError(origin.actor, "collector.computers")
            taken_in(origin, parts, sent.data, f"inventory from {message.source or 'an agent'}")
            reply = agents.inventory_reply(sent.packing)
        return Response(reply, mimetype=MIMETYPES[sent.packing])

    return blueprint


def _parts(
    origin: Origin, message: agents.AgentMessage, intakes: Mapping[str, Intake]
) -> list[tuple[Intake, dict[str, Any]]]:
    doors = {
        intake.schema.accepts: intake
        for name, intake in intakes.items()
        if intake.schema.accepts and origin.may(f"collector.{name}")
    }
    sightings = agents.fan_out(message).sightings
    return [(doors[kind.value], payload) for kind, payload in sightings if kind.value in doors]


def _payloads(data: bytes) -> tuple[list[Any], bool]:
    """Return the payloads of a body and whether it was a single object."""
    if request.mimetype in ("application/x-ndjson", "application/ndjson"):
        payloads = [strictjson.loads(line) for line in data.splitlines() if line.strip()]
        return _bounded(payloads), False
    document = strictjson.loads(data)
    return (_bounded(document), False) if isinstance(document, list) else ([document], True)


def _bounded(payloads: list[Any]) -> list[Any]:
    if len(payloads) > MOST_ITEMS:
        raise RequestRefusedError("body", f"may hold at most {MOST_ITEMS} payloads; send the rest after them")
    return payloads


def _source(payloads: Sequence[Any]) -> str:
    first = payloads[0] if payloads else None
    return str(first.get("source") or "a collector")[:80] if isinstance(first, Mapping) else "a collector"


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key.isascii() or not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
        raise RequestRefusedError("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable ASCII characters")
    return key


def _status(answer: Answer) -> int:
    statuses = {"created": 201, "held": 202, "refused": 422}
    return statuses.get(answer.outcome, 200)
