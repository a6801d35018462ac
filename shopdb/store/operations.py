"""The steps of a migration under the names of ``alembic.op``, each done only if it is not done yet.

MariaDB and MySQL commit every DDL statement by itself: a revision that fails half way leaves its first
statements, and without these guards running it again fails on the first of them. What SQLite cannot change in place
is changed by copying the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from alembic.operations.ops import CreateTableOp
from sqlalchemy.sql.schema import SchemaItem

from shopdb.store.base import NAMING, TABLE_OPTIONS

_COLUMN_COLLATION = r"""["`]?{column}["`]?\s+\w+\s*(?:\(\d+\))?\s+COLLATE\s+["`]?(\w+)"""


def create_table(name: str, *items: SchemaItem, **options: Any) -> None:
    """Create a table with its indexes, whichever of them are not there yet.

    ``items`` are columns, constraints and indexes; what has no name is named by shopdb's convention. Engine,
    character set and collation come by themselves.
    """
    if not _has_table(name):
        op.create_table(name, *items, **{**TABLE_OPTIONS, **options})
        return
    there = _names(_inspector().get_indexes(name))
    table = CreateTableOp(name, items).to_table(op.get_context())
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        if index.name not in there:
            op.get_context().impl.create_index(index)


def drop_table(name: str) -> None:
    """Drop a table with its indexes."""
    if _offline() or _has_table(name):
        op.drop_table(name)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column with its foreign key and index; NOT NULL needs a server default."""
    if not _has_column(table, column.name):
        with _altering(table) as batch:
            batch.add_column(column)


def drop_column(table: str, name: str) -> None:
    """Drop a column."""
    if _offline() or _has_column(table, name):
        with _altering(table) as batch:
            batch.drop_column(name)


def alter_column(table: str, name: str, **changes: Any) -> None:
    """Change ``type_``, ``nullable``, ``server_default`` or ``new_column_name`` of a column; the rest stays.

    MariaDB and MySQL state a column anew with each change, so what is not changed is read from the database.
    """
    if _offline():
        op.alter_column(table, name, **changes)
        return
    there = {column["name"]: column for column in _inspector().get_columns(table)}
    if name not in there and changes.get("new_column_name") in there:
        return
    found = there[name]
    default = found["default"]
    with _altering(table) as batch:
        batch.alter_column(
            name,
            existing_type=found["type"],
            existing_nullable=found["nullable"],
            existing_server_default=None if default is None else sa.text(str(default)),
            existing_comment=found.get("comment"),
            **changes,
        )


def create_index(name: str, table: str, columns: Sequence[str], **options: Any) -> None:
    """Create an index."""
    if _offline() or name not in _names(_inspector().get_indexes(table)):
        op.create_index(name, table, list(columns), **options)


def drop_index(name: str, table: str) -> None:
    """Drop an index."""
    if _offline() or name in _names(_inspector().get_indexes(table)):
        op.drop_index(name, table)


def create_unique_constraint(name: str, table: str, columns: Sequence[str]) -> None:
    """Create a unique constraint; rows that break it make the revision fail before anything is changed."""
    if _offline() or name not in _names(_inspector().get_unique_constraints(table)):
        with _altering(table) as batch:
            batch.create_unique_constraint(name, list(columns))


def create_foreign_key(
    name: str,
    source: str,
    target: str,
    columns: Sequence[str],
    target_columns: Sequence[str],
    *,
    ondelete: str | None = None,
) -> None:
    """Create a foreign key from the source table to the target table."""
    if _offline() or name not in _names(_inspector().get_foreign_keys(source)):
        with _altering(source) as batch:
            batch.create_foreign_key(name, target, list(columns), list(target_columns), ondelete=ondelete)


def drop_constraint(name: str, table: str, type_: str) -> None:
    """Drop a constraint; ``type_`` is "unique", "foreignkey" or "check"."""
    readers = {
        "unique": "get_unique_constraints",
        "foreignkey": "get_foreign_keys",
        "check": "get_check_constraints",
    }
    if _offline() or name in _names(getattr(_inspector(), readers[type_])(table)):
        with _altering(table) as batch:
            batch.drop_constraint(name, type_=type_)


def execute(statement: Any) -> None:
    """Run a statement as it is: write it so that running it twice does no harm."""
    op.execute(statement)


def get_bind() -> sa.Connection:
    """Return the connection on which the revision runs."""
    return op.get_bind()


def f(name: str) -> str:
    """Return a name that is final, so that no naming convention is applied to it."""
    return op.f(name)


def _offline() -> bool:
    return bool(op.get_context().as_sql)


def _inspector() -> sa.Inspector:
    return sa.inspect(op.get_bind())


def _has_table(name: str) -> bool:
    return not _offline() and _inspector().has_table(name)


def _has_column(table: str, name: str) -> bool:
    return not _offline() and name in _names(_inspector().get_columns(table))


def _names(reflected: Sequence[Any]) -> set[str | None]:
    return {one["name"] for one in reflected}


@contextmanager
def _altering(table: str) -> Iterator[BatchOperations]:
    """Give operations on one table, collected so that SQLite copies the table at most once."""
    reflection = {"listeners": [("column_reflect", _keep_collation)]}
    with op.batch_alter_table(table, naming_convention=NAMING, reflect_kwargs=reflection) as batch:
        yield batch


def _keep_collation(inspector: sa.Inspector, table: sa.Table, found: dict[str, Any]) -> None:
    """Put the collation into the type of a reflected text column: SQLite's reflection leaves it out."""
    if inspector.dialect.name != "sqlite" or not isinstance(found["type"], sa.String):
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    definition = inspector.bind.execute(query, {"name": table.name}).scalar_one()  # type: ignore[union-attr]
    pattern = _COLUMN_COLLATION.format(column=re.escape(found["name"]))
    if collation := re.search(pattern, definition, re.IGNORECASE):
        found["type"] = sa.String(found["type"].length, collation=collation[1])
