"""Tables made from what a backup says of them, for owners whose code is not here: their data is kept all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeEngine

from shopdb.store.base import NAMING, TABLE_OPTIONS
from shopdb.store.dump.shapes import ColumnShape, IndexShape, TableShape, shapes
from shopdb.store.types import BigId, Moment, line

MYSQL = ("mysql", "mariadb")
LONGEST_BINARY = 255
LONGEST_INDEXED = 191
"""How much of a value without a bound an index on MariaDB and MySQL takes in."""

SIMPLE: Mapping[str, TypeEngine[Any]] = {
    "flag": Boolean(),
    "real": Double(),
    "moment": Moment(),
    "day": Date(),
    "time": Time().with_variant(mysql.TIME(fsp=6), *MYSQL),
}


def make_tables(connection: Connection, wanted: Sequence[TableShape]) -> None:
    """Make these tables, which are not there yet; the links among them and to those that are there included."""
    metadata = MetaData(naming_convention=NAMING)
    made = [_table(metadata, shape) for shape in wanted]
    _name_targets(metadata, wanted)
    # Whoever points at another table must come after it, or not check: this engine's checks are off.
    for table in made:
        table.create(connection)


def add_missing_columns(connection: Connection, wanted: Iterable[TableShape]) -> dict[str, tuple[str, ...]]:
    """Add to tables what they lack of columns, which some hand gave them once; return the columns by table."""
    added = {}
    wanted = tuple(wanted)
    there = {shape.name: shape for shape in shapes(connection, [shape.name for shape in wanted])}
    quote = connection.dialect.identifier_preparer.quote
    for shape in wanted:
        missing = [one for one in shape.columns if one.name not in there[shape.name].names]
        for one in missing:
            column = _table(MetaData(), TableShape(shape.name, (one,), ())).c[one.name]
            told = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {quote(shape.name)} ADD COLUMN {told}")
        if missing:
            added[shape.name] = tuple(one.name for one in missing)
    return added


def _table(metadata: MetaData, shape: TableShape) -> Table:
    columns = [_column(one, shape) for one in shape.columns]
    key = [PrimaryKeyConstraint(*shape.key)] if shape.key else []
    links = [
        ForeignKeyConstraint(
            link.columns, [f"{link.table}.{target}" for target in link.targets], ondelete=link.on_delete or None
        )
        for link in shape.links
    ]
    bounded = {one.name: one.length is not None or one.kind not in ("text", "bytes") for one in shape.columns}
    indexes = [_index(one, bounded) for one in shape.indexes]
    options: dict[str, Any] = {**TABLE_OPTIONS, "sqlite_autoincrement": _counts_up(shape)}
    return Table(shape.name, metadata, *columns, *key, *links, *indexes, **options)


def _column(one: ColumnShape, shape: TableShape) -> Column[Any]:
    return Column(
        one.name,
        _type(one),
        nullable=one.empty,
        server_default=one.default,
        autoincrement=_counts_up(shape) and shape.key == (one.name,),
    )


def _counts_up(shape: TableShape) -> bool:
    return shape.next_id is not None and len(shape.key) == 1


def _type(one: ColumnShape) -> TypeEngine[Any]:
    if one.kind == "integer":
        return BigId
    if one.kind == "decimal":
        return Numeric(one.precision, one.places)
    if one.kind == "bytes":
        if one.length is None or one.length > LONGEST_BINARY:
            return LargeBinary().with_variant(mysql.LONGBLOB(), *MYSQL)
        return LargeBinary(one.length).with_variant(mysql.BINARY(one.length), *MYSQL)
    if one.kind != "text":
        return SIMPLE[one.kind]
    if one.length is None:
        return Text().with_variant(mysql.LONGTEXT(), *MYSQL)
    if one.exact:
        return String(one.length).with_variant(String(one.length, collation="utf8mb4_bin"), *MYSQL)
    return line(one.length)


def _index(one: IndexShape, bounded: Mapping[str, bool]) -> Index | UniqueConstraint:
    if one.unique and all(bounded[name] for name in one.columns):
        return UniqueConstraint(*one.columns, name=one.name or None)
    cut = {name: LONGEST_INDEXED for name in one.columns if not bounded[name]}
    # A part of a value that is there twice says nothing of the whole: no such index is unique.
    return Index(one.name or None, *one.columns, unique=one.unique and not cut, mysql_length=cut, mariadb_length=cut)


def _name_targets(metadata: MetaData, wanted: Sequence[TableShape]) -> None:
    """Let the metadata know tables that are pointed at and not made here, as far as a foreign key needs it."""
    for shape in wanted:
        for link in shape.links:
            if link.table not in metadata.tables:
                Table(link.table, metadata)
            for target in link.targets:
                if target not in metadata.tables[link.table].c:
                    metadata.tables[link.table].append_column(Column(target, BigInteger))
