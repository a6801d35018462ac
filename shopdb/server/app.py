"""``make_app(shop)``: the Flask application over one opened shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask
from flask_jwt_extended import JWTManager

from shopdb.boot import Shop
from shopdb.exceptions import UnknownBlueprintError
from shopdb.server import blueprints, envelope, errors
from shopdb.server.access import Doorkeeper
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.server.plugins import StrictJson, grant_access, mounted_as
from shopdb.server.routes import WholeNumber

CORE_BLUEPRINT_NAMES = ("health", "auth", "search", "history", "held", "collector", "openapi", "home", "records")
"""In this order; ``records`` answers for every name that no other has taken."""
TOKEN_LIFETIME = timedelta(hours=8)


def make_app(shop: Shop) -> Flask:
    """Return the application: core's blueprints by name, then the plugins'.

    Raises `UnknownBlueprintError` for a core name that nothing exports.
    """
    app = Flask(__name__)
    _configure(app, shop)
    JWTManager(app)
    doorkeeper = Doorkeeper(shop)
    envelope.install(app, shop.settings.cors_origins)
    errors.install(app, shop.catalog)
    registry, plugin_blueprints = shop.plugins.ask("get_blueprint")
    for name in CORE_BLUEPRINT_NAMES:
        app.register_blueprint(_core_blueprint(name, shop, doorkeeper))
    _mount(app, plugin_blueprints)
    grant_access(app, shop, doorkeeper)
    narrowed, _ = registry.ask("init_app", app)
    # Built again without the plugins that failed just now: no request meets half of one.
    return app if narrowed is shop.plugins else make_app(shop.narrowed(narrowed))


def _core_blueprint(name: str, shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    module = getattr(blueprints, name, None) if name in blueprints.__all__ else None
    if module is None:
        raise UnknownBlueprintError(name, blueprints.__all__)
    made: Blueprint = module.make(shop, doorkeeper)
    return made


def _mount(app: Flask, plugin_blueprints: Mapping[str, Any]) -> None:
    for name, blueprint in plugin_blueprints.items():
        if blueprint is not None:
            app.register_blueprint(blueprint, url_prefix=f"/api/{name}", name=mounted_as(name))


def _configure(app: Flask, shop: Shop) -> None:
    app.url_map.converters["int"] = WholeNumber
    app.json = StrictJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=DEFAULT_CAPS.received,
        SECRET_KEY=shop.settings.secret_key.reveal(),
        JWT_SECRET_KEY=shop.settings.secret_key.reveal(),
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=TOKEN_LIFETIME,
        JWT_COOKIE_SECURE=shop.settings.env == "production",
        JWT_COOKIE_SAMESITE="Strict",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_ALGORITHM="HS256",
    )
