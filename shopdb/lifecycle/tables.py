"""The tables of one plugin, found without its code."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, MetaData, inspect

from shopdb.store.base import NAMING, Base, belongs_to
from shopdb.store.installed import installed
from shopdb.store.revisions import Owner, Revision, current, history

MIGRATIONS = "migrations"


def owner_in(plugin: str, folder: Path) -> Owner | None:
    """Return the plugin as an owner of tables by the migrations in a folder; None if there are none."""
    location = folder / MIGRATIONS
    return Owner(plugin, location, MetaData(naming_convention=NAMING)) if (location / "versions").is_dir() else None


def revisions_in(plugin: str, folder: Path) -> tuple[Revision, ...]:
    """Return the history that a folder holds, oldest first; raises `BrokenHistoryError`."""
    owner = owner_in(plugin, folder)
    return history(owner.name, owner.script_location) if owner is not None else ()


def revision_of(engine: Engine, plugin: str) -> str:
    """Return the revision of a plugin's tables; "" where it has none."""
    return current(engine, [Owner(plugin, Path(), MetaData(naming_convention=NAMING))])[plugin]


def own_tables(engine: Engine, plugin: str) -> set[str]:
    """Return the names of a plugin's tables in the database, that of its revision included.

    A name alone does not make a table the plugin's: those of core and of other plugins are never among them.
    """
    with engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        states = installed(connection)
    others = {table for name, state in states.items() if name != plugin for table in state.tables}
    others |= {f"alembic_version_{name}" for name in states if name != plugin} | {"alembic_version"}
    own = {table for table in there if belongs_to(plugin, table)} | {f"alembic_version_{plugin}"}
    return (own & there) - others - set(Base.metadata.tables)


def data_tables(engine: Engine, plugin: str) -> set[str]:
    """Return the names of a plugin's tables in the database, without that of its revision."""
    return own_tables(engine, plugin) - {f"alembic_version_{plugin}"}
