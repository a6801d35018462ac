"""Serving the description of this very API."""

from __future__ import annotations

from flask import Blueprint, Response

from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.openapi import describe_api
from shopdb.server.routes import mounted


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    del doorkeeper  # the document describes the program and holds no record
    document = describe_api(shop)

    def openapi() -> Response:
        """Return the OpenAPI document."""
        return json_answer(document)

    return mounted("openapi", (("GET", "/openapi.json", openapi),))
