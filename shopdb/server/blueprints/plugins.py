"""Which plugins the site has, what became of each in this server, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from shopdb.boot import Shop
from shopdb.plugins.registry import Registry
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import only_parameters
from shopdb.server.routes import mounted
from shopdb.store.installed import InstalledState, installed

PERMISSION = "plugins.view"


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""

    def plugins() -> Response:
        """Return every plugin that is here, or was and has left its data."""
        doorkeeper.origin().require(PERMISSION)
        only_parameters()
        with shop.engine.connect() as connection:
            states = installed(connection)
        names = sorted({*states, *shop.plugins.plugins, *shop.plugins.left_out})
        return json_answer({"items": [_told(name, shop.plugins, states) for name in names]})

    return mounted("plugins", (("GET", "/plugins", plugins),))


def _told(name: str, registry: Registry, states: Mapping[str, InstalledState]) -> dict[str, Any]:
    plugin, left_out, state = registry.plugins.get(name), registry.left_out.get(name), states.get(name)
    meta = plugin.meta if plugin is not None else left_out.meta if left_out is not None else None
    return {
        "name": name,
        "version": meta.version if meta is not None else state.plugin_version if state is not None else "",
        "state": "enabled" if plugin is not None else _why_not(state),
        "reasons": list(left_out.reasons) if left_out is not None else [],
    }


def _why_not(state: InstalledState | None) -> str:
    if state is None:
        return "not installed"
    if state.removed_at is not None:
        return "removed"
    return "left out" if state.enabled else "disabled"
