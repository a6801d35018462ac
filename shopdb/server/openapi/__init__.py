"""OpenAPI 3.1 of this very shop, generated from its resources: what is described is what is served."""

from __future__ import annotations

from shopdb import __version__
from shopdb.boot import Shop
from shopdb.server.openapi import core, resources, schemas
from shopdb.server.openapi.parts import Document

__all__ = ["describe_api"]


def describe_api(shop: Shop) -> Document:
    """Return the OpenAPI document of core's endpoints, the shop's resources and its collectors."""
    paths = core.paths() | core.collector_paths(shop.plugins.collector_schemas)
    components = dict(schemas.SHARED)
    for resource in shop.catalog.values():
        components |= schemas.of_resource(resource)
        paths |= resources.paths(resource)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"shopdb: {shop.settings.site_name}",
            "version": __version__,
            "description": "Sign in at /api/auth/login, or send an API token: as bearer, or as password of HTTP Basic.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }
