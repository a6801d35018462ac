"""The endpoints of plugins: who may call them, and how they reach the shop."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, TypeVar

from flask import Flask, g, request
from flask.json.provider import DefaultJSONProvider

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.plugins.access import ShopAccess, Work, granted
from shopdb.server import strictjson
from shopdb.server.access import Doorkeeper

T = TypeVar("T")
MARK = "plugin_"
READING = frozenset({"GET", "HEAD"})


class StrictJson(DefaultJSONProvider):
    """JSON for plugins' endpoints: ``request.get_json()`` refuses what core's own reader refuses."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return the one value in the text; raises a `JsonRefusedError`."""
        return strictjson.loads(s.encode("utf-8", "surrogatepass") if isinstance(s, str) else s)


def mounted_as(plugin: str) -> str:
    """Return the name under which the app knows a plugin's blueprint."""
    return f"{MARK}{plugin}"


def grant_access(app: Flask, shop: Shop, doorkeeper: Doorkeeper) -> None:
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
