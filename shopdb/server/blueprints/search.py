"""Global search over everything that the caller may see."""

from __future__ import annotations

from flask import Blueprint, Response, request

from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import whole_number
from shopdb.store import search


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/api/search")
    def found() -> Response:
        """Return the best matches to ``q``, exact keys first."""
        origin = doorkeeper.origin()
        allowed = [name for name in shop.catalog if origin.may(f"{name}.view")]
        with shop.reading() as session:
            hits = search.hits(
                session,
                request.args.get("q", "")[:200],
                resources=allowed,
                limit=whole_number("limit", 50, least=1, most=200),
            )
        items = [
            {"resource": hit.resource, "id": hit.id, "title": hit.title, "detail": hit.detail, "score": hit.score}
            for hit in hits
        ]
        return json_answer({"items": items})

    return blueprint
