"""What collectors push: JSON for one plugin, or the message of an inventory agent for all that it saw.

A push is answered after its commit, and a push in doubt is kept.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import NotPermittedError, PluginNotFoundError, PushRepeatedError, RequestRefusedError
from shopdb.server import agents, strictjson
from shopdb.server.access import Doorkeeper, Remembered
from shopdb.server.answers import json_answer
from shopdb.server.bodies import Packing
from shopdb.server.reading import body, only_parameters
from shopdb.server.routes import mounted
from shopdb.services import collect
from shopdb.services.collect import Answer, Intake, Sent
from shopdb.services.settings import get_setting

Parts = Sequence[tuple[Intake, Any]]
MOST_ITEMS = 2000
LONGEST_KEY = 160
LONGEST_SOURCE = 80
MOST_BODIES = 10_000
JUNK_SETTING = "identity.junk"
NDJSON = ("application/x-ndjson", "application/ndjson")
STATUSES = {"created": 201, "held": 202, "refused": 422}
MIMETYPES = {
    Packing.PLAIN: "application/xml",
    Packing.ZLIB: "application/x-compress-zlib",
    Packing.GZIP: "application/x-gzip",
}


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    views = _Views(shop, doorkeeper)
    routes = (("POST", "/agent", views.agent), ("POST", "/<plugin>", views.pushed))
    return mounted("collector", routes, prefix="/api/collector")


class _RecentBodies:
    """Which asset the latest bodies were about, so that an exact repetition need not be read.

    A hint only: the database says whether the body is still the last one about that asset.
    """

    def __init__(self) -> None:
        self._assets: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    def asset_of(self, digest: bytes) -> int | None:
        with self._lock:
            return self._assets.get(digest)

    def note(self, digest: bytes, answer: Answer) -> None:
        if answer.id is None or answer.held_id is not None:
            return
        with self._lock:
            self._assets[digest] = answer.id
            self._assets.move_to_end(digest)
            if len(self._assets) > MOST_BODIES:
                self._assets.popitem(last=False)


class _Views:
    def __init__(self, shop: Shop, doorkeeper: Doorkeeper) -> None:
        self._shop = shop
        self._doorkeeper = doorkeeper
        self._intakes = {name: Intake(schema) for name, schema in shop.plugins.collector_schemas.items()}
        self._recent = _RecentBodies()
        self._junk: Remembered[frozenset[str]] = Remembered()

    def pushed(self, plugin: str) -> Response:
        """Take one object, a list of them, or NDJSON."""
        origin = self._doorkeeper.origin("collector")
        origin.require(f"collector.{plugin}")
        only_parameters("token")
        if plugin not in self._intakes:
            raise PluginNotFoundError(plugin, self._intakes)
        intake, data = self._intakes[plugin], body().data
        sent = Sent(intake.body_digest(data, origin.token_id), _idempotency_key())
        if (again := self._repeated(origin, intake, sent)) is not None:
            return json_answer(again.as_json())
        payloads, single = _payloads(data)
        doing = origin.doing(f"push to {plugin} from {_source(payloads)}")
        answers = self._taken_in(doing, [(intake, payload) for payload in payloads], sent)
        if not single:
            return json_answer({"results": [answer.as_json() for answer in answers]})
        self._recent.note(sent.body_digest, answers[0])
        return json_answer(answers[0].as_json(), STATUSES.get(answers[0].outcome, 200))

    def agent(self) -> Response:
        """Take in what FusionInventory, OCS and GLPI agents send, and answer as they expect."""
        origin = self._doorkeeper.origin("collector")
        only_parameters("token")
        doors = self._doors(origin)
        sent = body()
        message = agents.read(
            sent.data,
            agent_id=request.headers.get("GLPI-Agent-ID", ""),
            user_agent=request.headers.get("User-Agent", ""),
        )
        reply = agents.prolog_reply(sent.packing)
        if message.query is not agents.Query.PROLOG:
            sightings = agents.fan_out(message).sightings
            parts = [(doors[kind.value], payload) for kind, payload in sightings if kind.value in doors]
            if sightings and not parts:
                raise NotPermittedError(origin.actor, f"collector for a {sightings[0].kind.value}")
            doing = origin.doing(f"inventory from {message.source or 'an agent'}")
            self._taken_in(doing, parts, Sent(hashlib.sha256(sent.data).digest()))
            reply = agents.inventory_reply(sent.packing)
        return Response(reply, mimetype=MIMETYPES[sent.packing])

    def _doors(self, origin: Origin) -> Mapping[str, Intake]:
        """Return by kind of sighting who takes it in from this origin."""
        taking = {name: intake for name, intake in self._intakes.items() if intake.schema.accepts}
        doors = {one.schema.accepts: one for name, one in taking.items() if origin.may(f"collector.{name}")}
        if not doors:
            raise NotPermittedError(origin.actor, " or ".join(f"collector.{name}" for name in taking))
        return doors

    def _repeated(self, origin: Origin, intake: Intake, sent: Sent) -> Answer | None:
        asset_id = self._recent.asset_of(sent.body_digest)
        if asset_id is None:
            return None
        plugin = intake.schema.plugin
        try:
            return self._shop.write(origin, lambda session: collect.repeated(session, plugin, asset_id, sent))
        except PushRepeatedError:
            return None  # what was answered to its key is found on the long way

    def _taken_in(self, origin: Origin, parts: Parts, sent: Sent) -> list[Answer]:
        # The token's scope was checked; what it pushes is written by the program, within what the schema maps.
        trusted = replace(origin, permissions=None)
        site_junk = self._site_junk()

        def work(session: Session) -> list[Answer]:
            return collect.receive_all(session, parts, sent, site_junk=site_junk)

        try:
            return self._shop.write(trusted, work)
        except PushRepeatedError:
            with self._shop.reading() as session:
                known = collect.answered(session, origin, sent.key or "", sent.body_digest)
            if known is None:
                raise
            return known

    def _site_junk(self) -> frozenset[str]:
        def ask() -> frozenset[str]:
            with self._shop.reading() as session:
                return frozenset(get_setting(session, JUNK_SETTING, ()))

        return self._junk.get(JUNK_SETTING, ask)


def _payloads(data: bytes) -> tuple[list[Any], bool]:
    """Return the payloads of a body and whether it was a single object."""
    if request.mimetype in NDJSON:
        return _bounded([strictjson.loads(line) for line in data.split(b"\n") if line.strip()]), False
    document = strictjson.loads(data)
    return (_bounded(document), False) if isinstance(document, list) else ([document], True)


def _bounded(payloads: list[Any]) -> list[Any]:
    if len(payloads) > MOST_ITEMS:
        raise RequestRefusedError("body", f"may hold at most {MOST_ITEMS} payloads; send the rest after them")
    return payloads


def _source(payloads: Sequence[Any]) -> str:
    first = payloads[0] if payloads else None
    return str(first.get("source") or "a collector")[:LONGEST_SOURCE] if isinstance(first, Mapping) else "a collector"


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key.isascii() or not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
        raise RequestRefusedError("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable ASCII characters")
    return key
