"""The areas of the terminal and how navigation groups them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from textual.screen import Screen

from shopdb.domain.dashboard import Widget
from shopdb.domain.navigation import NavItem
from shopdb.domain.screens import ScreenContext
from shopdb.plugins.registry import Registry
from shopdb.tui.desk import Area, Desk
from shopdb.tui.plugin_work import VIEW, PluginWork
from shopdb.tui.screens.dashboard import DashboardScreen
from shopdb.tui.screens.plugins import PluginsScreen
from shopdb.tui.screens.record_list import RecordListScreen
from shopdb.tui.screens.review import ReviewScreen

DASHBOARD = "dashboard"
SCREEN_PREFIX = "screen:"
HELD = "held_items"
PLUGINS = "plugins"
SHOP_RESOURCES = ("locations", "people", "vendors", "models", "tags", "articles", "maintenance_plans")
TITLES = {HELD: "Review queue"}
ADMIN_RESOURCES = ("batches", "users", "api_tokens", "asset_types", "asset_statuses", "custom_fields")


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
    found += _resources(desk, (HELD,), "Admin")
    found += [Area(PLUGINS, "Plugins", "Admin")] if desk.may(VIEW) else []
    found += _resources(desk, ADMIN_RESOURCES, "Admin")
    return tuple(found)


def _permission(opens: str) -> str:
    return f"{opens.removeprefix(SCREEN_PREFIX)}.view"


def _resources(desk: Desk, names: Iterable[str], section: str) -> list[Area]:
    return [
        Area(name, TITLES.get(name, desk.catalog[name].title), section)
        for name in names
        if name in desk.catalog and desk.may(f"{name}.view")
    ]


def screens_of(
    areas: Iterable[Area], desk: Desk, plugins: Registry, work: PluginWork
) -> Mapping[str, Callable[[], Screen[Any]]]:
    """Return how the screen of each area is made, by the area's name; those of plugins are not among them.

    ``work`` is what the person at the desk may do with plugins.
    """
    made: dict[str, Callable[[], Screen[Any]]] = {}
    for area in areas:
        if area.name == DASHBOARD:
            made[area.name] = partial(DashboardScreen, desk, _widgets(plugins))
        elif area.name == PLUGINS:
            made[area.name] = partial(PluginsScreen, desk, work)
        elif area.name == HELD:
            made[area.name] = partial(ReviewScreen, desk, plugins.collector_schemas)
        elif not area.name.startswith(SCREEN_PREFIX):
            made[area.name] = partial(RecordListScreen, desk, desk.catalog[area.name])
    return made


def _widgets(plugins: Registry) -> list[tuple[str, Widget]]:
    """Return the dashboard's widgets, each with the plugin that brings it."""
    bringing = {id(one): name for name, brought in plugins.contributions.items() for one in brought.widgets}
    return [(bringing.get(id(one), ""), one) for one in plugins.widgets]


def context_for(desk: Desk, done: Callable[[str, int], None], open_list: Callable[[str, str], None]) -> ScreenContext:
    """Return what a plugin's screen may use of the desk; ``done`` hears of each change and the batch that undoes it."""
    read, write_at_desk = desk.read, desk.write  # a screen must not keep the desk, which knows every other plugin

    def write(label: str, work: Callable[[Any], Any]) -> Any:
        written = write_at_desk(label, work)
        if written.batch_id is not None:
            done(label, written.batch_id)
        return written.value

    return ScreenContext(read, write, open_list)
