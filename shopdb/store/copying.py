"""Copies the tables of one database of a MariaDB or MySQL server into another, and the rows of some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TableClause, column, insert, select, table, text, tuple_

from shopdb.store.shape import definition_of

ROWS_ALWAYS = ("plugins", "alembic_version")


@dataclass(frozen=True, slots=True)
class Pointer:
    """A foreign key: its columns, the table that it points at, and the columns there."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


def copy_tables(connection: Connection, source: str, target: str, rows_of: Collection[str]) -> None:
    """Make the tables of the source in the target, with the rows of version tables, `plugins` and ``rows_of``.

    Rows that those point at come with them, for foreign keys to hold. The connection works on the source at first
    and on the target afterwards; it must not check foreign keys.
    """
    kinds = connection.execute(text("SHOW FULL TABLES")).all()
    definitions = {name: definition_of(connection, name) for name, kind in kinds if kind != "VIEW"}
    wanted = {*rows_of, *ROWS_ALWAYS, *(name for name in definitions if name.startswith("alembic_version_"))}
    connection.exec_driver_sql(f"USE {target}")
    for definition in definitions.values():
        connection.exec_driver_sql(definition.replace("%", "%%"))
    columns = _kept_columns(connection, target)
    filled = [name for name in definitions if name in wanted]
    for name in filled:
        there = _table(name, columns, source)
        connection.execute(insert(_table(name, columns)).from_select(columns[name], select(*there.c)))
    _fill_targets(connection, source, filled, columns)


def _fill_targets(
    connection: Connection, source: str, filled: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> None:
    """Copy the rows that filled tables point at, and those that these point at, until none is missing."""
    pointers = _pointers(connection, source)
    waiting = [*filled]
    while waiting:
        child = _table(waiting.pop(), columns)
        for pointer in pointers[child.name]:
            here, there = _table(pointer.target, columns), _table(pointer.target, columns, source)
            wanted = select(*(child.c[name] for name in pointer.columns))
            found = select(*(here.c[name] for name in pointer.target_columns))
            key = tuple_(*(there.c[name] for name in pointer.target_columns))
            missing = select(*there.c).where(key.in_(wanted), key.not_in(found))
            if connection.execute(insert(here).from_select(columns[here.name], missing)).rowcount:
                waiting.append(here.name)


def _pointers(connection: Connection, database: str) -> Mapping[str, Sequence[Pointer]]:
    """Return the foreign keys within the database by the table that has them."""
    query = text(
        "SELECT table_name, constraint_name, referenced_table_name, column_name, referenced_column_name "
        "FROM information_schema.key_column_usage "
        "WHERE table_schema = :database AND referenced_table_schema = :database "
        "ORDER BY table_name, constraint_name, ordinal_position"
    )
    pairs: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for *key, own, theirs in connection.execute(query, {"database": database}):
        pairs[key[0], key[1], key[2]].append((own, theirs))
    found: dict[str, list[Pointer]] = defaultdict(list)
    for (name, _, target), columns in pairs.items():
        own_columns, target_columns = zip(*columns, strict=True)
        found[name].append(Pointer(own_columns, target, target_columns))
    return found


def _kept_columns(connection: Connection, database: str) -> Mapping[str, Sequence[str]]:
    """Return the columns of each table that hold something and are not computed."""
    query = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = :database "
        "AND COALESCE(generation_expression, '') = '' ORDER BY table_name, ordinal_position"
    )
    found: dict[str, list[str]] = defaultdict(list)
    for name, one in connection.execute(query, {"database": database}):
        found[name].append(one)
    return found


def _table(name: str, columns: Mapping[str, Sequence[str]], database: str | None = None) -> TableClause:
    return table(name, *(column(one) for one in columns[name]), schema=database)
