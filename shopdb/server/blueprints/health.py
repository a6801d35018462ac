"""Is the server alive, and is it ready?"""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from shopdb import __contract_version__, __version__
from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.store import revisions
from shopdb.store.models import HeldItem


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    blueprint = Blueprint("health", __name__)
    del doorkeeper  # a monitor needs no token, and learns nothing that a port scan would not tell

    @blueprint.get("/api/health")
    def alive() -> Response:
        """Say that the process answers, without asking the database."""
        return json_answer({
            "status": "alive", "site": shop.settings.site_name, "mark": shop.settings.site_mark,
            "version": __version__, "contract": __contract_version__,
        })  # fmt: skip

    @blueprint.get("/api/health/ready")
    def ready() -> Response:
        """Say whether requests can be served: database reached, tables at head, plugins loaded."""
        checks = {"database": "ok", "migrations": "ok", "plugins": "ok"}
        held = None
        try:
            with shop.reading() as session:
                session.execute(text("SELECT 1"))
                waiting = select(HeldItem.id).where(HeldItem.resolution.is_(None)).limit(1000)
                held = len(session.execute(waiting).all())
            if revisions.behind(shop.engine, (revisions.core_owner(), *shop.plugins.owners)):
                checks["migrations"] = "behind; run `shopdb db upgrade`"
        except DBAPIError as error:
            checks["database"] = f"away ({type(error.orig).__name__})"
        if any(left.faulty for left in shop.plugins.left_out.values()):
            checks["plugins"] = "some were left out; see the plugins screen"
        is_ready = checks["database"] == "ok" and checks["migrations"] == "ok"
        return json_answer(
            {"status": "ready" if is_ready else "not ready", "checks": checks, "held": held}, 200 if is_ready else 503
        )

    return blueprint
