"""Blueprints from tables: which method at which path calls which view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint
from werkzeug.routing import IntegerConverter

Route = tuple[str, str, Callable[..., Any]]
"""A method, a path in Flask's notation, and the view that answers."""

LARGEST_ID = 10**18 - 1


class WholeNumber(IntegerConverter):
    """``<int:...>`` in a path, for plugins too: what no database can hold is no page's address."""

    regex = r"\d{1,18}"


def mounted(name: str, routes: Sequence[Route], *, prefix: str = "/api") -> Blueprint:
    """Return a blueprint whose endpoints are called as their views are."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix or None)
    for method, path, view in routes:
        blueprint.add_url_rule(path, view.__name__, view, methods=[method])
    return blueprint
