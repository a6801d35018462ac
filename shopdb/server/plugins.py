"""The endpoints of plugins: how they join the application, who may call them, and how they reach the shop."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, g, request
from flask.json.provider import DefaultJSONProvider

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import PluginContractError
from shopdb.plugins.access import ShopAccess, Work, granted
from shopdb.plugins.containment import contained
from shopdb.plugins.registry import Registry
from shopdb.server import strictjson
from shopdb.server.access import Doorkeeper
from shopdb.server.application import Application
from shopdb.server.footprint import footprint

LOG = logging.getLogger(__name__)
T = TypeVar("T")
MARK = "plugin_"
READING = frozenset({"GET", "HEAD"})
STATES = ("enabled", "disabled", "left out", "removed", "not installed")
"""What can become of a plugin in this server; of a removed one the data is kept."""


class StrictJson(DefaultJSONProvider):
    """JSON for plugins' endpoints: ``request.get_json()`` refuses what core's own reader refuses."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return the one value in the text; raises a `JsonRefusedError`."""
        return strictjson.loads(s.encode("utf-8", "surrogatepass") if isinstance(s, str) else s)


def mounted_as(plugin: str) -> str:
    """Return the name under which the app knows a plugin's blueprint."""
    return f"{MARK}{plugin}"


def let_in(app: Application, registry: Registry) -> Registry:
    """Mount the endpoints of each plugin, then give each the last word; return who may stay.

    If that is not everybody, the application holds half of a plugin. A strict registry raises `PluginContractError`.
    """

    def around(name: str) -> AbstractContextManager[None]:
        return footprint(app, name, mounted_as(name))

    registry, blueprints = registry.ask("get_blueprint")
    faulty: dict[str, Sequence[str]] = {}
    for name, blueprint in blueprints.items():
        try:
            with around(name):
                contained(name, "P083", "mounting its endpoints", partial(_mount, app, name, blueprint))
        except PluginContractError as broken:
            if registry.strict:
                raise
            LOG.exception("plugin %s is left out", name)
            faulty[name] = broken.problems
    if faulty:
        return registry.without(faulty)
    return registry.ask("init_app", app, around=around)[0]


def _mount(app: Application, name: str, blueprint: Blueprint | None) -> None:
    if blueprint is not None:
        app.register_blueprint(blueprint, url_prefix=f"/api/{name}", name=mounted_as(name))


def grant_access(app: Application, shop: Shop, doorkeeper: Doorkeeper) -> None:
    """Let plugins' endpoints reach the shop as whoever calls them, who needs ``<plugin>.view`` or ``.change``."""

    def begin() -> None:
        plugin = _plugin_asked()
        if plugin and request.method != "OPTIONS":
            origin = doorkeeper.origin()
            origin.require(f"{plugin}.{'view' if request.method in READING else 'change'}")
            g.granted = ExitStack()
            g.granted.enter_context(granted(_access(shop, origin)))

    def end(_error: BaseException | None) -> None:
        stack: ExitStack = g.pop("granted", ExitStack())
        stack.close()

    app.before_request(begin)
    app.teardown_request(end)


def _plugin_asked() -> str:
    top = (request.blueprint or "").partition(".")[0]
    return top.removeprefix(MARK) if top.startswith(MARK) else ""


def _access(shop: Shop, origin: Origin) -> ShopAccess:
    def read(work: Work) -> object:
        with shop.reading(origin) as session:
            return work(session)

    def write(label: str, work: Work) -> object:
        return shop.write(origin.doing(label), work)

    return ShopAccess(read, write)
