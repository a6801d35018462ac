"""Whether the tables of a database are what the models say, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Engine, String, Text
from sqlalchemy.types import TypeEngine

from shopdb.store.base import belongs_to
from shopdb.store.migrate import options
from shopdb.store.revisions import CORE, Owner

# Made by plain SQL in core's first revision, since only one engine has them.
UNMAPPED = frozenset({"ix_search_entries_trigrams"})


def check(engine: Engine, owners: Iterable[Owner]) -> Mapping[str, Sequence[str]]:
    """Return what differs between models and tables, by owner; an owner without a difference is left out.

    Tables of core that no model names any more are not looked for: another owner's would be in the way.
    """
    owners = tuple(owners)
    core_tables = {name for owner in owners if owner.name == CORE for name in owner.metadata.tables}
    found = {owner.name: _differences(engine, owner, core_tables) for owner in owners}
    return {name: differences for name, differences in found.items() if differences}


def comparison(owner: Owner, core_tables: AbstractSet[str]) -> dict[str, Any]:
    """Return what Alembic is told for comparing an owner's models with its tables, and with nobody else's."""
    return {
        **options(owner),
        "compare_type": _types_differ,
        "compare_server_default": _defaults_differ,
        "include_name": _own_names(owner, core_tables),
    }


def _differences(engine: Engine, owner: Owner, core_tables: AbstractSet[str]) -> tuple[str, ...]:
    with closing(engine.connect()) as connection:
        context = MigrationContext.configure(connection, opts=comparison(owner, core_tables))
        found = compare_metadata(context, owner.metadata)
    return tuple(told for one in found for told in _told(one))


def _own_names(owner: Owner, core_tables: AbstractSet[str]) -> Callable[[str | None, str, Any], bool]:
    def is_own(name: str | None, kind: str, _parents: Any) -> bool:
        if kind != "table" or name is None:
            return name not in UNMAPPED
        if owner.name == CORE or name in core_tables:
            return name in owner.metadata.tables
        return belongs_to(owner.name, name)

    return is_own


def _types_differ(
    context: MigrationContext, _reflected: Any, _column: Any, found: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool | None:
    """Pass by other lengths of texts on SQLite, which holds texts of any; leave the rest to Alembic."""
    kind = wanted.dialect_impl(context.dialect)
    are_lines = all(isinstance(one, String) and not isinstance(one, Text) for one in (found, kind))
    return False if are_lines and context.dialect.name == "sqlite" else None


def _defaults_differ(
    _context: Any,
    _reflected: Any,
    column: Column[Any],
    found: str | None,
    _wanted: Any,
    _rendered: str | None,
) -> bool | None:
    """Compare the default that is an empty text, which Alembic finds unlike itself; leave it the rest."""
    if found is not None and getattr(column.server_default, "arg", None) == "":
        return found.strip("()") != "''"
    return None


def _told(difference: Any) -> Iterable[str]:
    """Yield sentences for one of Alembic's tuples, or for a list of them about one column."""
    if isinstance(difference, list):
        for one in difference:
            yield from _told(one)
        return
    action, *facts = difference
    if action.startswith("modify_"):
        _schema, table, column, _existing, before, now = facts
        what = action.removeprefix("modify_")
        yield f"{table}.{column}: {what} is {_shown(before)}, the models say {_shown(now)}"
        return
    verb, _, kind = action.partition("_")
    where = "the models and not in the database" if verb == "add" else "the database and not in the models"
    yield f"{kind.replace('_', ' ')} {_named(kind, facts)} is in {where}"


def _named(kind: str, facts: Sequence[Any]) -> str:
    if kind == "column":
        return f"{facts[1]}.{facts[2].name}"
    thing = facts[0]
    table = getattr(thing, "table", None)
    return str(thing.name) if table is None else f"{thing.name or ''} of {table.name}".strip()


def _shown(value: Any) -> str:
    text = getattr(value, "arg", value)
    return repr(text) if isinstance(text, str) else str(text)
