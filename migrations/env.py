"""For people who type `alembic`; shopdb itself migrates without this file (shopdb/store/migrate.py).

Core's history is the section [alembic] of alembic.ini, a bundled plugin's the section of its name:
`alembic -n printers revision --autogenerate --rev-id 0002_colour -m "Printers have a colour."`
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, MigrationScript
from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from shopdb.config import load_settings
from shopdb.plugins.loader import bundled_folder, load
from shopdb.store import types
from shopdb.store.drift import comparison
from shopdb.store.engine import open_engine
from shopdb.store.migrate import alone, migrating
from shopdb.store.revisions import CORE, Owner, core_owner

NAMED_TYPES = {id(getattr(types, name)): name for name in ("BigId", "Blob", "Digest", "Prose")}


def find_owner() -> Owner:
    """Return the owner whose section was chosen with `alembic -n`."""
    section = context.config.config_ini_section
    owners = {owner.name: owner for owner in (core_owner(), *load([bundled_folder()], strict=True).owners)}
    return owners[CORE if section == "alembic" else section]


def drafting(owner: Owner) -> dict[str, Any]:
    """Return how a drafted revision is written: with shopdb's types and operations."""
    return {
        **comparison(owner, core_owner().metadata.tables.keys()),
        "render_item": partial(render_type, "shopdb.store.types" if owner.name == CORE else "shopdb.api"),
        "process_revision_directives": leave_out_defaults,
    }


def render_type(room: str, kind: str, item: Any, autogenerate: AutogenContext) -> str | bool:
    """Return a column type by the name that models use, and import that name from the room."""
    rendered = shopdb_name(item) if kind == "type" else ""
    if rendered:
        autogenerate.imports.add(f"from {room} import {rendered.partition('(')[0]}")
    return rendered or False


def shopdb_name(item: TypeEngine[Any]) -> str:
    """Return the expression that makes this type, "" for types of SQLAlchemy's own."""
    if id(item) in NAMED_TYPES:
        return NAMED_TYPES[id(item)]
    if isinstance(item, types.Moment | types.Document):
        return type(item).__name__
    for make in (types.line, types.code):
        if isinstance(item, String) and repr(item._variant_mapping) == repr(make(item.length or 0)._variant_mapping):  # noqa: SLF001 a type tells its variants to nobody else
            return f"{make.__name__}({item.length})"
    return ""


def leave_out_defaults(_context: Any, _revision: Any, scripts: Iterable[MigrationScript]) -> None:
    """Take out of a draft what create_table adds by itself, and what only the models need to know."""
    for script in scripts:
        for part in script.upgrade_ops_list:
            for operation in part.ops:
                if isinstance(operation, CreateTableOp):
                    operation.kw.clear()
                    operation.info.clear()


def run() -> None:
    """Run what `alembic` was asked for, on the database of the settings."""
    owner = find_owner()
    url = load_settings().database_url
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, **drafting(owner))
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = open_engine(url, patient=True)
    try:
        with alone(engine), migrating(engine) as connection:
            context.configure(connection=connection, **drafting(owner))
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()
