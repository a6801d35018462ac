"""The page at ``/``: what this is, how it is, where the documentation is."""

from __future__ import annotations

from flask import Blueprint, render_template

from shopdb import __version__
from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.routes import mounted


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""
    del doorkeeper  # the page tells nothing about the shop's records

    def page() -> str:
        """Return the page."""
        resources = [resource for resource in shop.catalog.values() if not resource.parent]
        return render_template("home.html", site=shop.settings.site_name, version=__version__, resources=resources)

    return mounted("home", (("GET", "/", page),), prefix="")
