"""``make_app(shop)``: the Flask application over one opened shop."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint
from flask_jwt_extended import JWTManager

from shopdb.boot import Shop
from shopdb.exceptions import UnknownBlueprintError
from shopdb.server import blueprints, envelope, errors
from shopdb.server.access import Doorkeeper
from shopdb.server.application import Application
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.server.plugins import StrictJson, grant_access, let_in
from shopdb.server.routes import WholeNumber
from shopdb.server.visits import Visits

CORE_BLUEPRINT_NAMES = (
    "health",
    "auth",
    "search",
    "history",
    "held",
    "collector",
    "openapi",
    "home",
    "plugins",
    "records",
)
"""In this order; ``records`` answers for every name that no other has taken."""
TOKEN_LIFETIME = timedelta(hours=8)


def make_app(shop: Shop, visits: Visits | None = None) -> Application:
    """Return the application: core's blueprints by name, then the plugins'; it knows the shop that it answers from.

    That lacks the plugins that could not join it. ``visits`` are those of the process. Raises `UnknownBlueprintError`
    for a core name that nothing exports, and for a faulty plugin in development `PluginContractError`.
    """
    visits = visits or Visits(shop.settings.threads)
    app = Application(__name__, shop, visits)
    _configure(app, shop)
    JWTManager(app)
    doorkeeper = Doorkeeper(shop)
    envelope.install(app, shop.settings.cors_origins)
    errors.install(app, shop.catalog)
    app.url_value_preprocessor(app.begin_visit)
    for name in CORE_BLUEPRINT_NAMES:
        app.register_blueprint(_core_blueprint(name, shop, doorkeeper))
    grant_access(app, shop, doorkeeper)
    staying = let_in(app, shop.plugins)
    # Built again without the plugins that failed just now: no request meets half of one.
    return app if staying is shop.plugins else make_app(shop.narrowed(staying), visits)


def _core_blueprint(name: str, shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    module = getattr(blueprints, name, None) if name in blueprints.__all__ else None
    if module is None:
        raise UnknownBlueprintError(name, blueprints.__all__)
    made: Blueprint = module.make(shop, doorkeeper)
    return made


def _configure(app: Application, shop: Shop) -> None:
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
