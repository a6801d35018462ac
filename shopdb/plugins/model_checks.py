"""The rules about a plugin's tables: they must be its own, and must leave nothing behind when it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKey, MetaData, Table, inspect
from sqlalchemy.exc import NoReferencedTableError, SQLAlchemyError

from shopdb.exceptions import BrokenHistoryError
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.rules import fault
from shopdb.store.revisions import Owner, history

LETTING_GO = frozenset({"CASCADE", "SET NULL"})


def owner_of(meta: PluginMeta, models: Sequence[type[Any]]) -> Owner | None:
    """Return the plugin as an owner of tables, for migrations; None if it has none."""
    return Owner(meta.name, meta.folder / "migrations", models[0].metadata) if models else None


def model_problems(meta: PluginMeta, models: Sequence[type[Any]], tables: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the models; ``tables`` says who owns which table already."""
    strangers = [model for model in models if getattr(model, "__plugin__", None) != meta.name]
    for model in strangers:
        yield fault("P040", f"{model.__name__} does not come from plugin_base({meta.name!r})")
    if strangers or not models:
        return
    metadata = {id(model.metadata): model.metadata for model in models}
    if len(metadata) > 1:
        yield fault("P040", "the models come from more than one plugin_base")
    for one in metadata.values():
        yield from _table_problems(one, tables)
    try:
        for model in models:
            yield from _relationship_problems(model, models)
    except SQLAlchemyError as contradictory:
        yield fault("P045", f"{type(contradictory).__name__}: {contradictory.args[0]}")
    try:
        history(meta.name, meta.folder / "migrations")
    except BrokenHistoryError as broken:
        for problem in broken.problems:
            yield fault("P046", problem)


def _table_problems(metadata: MetaData, tables: Mapping[str, str]) -> Iterator[str]:
    for table in metadata.tables.values():
        if table.name in tables:
            yield fault("P041", f"{table.name} is already a table of {tables[table.name]}")
        if "version" not in table.c:
            yield fault("P042", f"{table.name} has no version; its model needs the mixin Versioned or Numbered")
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            yield from _foreign_key_problems(table, key, metadata)


def _foreign_key_problems(table: Table, key: ForeignKey, metadata: MetaData) -> Iterator[str]:
    where = f"{table.name}.{key.parent.name}"
    try:
        foreign = key.column.table.metadata is not metadata
    except NoReferencedTableError:
        yield fault("P043", f"{where} names {key.target_fullname}; give the Column, such as Asset.__table__.c.id")
        return
    if foreign and (key.ondelete or "").upper() not in LETTING_GO:
        yield fault("P043", f"{where} would keep {key.target_fullname} from going; use owned_by or loosely_linked_to")


def _relationship_problems(model: type[Any], models: Sequence[type[Any]]) -> Iterator[str]:
    for relation in inspect(model).relationships:
        if relation.mapper.class_ in models:
            continue
        if not relation.viewonly or relation.back_populates or relation.backref:
            yield fault("P044", f"{model.__name__}.{relation.key} must be viewonly=True, without backref")
