"""The steps of a migration under the names of ``alembic.op``, each done only if it is not done yet.

MariaDB and MySQL commit every DDL statement by itself: a revision that fails half way leaves its first
statements, and without these guards running it again fails on the first of them. What SQLite cannot change in place
is changed by copying the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from alembic.operations.ops import CreateTableOp
from sqlalchemy.sql.schema import SchemaItem

from shopdb.store.base import NAMING, TABLE_OPTIONS, counts_up
from shopdb.store.shape import collation_of

_READERS = {
    "unique": "get_unique_constraints",
    "foreignkey": "get_foreign_keys",
    "check": "get_check_constraints",
}


def create_table(table_name: str, *items: SchemaItem, **options: Any) -> None:
    """Create a table with its indexes, whichever of them are not there yet.

    ``items`` are columns, constraints and indexes; what has no name is named by shopdb's convention. Engine,
    character set and collation come by themselves, and so does that no number is given to two rows.
    """
    if not _has_table(table_name):
        counting = {"sqlite_autoincrement": counts_up([item for item in items if _is_key(item)])}
        op.create_table(table_name, *items, **{**TABLE_OPTIONS, **counting, **options})
        return
    there = _names(_inspector().get_indexes(table_name))
    table = CreateTableOp(table_name, items).to_table(op.get_context())
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        if index.name not in there:
            op.get_context().impl.create_index(index)


def drop_table(table_name: str) -> None:
    """Drop a table with its indexes."""
    if _offline() or _has_table(table_name):
        op.drop_table(table_name)


def add_column(table_name: str, column: sa.Column[Any]) -> None:
    """Add a column with its foreign key, index and unique constraint; NOT NULL needs a server default."""
    table = sa.Table(table_name, sa.MetaData(naming_convention=NAMING), column)
    if not _has_column(table_name, column.name):
        bare: sa.Column[Any] = sa.Column(
            column.name, column.type, nullable=column.nullable, server_default=column.server_default
        )
        with _altering(table_name) as batch:
            batch.add_column(bare)
    for key in table.foreign_key_constraints:
        target, _, remote = key.elements[0].target_fullname.rpartition(".")
        create_foreign_key(str(key.name), table_name, target, [column.name], [remote], ondelete=key.ondelete)
    for index in table.indexes:
        create_index(str(index.name), table_name, [column.name], unique=bool(index.unique))
    if column.unique and not column.index:
        name = next(str(one.name) for one in table.constraints if isinstance(one, sa.UniqueConstraint))
        create_unique_constraint(name, table_name, [column.name])


def drop_column(table_name: str, column_name: str) -> None:
    """Drop a column."""
    if _offline() or _has_column(table_name, column_name):
        with _altering(table_name) as batch:
            batch.drop_column(column_name)


def alter_column(table_name: str, column_name: str, **changes: Any) -> None:
    """Change ``type_``, ``nullable``, ``server_default`` or ``new_column_name`` of a column; the rest stays.

    MariaDB and MySQL state a column anew with each change. What is not changed is read from the database, so
    ``existing_...`` arguments, which alembic.op needs for that, are not looked at.
    """
    if _offline():
        op.alter_column(table_name, column_name, **changes)
        return
    there = {column["name"]: column for column in _inspector().get_columns(table_name)}
    if column_name not in there and changes.get("new_column_name") in there:
        return
    if column_name not in there:
        raise LookupError(f"{table_name} has no column {column_name} to alter")
    found = there[column_name]
    default = found["default"]
    wanted = {name: value for name, value in changes.items() if not name.startswith("existing_")}
    with _altering(table_name) as batch:
        batch.alter_column(
            column_name,
            existing_type=found["type"],
            existing_nullable=found["nullable"],
            existing_server_default=None if default is None else sa.text(str(default)),
            existing_comment=found.get("comment"),
            **wanted,
        )


def create_index(index_name: str, table_name: str, columns: Sequence[str], **options: Any) -> None:
    """Create an index; ``unique=True`` makes it one."""
    if _offline() or index_name not in _names(_inspector().get_indexes(table_name)):
        op.create_index(index_name, table_name, list(columns), **options)


def drop_index(index_name: str, table_name: str) -> None:
    """Drop an index."""
    if _offline() or index_name in _names(_inspector().get_indexes(table_name)):
        op.drop_index(index_name, table_name)


def create_unique_constraint(constraint_name: str, table_name: str, columns: Sequence[str]) -> None:
    """Create a unique constraint; rows that break it make the revision fail."""
    if _offline() or constraint_name not in _names(_inspector().get_unique_constraints(table_name)):
        with _altering(table_name) as batch:
            batch.create_unique_constraint(constraint_name, list(columns))


def create_foreign_key(
    constraint_name: str,
    source_table: str,
    referent_table: str,
    local_cols: Sequence[str],
    remote_cols: Sequence[str],
    *,
    ondelete: str | None = None,
) -> None:
    """Create a foreign key from the source table to the table that it refers to."""
    if _offline() or constraint_name not in _names(_inspector().get_foreign_keys(source_table)):
        columns = list(local_cols), list(remote_cols)
        with _altering(source_table) as batch:
            batch.create_foreign_key(constraint_name, referent_table, *columns, ondelete=ondelete)


def drop_constraint(constraint_name: str, table_name: str, type_: str) -> None:
    """Drop a constraint; ``type_`` is "unique", "foreignkey" or "check"."""
    if _offline() or constraint_name in _names(getattr(_inspector(), _READERS[type_])(table_name)):
        with _altering(table_name) as batch:
            batch.drop_constraint(constraint_name, type_=type_)


def execute(statement: Any) -> None:
    """Run a statement as it is: write it so that running it twice does no harm."""
    op.execute(statement)


def get_bind() -> sa.Connection:
    """Return the connection on which the revision runs."""
    return op.get_bind()


def is_sqlite() -> bool:
    """Whether SQLite is migrated, and not MariaDB or MySQL."""
    return op.get_context().dialect.name == "sqlite"


def f(name: str) -> str:
    """Return a name that is final, so that no naming convention is applied to it."""
    return op.f(name)


def _is_key(item: SchemaItem) -> TypeGuard[sa.Column[Any]]:
    return isinstance(item, sa.Column) and item.primary_key


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
    highest = _highest_number(table)
    counting = {"sqlite_autoincrement": highest is not None}
    with op.batch_alter_table(
        table, naming_convention=NAMING, reflect_kwargs=reflection, table_kwargs=counting
    ) as batch:
        yield batch
    if highest is not None:
        # SQLite's copy has only seen the rows that are there now.
        sequence = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
        op.execute(sa.delete(sequence).where(sequence.c.name == table))
        op.execute(sa.insert(sequence).values(name=table, seq=highest))


def _highest_number(table: str) -> int | None:
    """Return the highest number that SQLite has given to a row of the table; None where nobody counts."""
    if _offline() or op.get_bind().dialect.name != "sqlite":
        return None
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    if "AUTOINCREMENT" not in str(op.get_bind().scalar(query, {"name": table})):
        return None
    return op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}) or 0


def _keep_collation(inspector: sa.Inspector, table: sa.Table, found: dict[str, Any]) -> None:
    """Put the collation into the type of a reflected text column: SQLite's reflection leaves it out."""
    if inspector.dialect.name != "sqlite" or not isinstance(found["type"], sa.String):
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    definition = inspector.bind.execute(query, {"name": table.name}).scalar_one()  # type: ignore[union-attr]
    if collation := collation_of(definition, found["name"]):
        found["type"] = sa.String(found["type"].length, collation=collation)
