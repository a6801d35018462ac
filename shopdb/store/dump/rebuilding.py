"""A whole database from a file: tables by their owners' migrations at the file's revisions, then rows, then proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    table,
    update,
)

from shopdb.store import migrate
from shopdb.store.dump import loading
from shopdb.store.dump.making import add_missing_columns, make_tables
from shopdb.store.dump.reading import Dump
from shopdb.store.dump.shapes import VERSION_TABLES, is_version_table, tables_there
from shopdb.store.dump.writing import Progress, Told
from shopdb.store.engine import writing_engine
from shopdb.store.revisions import CORE, Owner

UNFINISHED = "restore unfinished"
MARKER = "shopdb_restoring"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made: the SHA-256 of each table's rows as they are in the database, and what no migration made.

    ``described`` are tables that came from their description alone, ``added`` columns that migrations do not know.
    """

    digests: dict[str, str]
    described: tuple[str, ...]
    added: dict[str, tuple[str, ...]]


def rebuild(engine: Engine, dump: Dump, owners: Sequence[tuple[Owner, str]], told: Told | None = None) -> Rebuilt:
    """Make in an empty database what the file holds, and see that each row is there as it is in the file.

    ``owners`` are those whose migrations are here, each with the file's revision, in the order in which they go.
    Until all is proved, no program takes the database for a site, and `left_behind` tells what it is. Raises
    `MigrationError`, `RowsRefusedError`, `RowsDifferError` or `BackupRefusedError`; the caller clears up.
    """
    _set_marker(engine)
    for number, (owner, revision) in enumerate(owners, start=1):
        if told:
            told(Progress("tables", owner.name, number, len(owners)))
        migrate.bring_to(engine, owner, revision)
        _set_revision(engine, CORE, UNFINISHED)
    described, added = _finish_tables(engine, dump)
    digests = _fill(engine, dump, told)
    _finish(engine, dump.manifest.facts.revisions)
    return Rebuilt(digests, described, added)


def left_behind(engine: Engine) -> bool:
    """Whether the database holds nothing but what a restore left that did not come to its end."""
    with engine.connect() as connection:
        if MARKER not in inspect(connection).get_table_names():
            return False
        return connection.scalar(select(_marker().c.note)) is not None


def clear(engine: Engine) -> None:
    """Drop every table."""
    with engine.connect() as connection:
        names = tables_there(connection)
    # The marker goes last: as long as anything is left, it is known what it is.
    migrate.drop_tables(engine, [name for name in names if name != MARKER])
    migrate.drop_tables(engine, [MARKER])


def _marker() -> Table:
    return Table(MARKER, MetaData(), Column("note", String(32), primary_key=True))


def _set_marker(engine: Engine) -> None:
    with writing_engine(engine).begin() as connection:
        _marker().create(connection, checkfirst=True)
        connection.execute(insert(_marker()).values(note=UNFINISHED))


def _finish(engine: Engine, revisions: Mapping[str, str]) -> None:
    """Let programs take the database for a site; at no moment is it one that `left_behind` would give up."""
    for owner, revision in revisions.items():
        if owner != CORE:
            _set_revision(engine, owner, revision)
    with writing_engine(engine).begin() as connection:
        connection.execute(update(_versions(CORE)).values(version_num=revisions[CORE]))
        connection.execute(delete(_marker()))
    with writing_engine(engine).begin() as connection:
        _marker().drop(connection)


def _finish_tables(engine: Engine, dump: Dump) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Make the tables and columns that no migration made."""
    with _verbatim(engine) as connection:
        there = set(tables_there(connection))
        wanted = [contents.shape for contents in dump.manifest.tables]
        missing = [shape for shape in wanted if shape.name not in there]
        make_tables(connection, missing)
        added = add_missing_columns(connection, [shape for shape in wanted if shape.name in there])
    return tuple(shape.name for shape in missing), added


def _fill(engine: Engine, dump: Dump, told: Told | None) -> dict[str, str]:
    tables = dump.manifest.tables
    with _verbatim(engine) as connection:
        for name in tables_there(connection):
            if not is_version_table(name) and name != MARKER:
                connection.execute(delete(table(name)))  # some migrations make rows
    done = 0
    for contents in tables:
        with _verbatim(engine) as connection:
            done += loading.load(connection, dump, contents, told, done)
    digests, done = {}, 0
    with engine.connect() as connection:
        for contents in tables:
            digests[contents.shape.name] = loading.check(connection, dump, contents, told, done)
            done += contents.rows
    with _verbatim(engine) as connection:
        loading.continue_counting(connection, [contents.shape for contents in tables])
    return digests


@contextmanager
def _verbatim(engine: Engine) -> Iterator[Connection]:
    with (
        writing_engine(engine).connect() as connection,
        loading.verbatim(connection),
        connection.begin(),
    ):
        yield connection


def _versions(owner: str) -> Table:
    """Return an owner's version table, as Alembic makes it."""
    name = VERSION_TABLES if owner == CORE else f"{VERSION_TABLES}_{owner}"
    return Table(name, MetaData(), Column("version_num", String(32), nullable=False, primary_key=True))


def _set_revision(engine: Engine, owner: str, revision: str) -> None:
    """Say in the owner's version table, made if it is not there, at which revision its tables are."""
    versions = _versions(owner)
    with writing_engine(engine).begin() as connection:
        versions.create(connection, checkfirst=True)
        if connection.scalar(select(versions.c.version_num)) is None:
            connection.execute(insert(versions).values(version_num=revision))
        else:
            connection.execute(update(versions).values(version_num=revision))
