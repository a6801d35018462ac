"""Putting a file's rows into tables that are there and empty, and seeing afterwards that they are the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, column, func, select, table
from sqlalchemy.exc import DBAPIError

from shopdb.exceptions import RowsDifferError, RowsRefusedError
from shopdb.store.dump import cells, snapshot
from shopdb.store.dump.manifest import Contents
from shopdb.store.dump.reading import Dump
from shopdb.store.dump.shapes import LinkShape, TableShape
from shopdb.store.dump.writing import Progress, Told
from shopdb.store.engine import is_mysql
from shopdb.store.search import trigrams

LONGEST_SHOWN = 300


@contextmanager
def verbatim(connection: Connection) -> Iterator[None]:
    """Let rows in as they are, also before those that they point at; `orphans` says which of these never came.

    The connection must not be in a transaction yet.
    """
    if is_mysql(connection):
        # Its ways are no good to whoever would take it from the pool.
        connection.detach()
        connection.exec_driver_sql(
            "SET SESSION foreign_key_checks = 0, sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'"
        )
        connection.commit()
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.cursor().execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.cursor().execute("PRAGMA foreign_keys=ON")


def load(connection: Connection, dump: Dump, contents: Contents, told: Told | None = None, done: int = 0) -> int:
    """Put a table's rows in and return how many they are; ``done`` rows went before them.

    Raises `RowsRefusedError` for what the database does not take, and `BackupRefusedError`.
    """
    shape, put = contents.shape, 0
    statement = _insert(connection, shape)
    derived = _derived(connection, shape)
    for lines in dump.rows(contents):
        try:
            rows = [tuple(_filled(cells.values(line), derived)) for line in lines]
            connection.exec_driver_sql(statement, rows)
        except (DBAPIError, ValueError) as refused:
            raise RowsRefusedError(shape.name, _reason(refused)) from refused
        put += len(lines)
        if told:
            told(Progress("load", shape.name, done + put, dump.manifest.rows))
    return put


def check(connection: Connection, dump: Dump, contents: Contents, told: Told | None = None, done: int = 0) -> str:
    """Return the SHA-256 of the rows that are there now, which is the file's; otherwise `RowsDifferError` is raised."""
    digest, rows = hashlib.sha256(cells.line(contents.shape.names)), 0
    for lines in snapshot.lines(connection, contents.shape):
        digest.update(b"".join(lines))
        rows += len(lines)
        if told:
            told(Progress("check", contents.shape.name, done + rows, dump.manifest.rows))
    if (rows, digest.hexdigest()) != (contents.rows, contents.sha256):
        raise RowsDifferError(contents.shape.name, contents.rows, rows, _first_difference(connection, dump, contents))
    return contents.sha256


def orphans(connection: Connection, shape: TableShape) -> dict[LinkShape, int]:
    """Return how many rows point at a row that is not there, for each link of the table that has such rows."""
    counted = {link: _orphans(connection, shape, link) for link in shape.links}
    return {link: count for link, count in counted.items() if count}


def continue_counting(connection: Connection, shapes: Sequence[TableShape]) -> None:
    """See to it that new rows get numbers that no row ever had; on MariaDB and MySQL this ends the transaction."""
    quote = connection.dialect.identifier_preparer.quote
    for shape in shapes:
        if shape.next_id is None:
            continue
        if is_mysql(connection):
            connection.exec_driver_sql(f"ALTER TABLE {quote(shape.name)} AUTO_INCREMENT = {shape.next_id:d}")
            continue
        last = (shape.next_id - 1, shape.name)
        found = connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", last)
        if not found.rowcount:
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)", last)


def _insert(connection: Connection, shape: TableShape) -> str:
    quote = connection.dialect.identifier_preparer.quote
    mark = "%s" if is_mysql(connection) else "?"
    names, marks = ", ".join(map(quote, shape.names)), ", ".join([mark] * len(shape.names))
    return f"INSERT INTO {quote(shape.name)} ({names}) VALUES ({marks})"  # noqa: S608  quoted names, and marks


def _derived(connection: Connection, shape: TableShape) -> tuple[int, int] | None:
    """Return the places of a column that this engine wants worked out, and of the one that it comes from."""
    if shape.name not in snapshot.DERIVED or not is_mysql(connection):
        return None
    target, source = snapshot.DERIVED[shape.name]
    return shape.names.index(target), shape.names.index(source)


def _filled(values: list[Any], derived: tuple[int, int] | None) -> list[Any]:
    if derived is not None:
        target, source = derived
        values[target] = trigrams(values[source])
    return values


def _reason(refused: Exception) -> str:
    if isinstance(refused, DBAPIError) and refused.orig is not None:
        return str(refused.orig.args[-1] if refused.orig.args else refused.orig)
    return str(refused)


def _first_difference(connection: Connection, dump: Dump, contents: Contents) -> str:
    """Return what the first row that is not the same was, and what it became, by column and cut short."""
    wanted = chain.from_iterable(dump.rows(contents))
    found = chain.from_iterable(snapshot.lines(connection, contents.shape))
    for one, other in zip_longest(wanted, found):
        if one is None or other is None:
            return "a row too few" if other is None else "a row too many"
        if one != other:
            pairs = zip(contents.shape.names, cells.values(one), cells.values(other), strict=True)
            told = (f"{name} {was!r:.60} became {now!r:.60}" for name, was, now in pairs if was != now)
            return f"{cells.values(one)[0]!r:.60}: {', '.join(told)}"[:LONGEST_SHOWN]
    return "in another order"


def _orphans(connection: Connection, shape: TableShape, link: LinkShape) -> int:
    here, there = table(shape.name).alias("here"), table(link.table).alias("there")
    pairs: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = [
        (column(name, _selectable=here), column(target, _selectable=there))
        for name, target in zip(link.columns, link.targets, strict=True)
    ]
    statement = (
        select(func.count())
        .select_from(here.outerjoin(there, and_(*(one == other for one, other in pairs))))
        .where(*(one.is_not(None) for one, _ in pairs), pairs[0][1].is_(None))
    )
    return int(connection.scalar(statement) or 0)
