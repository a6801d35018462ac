"""Which plugins a site wants loaded, by what its database says of them, and which must wait for their tables."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine

from shopdb.config import Settings
from shopdb.exceptions import SchemaBehindError
from shopdb.plugins.loader import bundled_folder, discover
from shopdb.plugins.registry import Registry
from shopdb.plugins.sites_own import bring_files
from shopdb.store import journal, revisions
from shopdb.store.installed import installed

NOT_INSTALLED = "it is not installed"
SWITCHED_OFF = "an admin switched it off"
ONLY_DATA = "it was removed; its data is kept"


def settled(engine: Engine, registry: Registry) -> Registry:
    """Return the registry without those plugins whose tables are being changed, or were left half changed.

    Raises `SchemaBehindError` for tables that only wait to be migrated.
    """
    behind = revisions.behind(engine, registry.owners)
    if not behind:
        return registry
    with engine.connect() as connection:
        running = {one.plugin: one.verb for one in journal.operations(connection, state=journal.RUNNING)}
    waiting = {name: pair for name, pair in behind.items() if name not in running}
    if waiting:
        raise SchemaBehindError(waiting)
    # A rollback waits until everybody runs the older code, which knows nothing of what the newer one added.
    unfit = [name for name in behind if running[name] != "rollback"]
    return registry.without({name: [f"its {running[name]} is not finished"] for name in unfit})


def switched_off(engine: Engine, settings: Settings) -> dict[str, str]:
    """Return the plugins that are not to be loaded, with the reason, once the files of the others are here."""
    with engine.connect() as connection:
        states = installed(connection)
        missing = bring_files(connection, states.values(), settings.plugin_dirs)
    here = {plugin.name for plugin in discover([bundled_folder(), *settings.plugin_dirs])}
    off = dict.fromkeys(here - set(states), NOT_INSTALLED)
    for name, state in states.items():
        if state.removed_at is not None:
            off[name] = ONLY_DATA
        elif not state.enabled:
            off[name] = SWITCHED_OFF
    return off | missing | dict.fromkeys(settings.disable_plugins, "SHOPDB_DISABLE_PLUGINS names it")


def not_chosen(engine: Engine, settings: Settings, chosen: Collection[str] | None) -> dict[str, str]:
    """Return as `switched_off` what is not to be loaded once the ``chosen`` are installed; None: all on a new site."""
    off = switched_off(engine, settings)
    if chosen is None:
        with engine.connect() as connection:
            is_new = not installed(connection)
        chosen = off if is_new else ()
    return {name: reason for name, reason in off.items() if reason != NOT_INSTALLED or name not in chosen}
