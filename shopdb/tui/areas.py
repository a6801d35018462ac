"""The areas of the terminal and how navigation groups them."""

from __future__ import annotations

from collections.abc import Iterable

from shopdb.domain.navigation import NavItem
from shopdb.tui.desk import Area, Desk

DASHBOARD = "dashboard"
SCREEN_PREFIX = "screen:"
SHOP_RESOURCES = ("locations", "people", "vendors", "models", "tags", "articles", "maintenance_plans")
ADMIN_RESOURCES = ("held_items", "batches", "users", "api_tokens", "asset_types", "asset_statuses", "custom_fields")


def areas_for(desk: Desk, items: Iterable[NavItem]) -> tuple[Area, ...]:
    """Return the areas that the person at the desk may see: core's, the plugins' ``items``, the shop's, the admin's."""
    found = [Area(DASHBOARD, "Dashboard")]
    found += _resources(desk, ("assets",), "")
    found += [
        Area(item.opens, item.label, "Plugins")
        for item in items
        if desk.may(item.permission or _permission(item.opens))
    ]
    found += _resources(desk, SHOP_RESOURCES, "Shop")
    found += _resources(desk, ADMIN_RESOURCES, "Admin")
    return tuple(found)


def _permission(opens: str) -> str:
    return f"{opens.removeprefix(SCREEN_PREFIX)}.view"


def _resources(desk: Desk, names: Iterable[str], section: str) -> list[Area]:
    return [
        Area(name, desk.catalog[name].title, section)
        for name in names
        if name in desk.catalog and desk.may(f"{name}.view")
    ]
