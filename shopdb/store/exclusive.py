"""Locks between the processes and hosts that work on one database; each goes with its holder, however that ends."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text

from shopdb.store.engine import is_mysql
from shopdb.store.ownership import hand_over

LONGEST_LOCK_NAME = 64
LOCK_TRY_SECONDS = 5.0


class LockBusy(Exception):
    """Somebody else holds the lock longer than was waited for; callers say it in their own words."""


@contextmanager
def only_one(engine: Engine, purpose: str, patience: float) -> Iterator[None]:
    """Keep every other process from doing the same on this database meanwhile; ``patience`` is in seconds.

    Raises `LockBusy`.
    """
    with _named_lock(engine, purpose, patience) if is_mysql(engine) else _lock_file(engine, purpose, patience):
        yield


@contextmanager
def _named_lock(engine: Engine, purpose: str, patience: float) -> Iterator[None]:
    """Hold the server's lock of this name; it goes with its connection."""
    name = f"shopdb.{purpose}.{engine.url.database}"[:LONGEST_LOCK_NAME]
    deadline = time.monotonic() + patience
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ask = text("SELECT GET_LOCK(:name, :seconds)")
        while connection.scalar(ask, {"name": name, "seconds": min(patience, LOCK_TRY_SECONDS)}) != 1:
            if time.monotonic() >= deadline:
                raise LockBusy
        try:
            yield
        finally:
            connection.scalar(text("SELECT RELEASE_LOCK(:name)"), {"name": name})


@contextmanager
def _lock_file(engine: Engine, purpose: str, patience: float) -> Iterator[None]:
    """Hold a lock file beside the database: a SQLite file, because its locks work on every platform."""
    path = Path(f"{engine.url.database}.{purpose}")
    path.parent.mkdir(parents=True, exist_ok=True)
    _make(path, Path(str(engine.url.database)))
    lock = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as busy:
            raise LockBusy from busy
        yield
    finally:
        lock.close()


def _make(path: Path, database: Path) -> None:
    """Make a lock file for those alone who may write the database; one that is there stays as it is."""
    with suppress(OSError):  # SQLite says it better
        mode = stat.S_IMODE(database.stat().st_mode) if database.exists() else 0o600
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
        hand_over(path.parent, path)
