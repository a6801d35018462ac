"""What is wrong with what a revision did: judged by its operations and statements, not by their outcome."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from alembic.operations import ops
from sqlalchemy import Dialect
from sqlalchemy.types import to_instance

from shopdb.store.base import belongs_to
from shopdb.store.lint import statements
from shopdb.store.lint.fitting import narrows
from shopdb.store.lint.recording import Recording
from shopdb.store.revisions import CORE, Owner
from shopdb.store.shape import Shape

Problem = tuple[str, str]
"""A rule and what breaks it."""


def forward_problems(
    recorded: Recording, before: Shape, owner: Owner, owners: Iterable[Owner], dialect: Dialect
) -> Iterator[Problem]:
    """Yield what is wrong with the way forward of a revision that began at this shape."""
    judge = _Judge(before, dialect)
    for operation in recorded.operations:
        yield from judge.operation(operation)
    for statement in recorded.statements:
        yield from judge.statement(statement)
    yield from back_problems(recorded, owner, owners)


def back_problems(recorded: Recording, owner: Owner, owners: Iterable[Owner]) -> Iterator[Problem]:
    """Yield what is wrong with a way back, which may take away whatever the way forward brought."""
    for operation in recorded.bare:
        yield "M004", f"alembic's {_name(operation)} runs without a guard"
    is_own = ownership(owner, owners)
    written = [_table(operation) for operation in recorded.operations]
    written += [statements.target(statement) for statement in recorded.statements]
    for table in dict.fromkeys(written):
        if table and not is_own(table):
            yield "M023", f"it writes to {table}, which is not a table of {owner.name}"


def ownership(owner: Owner, owners: Iterable[Owner]) -> Callable[[str], bool]:
    """Return what tells an owner's tables from all others, those included that no model names any more."""
    others = [other for other in owners if other.name != owner.name]
    taken = {table for other in others for table in (*other.metadata.tables, other.version_table)}

    def is_own(table: str) -> bool:
        if table in owner.metadata.tables:
            return True
        if table in taken or table == owner.version_table:
            return False
        if owner.name == CORE:
            return not any(belongs_to(other.name, table) for other in others)
        return belongs_to(owner.name, table)

    return is_own


@dataclass(slots=True)
class _Judge:
    """Judges one operation after another; what the revision itself has made has no rows and nobody who reads it."""

    before: Shape
    dialect: Dialect
    made: set[str] = field(default_factory=set)
    empty: set[tuple[str, str]] = field(default_factory=set)

    def operation(self, operation: ops.MigrateOperation) -> Iterator[Problem]:
        if isinstance(operation, ops.CreateTableOp):
            self.made.add(operation.table_name)
        if not self._is_old(_table(operation)):
            return
        match operation:
            case ops.DropTableOp():
                yield "M010", f"it drops the table {operation.table_name}"
            case ops.RenameTableOp():
                yield "M011", f"it renames the table {operation.table_name} to {operation.new_table_name}"
            case ops.DropColumnOp():
                yield "M012", f"it drops the column {operation.table_name}.{operation.column_name}"
            case ops.AlterColumnOp():
                yield from self._altered(operation)
            case ops.AddColumnOp():
                yield from self._added(operation)
            case ops.CreateUniqueConstraintOp():
                yield from self._unique(operation.table_name, operation.columns)
            case ops.CreateIndexOp() if operation.unique:
                yield from self._unique(operation.table_name, operation.columns)
            case _:
                pass

    def statement(self, statement: str) -> Iterator[Problem]:
        if not self._is_old(statements.target(statement)):
            return
        if statements.renames(statement):
            yield "M011", f"plain SQL renames a table: {statements.shown(statement)}"
        elif statements.loses(statement):
            yield "M015", f"plain SQL may lose what is there: {statements.shown(statement)}"

    def _is_old(self, table: str) -> bool:
        return table in self.before.tables and table not in self.made

    def _altered(self, change: ops.AlterColumnOp) -> Iterator[Problem]:
        column = f"{change.table_name}.{change.column_name}"
        if change.modify_name and change.modify_name != change.column_name:
            yield "M013", f"it renames the column {column} to {change.modify_name}"
        if change.modify_type is not None and change.existing_type is not None:
            kinds = (to_instance(kind) for kind in (change.existing_type, change.modify_type))
            before, after = (kind.compile(dialect=self.dialect) for kind in kinds)
            if narrows(before, after):
                yield "M014", f"not every {before} of {column} fits into {after}"
        if change.modify_nullable is False and change.existing_nullable is not False:
            yield "M021", f"it makes {column} NOT NULL, where rows may have nothing"

    def _added(self, addition: ops.AddColumnOp) -> Iterator[Problem]:
        column = addition.column
        if column.computed is not None or column.server_default is not None:
            return
        if column.nullable:
            self.empty.add((addition.table_name, column.name))
        else:
            yield "M020", f"{addition.table_name}.{column.name} is NOT NULL and has no server default"

    def _unique(self, table: str, columns: Iterable[object]) -> Iterator[Problem]:
        names = [str(getattr(column, "name", column)) for column in columns]
        if not any((table, name) in self.empty for name in names):
            yield "M022", f"it makes ({', '.join(names)}) of {table} unique, where rows may be alike"


def _table(operation: ops.MigrateOperation) -> str:
    """Return the table that an operation changes, "" for none."""
    for name in ("table_name", "source_table"):
        if table := getattr(operation, name, None):
            return str(table)
    return str(getattr(getattr(operation, "table", None), "name", ""))


def _name(operation: ops.MigrateOperation) -> str:
    """Return the operation by the name that a revision calls it by."""
    words = re.findall(r"[A-Z][a-z]+|SQL", type(operation).__name__.removesuffix("Op"))
    return "_".join(word.lower() for word in words if word != "SQL")
