"""Scratch copies of a database: what may go wrong is tried there first, and whatever happens, they are gone afterwards.

What a killed process leaves is removed by the next one that makes a scratch: each copy is locked for as long as its
process lives, and whose lock is free is dead.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shopdb.exceptions import ScratchRefusedError
from shopdb.store.copying import copy_tables
from shopdb.store.engine import is_mysql, open_engine

PREFIX = "shopdb_scratch_"
ALIVE = "alive"
NOT_ALLOWED = frozenset({1044, 1142, 1143, 1227})
YOUNG_SECONDS = 60
DAY_SECONDS = 86_400
_NAME = re.compile(rf"{PREFIX}([0-9a-f]{{8}})_([0-9a-f]{{8}})_[0-9a-f]{{8}}")
_LOG = logging.getLogger(__name__)


@contextmanager
def scratch(engine: Engine, rows_of: Collection[str] = ()) -> Iterator[Engine]:
    """Yield an engine on a copy of the database that may be done with as one likes; it is gone afterwards.

    On SQLite everything is copied. On MariaDB and MySQL it is the structure, the rows of every version table, of
    `plugins` and of ``rows_of``, and the rows that those point at; views, triggers and all other rows are not in it.
    Raises `ScratchRefusedError` where the account may not make a database.
    """
    if is_mysql(engine):
        with _database(engine) as (connection, name):
            with _told_if_refused(connection):
                copy_tables(connection, str(engine.url.database), name, rows_of)
            with _opened(engine.url.set(database=name).render_as_string(hide_password=False)) as copy:
                yield copy
        return
    with _folder() as folder, closing(sqlite3.connect(folder / "shop.db")) as target:
        with closing(engine.raw_connection()) as source:
            driver = source.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            # In one go: a copy made page by page begins again whenever somebody writes.
            driver.backup(target, pages=-1)
        target.close()
        with _opened(f"sqlite:///{folder / 'shop.db'}") as copy:
            yield copy


@contextmanager
def empty_scratch(engine: Engine) -> Iterator[Engine]:
    """Yield an engine on an empty database of the same kind, gone afterwards; nothing is read from the engine's own.

    Raises `ScratchRefusedError` as `scratch` does.
    """
    if is_mysql(engine):
        with (
            _database(engine) as (_, name),
            _opened(engine.url.set(database=name).render_as_string(hide_password=False)) as empty,
        ):
            yield empty
        return
    with _folder() as folder, _opened(f"sqlite:///{folder / 'shop.db'}") as empty:
        yield empty


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url, patient=True)
    try:
        yield engine
    finally:
        engine.dispose()


# --- MariaDB and MySQL ----------------------------------------------------------------------------------


@contextmanager
def _database(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """Yield a connection and the name of a new database, whose lock the connection holds."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Its modes and its lock are no good to whoever would take it from the pool.
        connection.detach()
        # Dates and numbers of long ago are copied as they are. An idle connection would lose the lock.
        connection.exec_driver_sql(
            f"SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO', foreign_key_checks=0, wait_timeout={DAY_SECONDS}"
        )
        server = _mark(connection)
        _drop_leftovers(connection, server)
        name = f"{PREFIX}{server}_{int(time.time()):08x}_{secrets.token_hex(4)}"
        connection.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name})
        characters, collation = connection.execute(text("SELECT @@character_set_database, @@collation_database")).one()
        with _told_if_refused(connection):
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET {characters} COLLATE {collation}")
        try:
            yield connection, name
        finally:
            _drop(connection, name)


def _mark(connection: Connection) -> str:
    """Return what tells this server from the others of its cluster: each knows only the locks that it gave."""
    facts = connection.execute(text("SELECT @@hostname, @@port, @@server_id")).one()
    return sha256(":".join(map(str, facts)).encode()).hexdigest()[:8]


def _drop_leftovers(connection: Connection, server: str) -> None:
    for name in connection.scalars(text("SHOW DATABASES LIKE :pattern"), {"pattern": f"{PREFIX}%"}).all():
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        if found[1] != server:
            # Whether another server's lock is held cannot be asked here; no rehearsal takes a day.
            if time.time() - int(found[2], 16) > DAY_SECONDS:
                _drop(connection, name)
        elif connection.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name}) == 1:
            _drop(connection, name)
            connection.scalar(text("SELECT RELEASE_LOCK(:name)"), {"name": name})


def _drop(connection: Connection, name: str) -> None:
    try:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
    except DBAPIError as failure:
        # What the caller did counts; the next scratch tries again.
        _LOG.warning("the scratch database %s is left behind: %s", name, failure.orig)


@contextmanager
def _told_if_refused(connection: Connection) -> Iterator[None]:
    try:
        yield
    except DBAPIError as failure:
        code, *reason = failure.orig.args if failure.orig is not None else (None,)
        if code not in NOT_ALLOWED:
            raise
        account = connection.scalar(text("SELECT CURRENT_USER()"))
        raise ScratchRefusedError(PREFIX, str(account), str(reason[0])) from failure


# --- SQLite ---------------------------------------------------------------------------------------------


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a new folder that is only this account's, locked by a file in it and removed afterwards."""
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = sqlite3.connect(folder / ALIVE, isolation_level=None)
    try:
        # A SQLite file, because its locks work on every platform.
        lock.execute("BEGIN EXCLUSIVE")
        yield folder
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    account = os.getuid() if hasattr(os, "getuid") else 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            facts = folder.lstat()
            # A young one may not have come to its lock yet.
            if facts.st_uid == account and time.time() - facts.st_mtime > YOUNG_SECONDS and _is_dead(folder):
                shutil.rmtree(folder)


def _is_dead(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        with closing(sqlite3.connect(folder / ALIVE, timeout=0, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True
