"""Global search over everything that the caller may see."""

from __future__ import annotations

from flask import Blueprint, Response, request

from shopdb.boot import Shop
from shopdb.exceptions import NotPermittedError, RequestRefusedError
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import only_parameters, whole_number
from shopdb.server.routes import mounted
from shopdb.store import search

MOST_HITS = 200
LONGEST_WORDS = 200


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""

    def found() -> Response:
        """Return the best matches to ``q``, exact keys first."""
        origin = doorkeeper.origin()
        only_parameters("q", "limit")
        allowed = [name for name in shop.catalog if origin.may(f"{name}.view")]
        if not allowed:
            raise NotPermittedError(origin.actor, "*.view")
        words, limit = request.args.get("q", ""), whole_number("limit", 50, least=1, most=MOST_HITS)
        if len(words) > LONGEST_WORDS:
            raise RequestRefusedError("q", f"has at most {LONGEST_WORDS} characters")
        with shop.reading() as session:
            hits = search.hits(session, words, resources=allowed, limit=limit)
        items = [
            {"resource": hit.resource, "id": hit.id, "title": hit.title, "detail": hit.detail, "score": hit.score}
            for hit in hits
        ]
        return json_answer({"items": items})

    return mounted("search", (("GET", "/search", found),))
