"""The examples of the tried plugin's collector schema, pushed as a collector pushes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from shopdb.authoring.attempts import Attempts
from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import PluginContractError
from shopdb.plugins.rules import fault
from shopdb.services import collect
from shopdb.services.collect import Answer, Intake, Sent

COLLECTOR = Origin("trial", "collector", "push an example", permissions=frozenset({"*.view", "*.change"}))
TAKEN_IN = ("created", "updated", "unchanged")


def examples(shop: Shop, plugin: str) -> tuple[Mapping[str, Any], ...]:
    """Return the examples that the schema gives; none without a schema."""
    schema = shop.plugins.collector_schemas.get(plugin)
    given = schema.document.get("examples", ()) if schema is not None else ()
    return tuple(given) if isinstance(given, list | tuple) else ()


def push(attempts: Attempts, shop: Shop, number: int, payload: Any) -> None:
    """Push an example twice; raises `PluginError` (P074) if it is not taken in, or the second time changes anything."""
    intake = Intake(shop.plugins.collector_schemas[attempts.plugin])
    doing = f"example {number}"
    if problems := intake.problems(payload):
        raise PluginContractError(
            attempts.plugin, [fault("P074", f"{doing} does not fit the schema: {one}") for one in problems]
        )
    first: Answer = attempts.call("P074", doing, partial(_received, shop, intake, payload))
    if first.outcome not in TAKEN_IN:
        told = f"{doing} is {first.outcome}: {'; '.join(first.reasons)}"
        raise PluginContractError(attempts.plugin, [fault("P074", told)])
    again: Answer = attempts.call("P074", f"{doing} once more", partial(_received, shop, intake, payload))
    if again.outcome != "unchanged":
        told = f"{doing} is {first.outcome}, and {again.outcome} when it is pushed once more; that must change nothing"
        raise PluginContractError(attempts.plugin, [fault("P074", told)])


def _received(shop: Shop, intake: Intake, payload: Any) -> Answer:
    sent = Sent(hashlib.sha256(orjson.dumps(payload)).digest())
    return shop.write(COLLECTOR, lambda session: collect.receive(session, intake, payload, sent))
