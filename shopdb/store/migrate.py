"""Runs migrations: one history per owner, core first, one process at a time (ADR 008)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from shopdb.exceptions import BrokenHistoryError, MigrationBusyError, MigrationError
from shopdb.store.engine import is_mysql, writing_engine
from shopdb.store.exclusive import LockBusy, only_one
from shopdb.store.revisions import CORE, Owner, Revision, current, history

LOCK_SECONDS = 900.0

# alembic.op and alembic.context are globals of the process: two migrations at once would mix databases up.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Step:
    """One revision that was applied: whose, which, and the how-manieth of all that there are to do."""

    owner: str
    revision: str
    title: str
    done: int
    total: int


def upgrade(
    engine: Engine, owners: Sequence[Owner], on_progress: Callable[[Step], None] | None = None
) -> tuple[Step, ...]:
    """Bring every owner's tables to the newest revision; return the steps that this process took.

    Owners are migrated in the order given. A plugin that fails does not stop the others; core does. Raises
    `MigrationError` at the end, naming every owner that stopped. Several processes may call this at once: one
    migrates, the others wait for it and find nothing to do. The engine should be a patient one.
    """
    steps: list[Step] = []
    stopped: dict[str, tuple[str, str]] = {}
    with alone(engine):
        plans = _plans(engine, owners, stopped)
        total = sum(len(plan) for plan in plans.values())

        def applied(owner: Owner, revision: Revision) -> None:
            steps.append(Step(owner.name, revision.id, revision.title, len(steps) + 1, total))
            if on_progress:
                on_progress(steps[-1])

        for owner in owners:
            if CORE in stopped:
                break
            if plan := plans.get(owner.name):
                _apply(engine, owner, plan, applied, stopped)
    if stopped:
        raise MigrationError(stopped)
    return tuple(steps)


def bring_to(engine: Engine, owner: Owner, revision: str, *, power_cut: type[BaseException] | None = None) -> None:
    """Bring an owner's tables forward to one revision of its history, and not to the newest.

    A ``power_cut`` that is raised meanwhile ends it without a word; what was done stays, also on SQLite, which takes
    everything back otherwise.
    """
    cuts = () if power_cut is None else (power_cut,)
    with alone(engine):
        try:
            _run(engine, owner, lambda script, found: script._upgrade_revs(revision, found), cuts=cuts)  # noqa: SLF001
        except (Exception, SystemExit) as failure:
            raise MigrationError({owner.name: (revision, reason_of(failure))}) from failure


def downgrade(engine: Engine, owner: Owner, revision: str = "base") -> None:
    """Take an owner's tables back to a revision; "base" is before the first, with no table left."""
    with alone(engine):
        try:
            _run(engine, owner, lambda script, found: script._downgrade_revs(revision, found))  # noqa: SLF001
        except (Exception, SystemExit) as failure:
            at = current(engine, [owner])[owner.name]
            raise MigrationError({owner.name: (at, reason_of(failure))}) from failure


def take_back(engine: Engine, owner: Owner, revision: str) -> None:
    """Take an owner's tables back to a revision, also from the middle of a later one that was cut off.

    MariaDB and MySQL keep what such a one has done so far; guarded operations undo as much of it as there is. Raises
    `MigrationError`.
    """
    with alone(engine):
        at = current(engine, [owner])[owner.name]
        known = [one.id for one in history(owner.name, owner.script_location)]
        following = known[known.index(at) + 1 :] if at else known
        try:
            if is_mysql(engine) and following:
                _run(engine, owner, lambda script, found: script._stamp_revs(following[0], found))  # noqa: SLF001
            _run(engine, owner, lambda script, found: script._downgrade_revs(revision or "base", found))  # noqa: SLF001
        except (Exception, SystemExit) as failure:
            raise MigrationError({owner.name: (at or "nothing", reason_of(failure))}) from failure


def drop_tables(engine: Engine, tables: Collection[str]) -> None:
    """Drop these tables, in whichever order they need one another, where they are."""
    _for_each(engine, tables, "DROP TABLE")


def empty_tables(engine: Engine, tables: Collection[str]) -> None:
    """Delete every row of these tables, in whichever order they need one another, where they are."""
    _for_each(engine, tables, "DELETE FROM")


