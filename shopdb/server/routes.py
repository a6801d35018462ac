"""Blueprints from tables: which method at which path calls which view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint
from werkzeug.routing import IntegerConverter, Map

Route = tuple[str, str, Callable[..., Any]]
"""A method, a path in Flask's notation, and the view that answers."""

LARGEST_ID = 2**63 - 1


class WholeNumber(IntegerConverter):
    """``<int:...>`` in a path, for plugins too: what no database can hold is no page's address."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        """Take what fits into a BIGINT column, or what the route narrows that to."""
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


def mounted(name: str, routes: Sequence[Route], *, prefix: str = "/api") -> Blueprint:
    """Return a blueprint whose endpoints are called as their views are."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix or None)
    for method, path, view in routes:
        blueprint.add_url_rule(path, view.__name__, view, methods=[method])
    return blueprint
