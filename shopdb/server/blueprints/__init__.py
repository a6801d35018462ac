"""Core's endpoints: each module makes one blueprint from the shop and the doorkeeper."""

from shopdb.server.blueprints import auth, collector, health, history, home, records, search

__all__ = ["auth", "collector", "health", "history", "home", "records", "search"]
