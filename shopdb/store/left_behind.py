"""The tables of plugins whose code is not loaded, described by what the database says of them, for reading only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, DateTime, Engine, ForeignKey, MetaData, Table, Text, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedForeignKeyConstraint
from sqlalchemy.orm import registry
from sqlalchemy.types import LargeBinary, TypeEngine

from shopdb.domain.resource import Field, Resource
from shopdb.store.base import Base, Told
from shopdb.store.describe import describe
from shopdb.store.schema import table_of
from shopdb.store.types import Moment

SHOWN_COLUMNS = 7
UNSHOWN = frozenset({"id", "version"})


def left_resources(engine: Engine, plugin: str, tables: Collection[str]) -> tuple[Resource, ...]:
    """Return a resource, which cannot be written to, for each of a plugin's tables that is in the database."""
    metadata = MetaData()
    with engine.connect() as connection:
        inspector = inspect(connection)
        there = sorted({*tables} & {*inspector.get_table_names()})
        keys = {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in there}
        columns = {name: inspector.get_columns(name) for name in there}
        links = {name: _links(inspector.get_foreign_keys(name)) for name in there}
    made: dict[str, Table] = {}
    for name in _targets_first(there, links):
        made[name] = Table(
            name, metadata, *_columns(columns[name], keys[name], {**Base.metadata.tables, **made}, links[name])
        )
    return tuple(_described(plugin, made[name]) for name in there if keys[name])


def tables_of_resources(resources: Collection[Resource]) -> tuple[Table, ...]:
    """Return the tables of resources."""
    return tuple(table_of(one.model) for one in resources)


def _links(keys: Collection[ReflectedForeignKeyConstraint]) -> dict[str, tuple[str, str]]:
    """Return the table and column that each column points at."""
    return {
        key["constrained_columns"][0]: (key["referred_table"], key["referred_columns"][0])
        for key in keys
        if len(key["constrained_columns"]) == 1
    }


def _targets_first(names: Collection[str], links: Mapping[str, Mapping[str, tuple[str, str]]]) -> Iterator[str]:
    """Yield the tables with those that others point at first; in a circle, somewhere."""
    waiting = list(names)
    while waiting:
        free = [name for name in waiting if not ({target for target, _ in links[name].values()} & {*waiting} - {name})]
        following = free or waiting[:1]
        yield from following
        waiting = [name for name in waiting if name not in following]


def _columns(
    found: Collection[ReflectedColumn],
    keys: Collection[str],
    known: Mapping[str, Table],
    links: Mapping[str, tuple[str, str]],
) -> Iterator[Column[Any]]:
    for one in found:
        name = one["name"]
        table, column = links.get(name, ("", ""))
        target = known.get(table)
        key = [ForeignKey(target.c[column])] if target is not None and column in target.c else []
        yield Column(name, _type(one["type"]), *key, primary_key=name in keys, nullable=one["nullable"])


def _type(found: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(found, DateTime):
        return Moment()
    return Text() if isinstance(found, LargeBinary) else found


def _described(plugin: str, table: Table) -> Resource:
    members = {"__table__": table, "__plugin__": plugin, "__label__": "name"}
    model: type[Any] = type(f"Left{table.name.title().replace('_', '')}", (Told,), members)
    registry(metadata=table.metadata).map_imperatively(model, table)
    names = [column.name for column in table.columns if column.name not in UNSHOWN] or ["id"]
    fields = tuple(
        Field(_field(table.c[name]), _label(name), listed=at < SHOWN_COLUMNS, editable=False)
        for at, name in enumerate(names)
    )
    return describe(model, title=_label(table.name), fields=fields, singular=_label(table.name), writable=False)


def _field(column: Column[Any]) -> str:
    return column.name.removesuffix("_id") if column.foreign_keys else column.name


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()