def _for_each(engine: Engine, tables: Collection[str], statement: str) -> None:
    with alone(engine), migrating(engine) as connection:
        there = set(inspect(connection).get_table_names())
        quote = connection.dialect.identifier_preparer.quote_identifier
        if is_mysql(engine):
            connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        try:
            for name in sorted(there.intersection(tables)):
                connection.exec_driver_sql(f"{statement} {quote(name)}")
        finally:
            if is_mysql(engine):
                connection.commit()
                connection.exec_driver_sql("SET SESSION foreign_key_checks = 1")


def options(owner: Owner) -> dict[str, Any]:
    """Return what Alembic is told of an owner, here and in migrations/env.py."""
    return {"target_metadata": owner.metadata, "version_table": owner.version_table}


def reason_of(failure: BaseException) -> str:
    """Return what a failed migration can say of itself in one line, without statements and parameters."""
    if isinstance(failure, DBAPIError) and failure.orig is not None:
        failure = failure.orig
    return " ".join(str(part) for part in failure.args) or type(failure).__name__


def _plans(
    engine: Engine, owners: Sequence[Owner], stopped: dict[str, tuple[str, str]]
) -> dict[str, tuple[Revision, ...]]:
    """Return the revisions that each owner still has to take; those who cannot take any go to ``stopped``."""
    found = current(engine, owners)
    plans: dict[str, tuple[Revision, ...]] = {}
    for owner in owners:
        at = found[owner.name]
        try:
            revisions = history(owner.name, owner.script_location)
        except BrokenHistoryError as broken:
            stopped[owner.name] = (at or "nothing", str(broken))
            continue
        known = [revision.id for revision in revisions]
        if at and at not in known:
            stopped[owner.name] = (
                at,
                f"this program only knows revisions up to {known[-1]}; a newer one made the tables",
            )
        else:
            plans[owner.name] = revisions[known.index(at) + 1 :] if at else revisions
    return plans


def _apply(
    engine: Engine,
    owner: Owner,
    plan: Sequence[Revision],
    applied: Callable[[Owner, Revision], None],
    stopped: dict[str, tuple[str, str]],
) -> None:
    ahead = list(plan)

    def on_version_apply(**_facts: Any) -> None:
        applied(owner, ahead.pop(0))

    try:
        # Alembic's own cookbook runs migrations from a program this way; there is no public name for it.
        _run(engine, owner, lambda script, found: script._upgrade_revs("head", found), on_version_apply)  # noqa: SLF001
    except (Exception, SystemExit) as failure:  # noqa: BLE001 a plugin's revision may raise anything
        stopped[owner.name] = (ahead[0].id if ahead else plan[-1].id, reason_of(failure))


def _run(
    engine: Engine,
    owner: Owner,
    revisions: Callable[[ScriptDirectory, Any], Any],
    on_version_apply: Callable[..., None] | None = None,
    cuts: tuple[type[BaseException], ...] = (),
) -> None:
    script = ScriptDirectory(str(owner.script_location))

    def plan(found: Any, _context: Any) -> Any:
        return revisions(script, found)

    with (
        migrating(engine) as connection,
        EnvironmentContext(Config(), script, fn=plan) as environment,
    ):
        environment.configure(connection=connection, on_version_apply=on_version_apply, **options(owner))
        with suppress(*cuts), environment.begin_transaction():
            environment.run_migrations()


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Give a connection to migrate on; on SQLite the whole history of an owner is one transaction."""
    with writing_engine(engine).connect() as connection:
        if is_mysql(connection):
            yield connection
            return
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        # A table that is copied is dropped once: with the pragma on, its children's rows would go with it.
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if orphans:
                    message = f"rows of {orphans[0][0]} point at {orphans[0][2]} rows that are not there"
                    raise sqlite3.IntegrityError(message)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Keep every other process and thread from migrating the same database meanwhile."""
    with _ONE_AT_A_TIME:
        try:
            with only_one(engine, "migrate", LOCK_SECONDS):
                yield
        except LockBusy as busy:
            raise MigrationBusyError(LOCK_SECONDS) from busy
