"""``make_app(shop)``: the Flask application over one opened shop."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask_jwt_extended import JWTManager

from shopdb.boot import Shop
from shopdb.exceptions import UnknownBlueprintError
from shopdb.plugins.access import ShopAccess, granted
from shopdb.server import blueprints, errors, openapi
from shopdb.server.access import Doorkeeper

LOG = logging.getLogger("shopdb.requests")
CORE_BLUEPRINT_NAMES = ("health", "auth", "search", "history", "collector", "openapi", "home", "records")
"""In this order; ``records`` answers for every name that no other has taken."""
TOKEN_LIFETIME = timedelta(hours=8)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def make_app(shop: Shop) -> Flask:
    """Return the application: core's blueprints by name, then the plugins'.

    Raises `UnknownBlueprintError` for a core name that nothing exports.
    """
    app = Flask(__name__)
    _configure(app, shop)
    JWTManager(app)
    errors.install(app)
    doorkeeper = Doorkeeper(shop)
    _watch(app, shop, doorkeeper)
    registry, plugin_blueprints = shop.plugins.ask("get_blueprint")
    for name in CORE_BLUEPRINT_NAMES:
        app.register_blueprint(_core_blueprint(name, shop, doorkeeper))
    _mount(app, plugin_blueprints)
    narrowed, _ = registry.ask("init_app", app)
    # Built again without the plugins that failed just now: no request meets half of one.
    return app if narrowed is shop.plugins else make_app(shop.narrowed(narrowed))


def _core_blueprint(name: str, shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    module = {"openapi": openapi}.get(name) or getattr(blueprints, name, None)
    if module is None:
        raise UnknownBlueprintError(name, blueprints.__all__)
    made: Blueprint = module.make(shop, doorkeeper)
    return made


def _mount(app: Flask, plugin_blueprints: Mapping[str, Any]) -> None:
    for name, blueprint in plugin_blueprints.items():
        if blueprint is not None:
            app.register_blueprint(blueprint, url_prefix=f"/api/{name}", name=f"plugin_{name}")


def _configure(app: Flask, shop: Shop) -> None:
    over_tls = shop.settings.env == "production"
    app.config.update(
        SECRET_KEY=shop.settings.secret_key.reveal(),
        JWT_SECRET_KEY=shop.settings.secret_key.reveal(),
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=TOKEN_LIFETIME,
        JWT_COOKIE_SECURE=over_tls,
        JWT_COOKIE_SAMESITE="Strict",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_ALGORITHM="HS256",
    )


def _watch(app: Flask, shop: Shop, doorkeeper: Doorkeeper) -> None:
    """Give every request an id, a log line and the security headers; let plugin endpoints reach the shop."""
    allowed = frozenset(shop.settings.cors_origins)

    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex[:16]
        g.began = time.perf_counter()
        if (request.blueprint or "").startswith("plugin_"):
            origin = doorkeeper.origin()
            name = (request.blueprint or "").removeprefix("plugin_").partition(".")[0]
            origin.require(f"{name}.{'view' if request.method in ('GET', 'HEAD', 'OPTIONS') else 'change'}")
            access = ShopAccess(
                read=lambda work: _read(shop, origin, work),
                write=lambda label, work: shop.write(origin.doing(label), work),
            )
            g.granted = granted(access)
            g.granted.__enter__()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if (asking := request.headers.get("Origin")) in allowed:
            response.headers["Access-Control-Allow-Origin"] = asking or ""
            response.headers["Vary"] = "Origin"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match, Idempotency-Key"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, DELETE, OPTIONS"
        took = (time.perf_counter() - g.get("began", time.perf_counter())) * 1000
        # The path alone: a query string can hold an agent's token.
        LOG.info("%s %s %s %d %.1fms", g.get("request_id"), request.method, request.path, response.status_code, took)
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        access = g.pop("granted", None)
        if access is not None:
            access.__exit__(None, None, None)


def _read(shop: Shop, origin: Any, work: Any) -> Any:
    with shop.reading(origin) as session:
        return work(session)
