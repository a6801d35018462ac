"""The review queue: reading held pushes is a resource like others; deciding and replaying are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import RequestRefusedError
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import json_object, only_parameters
from shopdb.server.routes import LARGEST_ID, mounted
from shopdb.services import held
from shopdb.services.collect import Answer
from shopdb.services.held import Decision


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    views = _Views(shop, doorkeeper)
    return mounted(
        "held",
        (
            ("POST", "/held_items/<int:held_id>/decide", views.decided),
            ("POST", "/held_items/<int:held_id>/replay", views.replayed),
        ),
    )


class _Views:
    def __init__(self, shop: Shop, doorkeeper: Doorkeeper) -> None:
        self._shop = shop
        self._doorkeeper = doorkeeper

    def decided(self, held_id: int) -> Response:
        """Take ``{"decision": "same" | "different" | "ignore", "asset_id"?: id}`` and what waited for it."""
        origin = self._permitted()
        decision, asset_id = _decision(json_object())
        schemas = self._shop.plugins.collector_schemas
        answers: Sequence[Answer] = self._shop.write(
            origin.doing(f"decide held push {held_id}: {decision}"),
            lambda session: held.decide(session, schemas, held_id, decision, asset_id=asset_id),
        )
        return json_answer({"decision": decision, "results": [answer.as_json() for answer in answers]})

    def replayed(self, held_id: int) -> Response:
        """Take a held push in again after its cause was mended."""
        origin = self._permitted()
        schemas = self._shop.plugins.collector_schemas
        answer = self._shop.write(
            origin.doing(f"replay held push {held_id}"), lambda session: held.replay(session, schemas, held_id)
        )
        return json_answer(answer.as_json())

    def _permitted(self) -> Origin:
        origin = self._doorkeeper.origin()
        origin.require(held.PERMISSION)
        only_parameters()
        return origin


def _decision(asked: Mapping[str, Any]) -> tuple[Decision, int | None]:
    decision, asset_id = asked.get("decision"), asked.get("asset_id")
    for name in asked.keys() - {"decision", "asset_id"}:
        raise RequestRefusedError(name[:40], "is not known here; decision and asset_id are")
    if asset_id is not None and not (type(asset_id) is int and 0 < asset_id <= LARGEST_ID):
        raise RequestRefusedError("asset_id", "must be an asset's id")
    for known in held.DECISIONS:
        if decision == known:
            return known, asset_id
    raise RequestRefusedError("decision", f"must be one of {', '.join(held.DECISIONS)}")
