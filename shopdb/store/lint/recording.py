"""What a revision does while it really runs, and power cuts in the middle of it.

Alembic gives every operation to one function, which is replaced meanwhile; plain SQL is seen where the engine sends
it. Who asked for it, the revision or one of shopdb's operations, is read from the stack.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from alembic.operations import AbstractOperations
from alembic.operations.ops import MigrateOperation
from sqlalchemy import Engine, event

from shopdb.store import operations
from shopdb.store.engine import is_mysql
from shopdb.store.lint.statements import changes, defines

# Not the module's own: code in a bundle was compiled elsewhere than its module lies.
_OPERATIONS_FILE = operations.execute.__code__.co_filename
_PLAIN_SQL = operations.execute.__name__


class PowerCut(BaseException):
    """The power goes off here; no ``except Exception`` of a revision keeps it on."""


@dataclass(slots=True)
class Recording:
    """What one run of a revision did, in order; ``bare`` operations went past shopdb's own.

    ``steps`` are the places where the power may go off.
    """

    operations: list[MigrateOperation] = field(default_factory=list)
    bare: list[MigrateOperation] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    steps: int = 0


class PowerCuts:
    """Cuts each run off before the first step that no run before it has come to.

    One run after another goes one step further than the last, until one comes to the end: the revision has then been
    cut off, and run again, after every step.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, int]] = set()
        self._here: Counter[str] = Counter()
        self.cut_off = False

    def begin(self) -> None:
        """Begin another run."""
        self._here.clear()
        self.cut_off = False

    def reach(self, step: str) -> None:
        """Cut the run off if it comes to this step for the first time and has done something already."""
        done = self._here.total()
        self._here[step] += 1
        key = (step, self._here[step])
        if key not in self._seen:
            self._seen.add(key)
            if done:
                self.cut_off = True
                raise PowerCut

    def pass_by(self, step: str) -> None:
        """Note a step before which the power stays on."""
        self._here[step] += 1


@contextmanager
def recording(engine: Engine, path: Path, cuts: PowerCuts | None = None) -> Iterator[Recording]:
    """Record what the revision of this file does on the engine's database, and nobody else elsewhere.

    With ``cuts``, MariaDB and MySQL are cut off between statements. SQLite stands for them where they are not to be
    had: it is cut off between operations, for it copies tables, and where those two would have committed.
    """
    watch = _Watch(engine, path, cuts)
    original = AbstractOperations.invoke

    def invoke(self: AbstractOperations, operation: Any) -> Any:
        bind = self.migration_context.connection
        if bind is not None and bind.engine.pool is engine.pool:
            watch.operation(operation)
        return original(self, operation)

    AbstractOperations.invoke = invoke  # type: ignore[method-assign]
    event.listen(engine, "before_cursor_execute", watch.statement)
    try:
        yield watch.recorded
    finally:
        event.remove(engine, "before_cursor_execute", watch.statement)
        AbstractOperations.invoke = original  # type: ignore[method-assign]


class _Watch:
    """Hears what is about to be done on one database."""

    def __init__(self, engine: Engine, path: Path, cuts: PowerCuts | None) -> None:
        self.recorded = Recording()
        self._between_statements = is_mysql(engine)
        self._path = path
        self._cuts = cuts
        self._uncommitted = False

    def operation(self, operation: MigrateOperation) -> None:
        """Hear of an operation."""
        self.recorded.operations.append(operation)
        if _asked_by(self._path) == "revision":
            self.recorded.bare.append(operation)
        if not self._between_statements:
            self._step(_named(operation))

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """Hear of a statement."""
        if not changes(statement):
            return
        if self._between_statements:
            self._step(statement)
        if defines(statement):
            self._uncommitted = False
        if _asked_by(self._path) in ("revision", "plain SQL"):
            self.recorded.statements.append(statement)
            self._uncommitted = not defines(statement)

    def _step(self, step: str) -> None:
        self.recorded.steps += 1
        if self._cuts is None:
            return
        if self._uncommitted and not self._between_statements:
            self._cuts.pass_by(step)
        else:
            self._cuts.reach(step)


def _asked_by(path: Path) -> Literal["revision", "plain SQL", "operation", ""]:
    """Return who asked for what is just done, "" for neither the revision nor one of its operations."""
    for frame, _ in traceback.walk_stack(None):
        if frame.f_code.co_filename == _OPERATIONS_FILE:
            return "plain SQL" if frame.f_code.co_name == _PLAIN_SQL else "operation"
        if Path(frame.f_code.co_filename) == path:
            return "revision"
    return ""


def _named(operation: MigrateOperation) -> str:
    """Return what tells an operation from the others of its revision."""
    facts = vars(operation)
    names = (facts.get(key) for key in ("table_name", "column_name", "index_name", "constraint_name", "sqltext"))
    column = getattr(facts.get("column"), "name", None)
    return " ".join(str(part) for part in (type(operation).__name__, *names, column) if part is not None)
