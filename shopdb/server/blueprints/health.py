"""Whether the server is alive, and whether it is ready."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from shopdb import __contract_version__, __version__
from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.routes import mounted
from shopdb.store import revisions


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    del doorkeeper  # a monitor needs no token, and learns nothing of the shop's records
    views = _Views(shop)
    return mounted("health", (("GET", "/health", views.alive), ("GET", "/health/ready", views.ready)))


class _Views:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def alive(self) -> Response:
        """Say that the process answers, without asking the database."""
        settings = self._shop.settings
        return json_answer(
            {
                "status": "alive",
                "site": settings.site_name,
                "mark": settings.site_mark,
                "version": __version__,
                "contract": __contract_version__,
            }
        )

    def ready(self) -> Response:
        """Say whether requests can be served: database reached, tables at head, plugins loaded."""
        checks = {"database": "ok", "migrations": "ok", "plugins": "ok"}
        try:
            if revisions.behind(self._shop.engine, (revisions.core_owner(), *self._shop.plugins.owners)):
                checks["migrations"] = "behind; run `shopdb db upgrade`"
        except SQLAlchemyError as error:
            checks["database"] = f"away ({type(error).__name__})"
        if any(left.faulty for left in self._shop.plugins.left_out.values()):
            checks["plugins"] = "some were left out; `shopdb plugin list` says why"
        is_ready = checks["database"] == checks["migrations"] == "ok"
        return json_answer({"status": "ready" if is_ready else "not ready", "checks": checks}, 200 if is_ready else 503)
