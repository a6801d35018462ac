"""Declarative bases: core's one, and a fresh one for each plugin so that a plugin can be unloaded for good.

Every table has an integer ``version`` for compare-and-set. What a model says about itself:

=====================  =======================================================================================
``__subject__``        the foreign key to the record whose history this row belongs to; default: the primary key,
                       which leads to the asset of a typed record and is any other row itself
``__unlogged__``       columns that the change log leaves out (readings that move with every push)
``__logged__``         False for tables of operation (the log itself, pushes, search entries)
``__label__``          the column that people know a record by; default "name" where there is one
``__key__``            the column that finds a record in imports; default: the label
``__identity__``       the unique columns that tell rows apart in the change log; default: the primary key
=====================  =======================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, Numeric, Table, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, declared_attr, mapped_column

from shopdb.exceptions import PluginTableNameError
from shopdb.store.types import BigId, Moment, line

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TABLE_OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_520_ci",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_unicode_520_ci",
}
PYTHON_TYPES: dict[Any, Any] = {
    str: line(),
    datetime: Moment(),
    date: Date(),
    bool: Boolean(),
    Decimal: Numeric(12, 2),
    int: Integer(),
}


class Versioned:
    """The compare-and-set column that every table has."""

    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1", sort_order=900)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 a directive gets the class
        """Let the ORM compare and count the version."""
        return {"version_id_col": cls.version}


class Numbered(Versioned):
    """A table with an id that the database counts up."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True, sort_order=-900)


class Told:
    """What every model says about itself unless it says otherwise; the module's docstring has the meanings."""

    type_annotation_map: ClassVar[dict[Any, Any]] = PYTHON_TYPES
    __table_args__: Any = TABLE_OPTIONS

    __subject__: ClassVar[str] = ""
    __unlogged__: ClassVar[frozenset[str]] = frozenset()
    __logged__: ClassVar[bool] = True
    __label__: ClassVar[str] = "name"
    __key__: ClassVar[str] = ""
    __identity__: ClassVar[tuple[str, ...]] = ()


class Base(Told, DeclarativeBase):
    """The declarative base of core's tables."""

    metadata = MetaData(naming_convention=NAMING)


def plugin_base(plugin: str) -> type[Any]:
    """Return a new declarative base, with its own registry and MetaData, for one plugin's tables.

    Table names must be the plugin's name, or start with it or with its singular and an underscore; otherwise
    `PluginTableNameError` is raised where the model is defined.
    """

    class Own(Told, DeclarativeBase):
        """The declarative base of one plugin."""

        metadata = MetaData(naming_convention=NAMING)
        __plugin__: ClassVar[str] = plugin

        def __init_subclass__(cls, **options: Any) -> None:
            """Refuse a table that could collide with another owner's."""
            name = cls.__dict__.get("__tablename__", plugin)
            if not belongs_to(plugin, name):
                raise PluginTableNameError(plugin, name)
            super().__init_subclass__(**options)

    Own.__name__ = Own.__qualname__ = f"{plugin.title().replace('_', '')}Base"
    return Own


def belongs_to(plugin: str, table: str) -> bool:
    """Whether a plugin may name a table so: as itself, or itself or its singular and an underscore in front."""
    return table == plugin or table.startswith((f"{plugin}_", f"{plugin.removesuffix('s')}_"))


def owned_by(column: Any) -> ForeignKey:
    """Return a foreign key whose row goes when the owner goes; ``column`` is a mapped attribute or Column."""
    return ForeignKey(getattr(column, "expression", column), ondelete="CASCADE")


def linked_to(column: Any) -> ForeignKey:
    """Return a foreign key that keeps its target from being deleted while it is used."""
    return ForeignKey(getattr(column, "expression", column))


def loosely_linked_to(column: Any) -> ForeignKey:
    """Return a foreign key that is emptied when its target goes; its own column must be nullable."""
    return ForeignKey(getattr(column, "expression", column), ondelete="SET NULL")


def tables_of(models: Iterable[type[Any]]) -> tuple[Table, ...]:
    """Return the tables of mapped classes."""
    return tuple(model.__table__ for model in models)


def utc_now() -> datetime:
    """Return this moment, aware, to the microsecond."""
    return datetime.now(UTC)


@event.listens_for(Mapper, "after_mapper_constructed")
def _tell_the_table(_mapper: Mapper[Any], model: type[Any]) -> None:
    table = getattr(model, "__table__", None)
    if table is None or not hasattr(model, "__logged__"):
        return
    label = model.__label__ if model.__label__ in table.c else ""
    keys = list(table.primary_key.columns)
    shared = keys[0].name if len(keys) == 1 and keys[0].foreign_keys else ""
    table.info.update(
        logged=model.__logged__,
        subject=model.__subject__ or shared,
        unlogged=frozenset(model.__unlogged__) | {"version"},
        label=label,
        key=model.__key__ or label,
        identity=model.__identity__ or tuple(column.name for column in keys),
    )
    table.dialect_options["sqlite"]["autoincrement"] = counts_up(keys)


def counts_up(keys: Sequence[Column[Any]]) -> bool:
    """Whether rows with this primary key are numbered by the database.

    SQLite must be told never to give a number twice: a new record would inherit the history of a deleted one.
    """
    return len(keys) == 1 and not keys[0].foreign_keys and isinstance(keys[0].type, Integer)
