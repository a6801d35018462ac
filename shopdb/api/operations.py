"""The guarded operations of migrations: ``from shopdb.api import operations as op`` in a revision."""

from shopdb.store.operations import (
    add_column,
    alter_column,
    create_foreign_key,
    create_index,
    create_table,
    create_unique_constraint,
    drop_column,
    drop_constraint,
    drop_index,
    drop_table,
    execute,
    f,
    get_bind,
    is_sqlite,
)

__all__ = [
    "add_column",
    "alter_column",
    "create_foreign_key",
    "create_index",
    "create_table",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
    "drop_index",
    "drop_table",
    "execute",
    "f",
    "get_bind",
    "is_sqlite",
]
