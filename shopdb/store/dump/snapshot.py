"""One moment of a database, read for as long as it takes while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, LargeBinary, cast, column, func, literal, select, table

from shopdb.store.dump import cells
from shopdb.store.dump.cells import Encoder
from shopdb.store.dump.shapes import ColumnShape, TableShape
from shopdb.store.engine import is_mysql

ROWS_AT_ONCE = 500
LONG_TEXTS_AT_ONCE = 100
BYTES_AT_ONCE = 16
WRITE_TIMEOUT_SECONDS = 3600

# The column of a table that is worked out from another one of its row, for one engine alone: it is told as empty.
DERIVED = {"search_entries": ("trigrams", "search_text")}


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees the database as it is now, whatever is committed meanwhile; it cannot write."""
    if not is_mysql(engine):
        with engine.connect() as connection, connection.begin():
            # The first thing that is read is what fixes the moment.
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").close()
            yield connection
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # The server gives up on a reader that takes longer over its rows, and compressing them takes its time.
        connection.exec_driver_sql(f"SET SESSION net_write_timeout = {WRITE_TIMEOUT_SECONDS}")
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        try:
            yield connection
        finally:
            # Whoever stopped in the middle has left rows unread, which only closing gets rid of at once.
            connection.invalidate()


def count(connection: Connection, name: str) -> int:
    """Return how many rows a table has."""
    return int(connection.scalar(select(func.count()).select_from(table(name))) or 0)


def lines(connection: Connection, shape: TableShape) -> Iterator[list[bytes]]:
    """Yield the rows of a table as lines, some at a time, in the same order on every engine."""
    shown = [_shown(shape.name, one) for one in shape.columns]
    by_name = {one.name: one for one in shape.columns}
    order = [_ordering(by_name[name]) for name in shape.key or shape.names]
    statement = select(*shown).select_from(table(shape.name)).order_by(*order)
    encoders = _encoders(connection, shape.columns)
    options = {"stream_results": True, "yield_per": _at_once(shape.columns)}
    for some in connection.execute(statement, execution_options=options).partitions():
        yield list(cells.encoded(some, encoders))


def _at_once(columns: Sequence[ColumnShape]) -> int:
    """Return how many rows are in memory at a time: fewer where one of them may be large."""
    unbounded = {one.kind for one in columns if one.length is None}
    if "bytes" in unbounded:
        return BYTES_AT_ONCE
    return LONG_TEXTS_AT_ONCE if "text" in unbounded else ROWS_AT_ONCE


def _shown(table_name: str, one: ColumnShape) -> ColumnElement[Any]:
    return literal("").label(one.name) if DERIVED.get(table_name, ("",))[0] == one.name else column(one.name)


def _ordering(one: ColumnShape) -> ColumnElement[Any]:
    # Engines sort letters by other rules, but bytes alike.
    return cast(column(one.name), LargeBinary) if one.kind == "text" else column(one.name)


def _encoders(connection: Connection, columns: Sequence[ColumnShape]) -> dict[int, Encoder]:
    if is_mysql(connection):
        return {}
    found: dict[int, Encoder] = {}
    for place, one in enumerate(columns):
        if one.kind == "decimal":
            found[place] = cells.decimal(one.places)
        elif one.kind == "moment":
            found[place] = cells.moment
        elif one.kind == "real":
            found[place] = cells.real
    return found
