"""Core's endpoints: each module makes one blueprint from the shop and the doorkeeper."""

from shopdb.server.blueprints import auth, collector, health, held, history, home, openapi, plugins, records, search

__all__ = ["auth", "collector", "health", "held", "history", "home", "openapi", "plugins", "records", "search"]
