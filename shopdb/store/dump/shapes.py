"""What a table looks like, read from the database itself: no code of the table's owner is needed, or trusted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, types
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector

from shopdb.store.engine import is_mysql
from shopdb.store.shape import collation_of, definition_of

VERSION_TABLES = "alembic_version"
HIGHEST_ID = 2**63 - 1

BINARIES: tuple[type[Any], ...] = (
    types.LargeBinary, types.BINARY, types.VARBINARY, mysql.TINYBLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB, mysql.BIT,
)  # fmt: skip

# The first that fits names the kind of a column.
KINDS: tuple[tuple[type[Any], str], ...] = (
    (types.Boolean, "flag"),
    (mysql.TINYINT, "flag"),
    (types.BigInteger, "integer"),
    (types.Integer, "integer"),
    (types.Float, "real"),
    (types.Numeric, "decimal"),
    (types.DateTime, "moment"),
    (types.Date, "day"),
    (types.Time, "time"),
    *((binary, "bytes") for binary in BINARIES),
)
LOOSE_COLLATION = re.compile(r"^NOCASE$|_ci$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: its kind in words of no engine, and what bounds its values."""

    name: str
    kind: str
    length: int | None = None
    precision: int | None = None
    places: int | None = None
    empty: bool = True
    default: str | None = None
    exact: bool = False
    """Of a text: whether letters of another case are other letters."""


@dataclass(frozen=True, slots=True)
class LinkShape:
    """A foreign key."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class IndexShape:
    """An index, or a unique constraint."""

    name: str
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class TableShape:
    """One table; ``next_id`` is the number that its next row gets at the earliest, None if it counts none up."""

    name: str
    columns: tuple[ColumnShape, ...]
    key: tuple[str, ...]
    indexes: tuple[IndexShape, ...] = ()
    links: tuple[LinkShape, ...] = ()
    next_id: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def tables_there(connection: Connection) -> tuple[str, ...]:
    """Return the names of all tables with rows of their own; an index that SQLite keeps in tables has none."""
    names = inspect(connection).get_table_names()
    if not is_mysql(connection):
        virtual = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
        )
        made = tuple(virtual.scalars())
        names = [name for name in names if name not in made and not name.startswith(tuple(f"{one}_" for one in made))]
    return tuple(sorted(names))


def is_version_table(name: str) -> bool:
    """Whether the table keeps the revision of an owner's tables."""
    return name == VERSION_TABLES or name.startswith(f"{VERSION_TABLES}_")


def shapes(connection: Connection, names: Collection[str]) -> tuple[TableShape, ...]:
    """Return the shape of each of these tables, in order of their names."""
    inspector = inspect(connection)
    return tuple(_shape(connection, inspector, name) for name in sorted(names))


def _shape(connection: Connection, inspector: Inspector, name: str) -> TableShape:
    key = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
    made = _definition(connection, name)
    columns = tuple(_column(column, made) for column in inspector.get_columns(name))
    links = tuple(
        LinkShape(
            tuple(link["constrained_columns"]),
            link["referred_table"],
            tuple(link["referred_columns"]),
            str(link["options"].get("ondelete", "")).upper(),
        )
        for link in inspector.get_foreign_keys(name)
    )
    return TableShape(name, columns, key, tuple(_indexes(inspector, name)), links, _next_id(connection, name, made))


def _definition(connection: Connection, name: str) -> str:
    """Return the statement that would make the table, as the engine words it."""
    if is_mysql(connection):
        return definition_of(connection, name)
    wanted = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    return str(connection.exec_driver_sql(wanted, (name,)).scalar_one())


def _column(column: ReflectedColumn, made: str) -> ColumnShape:
    found: Any = column["type"]
    kind = next((kind for of, kind in KINDS if isinstance(found, of)), "text")
    name = column["name"]
    collation = getattr(found, "collation", None) or collation_of(made, name) or _collation_of_all(made)
    return ColumnShape(
        name,
        kind,
        length=getattr(found, "length", None) if kind in ("text", "bytes") else None,
        precision=found.precision if kind == "decimal" else None,
        places=found.scale if kind == "decimal" else None,
        empty=bool(column["nullable"]),
        default=_constant(column.get("default")),
        exact=kind == "text" and not LOOSE_COLLATION.search(collation),
    )


def _collation_of_all(made: str) -> str:
    """Return the collation of a table's texts that name none of their own; "" on SQLite, which tells cases apart."""
    found = re.search(r"\bCOLLATE=(\w+)", made.rpartition(")")[2])
    return found[1] if found else ""


def _constant(default: str | None) -> str | None:
    """Return the text of a default that is a number or a text; others are an engine's own."""
    if default is None:
        return None
    bare = default.strip("()")
    if re.fullmatch(r"-?\d+(?:\.\d+)?", bare):
        return bare
    quoted = re.fullmatch(r"'((?:[^']|'')*)'", bare)
    return quoted[1].replace("''", "'") if quoted else None


def _indexes(inspector: Inspector, name: str) -> Iterator[IndexShape]:
    seen: set[tuple[str, ...]] = set()
    for one in inspector.get_unique_constraints(name):
        seen.add(tuple(one["column_names"]))
        yield IndexShape(str(one["name"] or ""), tuple(one["column_names"]), unique=True)
    for index in inspector.get_indexes(name):
        columns = _named(index["column_names"])
        if columns and columns not in seen and not index.get("dialect_options", {}).get("mysql_prefix"):
            yield IndexShape(str(index["name"] or ""), columns, unique=bool(index["unique"]))


def _named(columns: Sequence[str | None]) -> tuple[str, ...]:
    """Return the columns of an index; nothing for one over expressions."""
    named = tuple(column for column in columns if column is not None)
    return named if len(named) == len(columns) else ()


def _next_id(connection: Connection, name: str, made: str) -> int | None:
    if not re.search(r"\bAUTO_?INCREMENT\b", made, re.IGNORECASE):
        return None
    if is_mysql(connection):
        counted = re.search(r"\bAUTO_INCREMENT=(\d+)", made.rpartition(")")[2])
        return min(int(counted[1]), HIGHEST_ID) if counted else 1
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).scalar()
    return min((last or 0) + 1, HIGHEST_ID)
