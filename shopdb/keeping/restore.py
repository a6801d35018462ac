"""Bringing a backup into an empty database of either engine, and seeing that every row of it is there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from shopdb.config import Settings
from shopdb.exceptions import DatabaseNotEmptyError, NotASiteError, RestoreBusyError
from shopdb.keeping import code
from shopdb.keeping.code import Plan
from shopdb.keeping.sites import reached, unbroken
from shopdb.store.dump import opened, verify
from shopdb.store.dump.manifest import Manifest
from shopdb.store.dump.rebuilding import Rebuilt, clear, left_behind, rebuild
from shopdb.store.dump.shapes import tables_there
from shopdb.store.dump.writing import Told, put_in_place
from shopdb.store.engine import open_engine
from shopdb.store.exclusive import LockBusy, only_one

LOCK = "restore"
PATIENCE_SECONDS = 2.0
BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was brought into a database: the backup's own account of it, and the digests that were found there."""

    path: Path
    manifest: Manifest
    rebuilt: Rebuilt
    plan: Plan

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        facts = self.manifest.facts
        return {
            "path": str(self.path),
            "made_at": facts.made_at.isoformat(),
            "site": facts.site,
            "application": facts.application,
            "engine": facts.engine,
            "revisions": dict(facts.revisions),
            "without_code": list(self.plan.described),
            "rows": self.manifest.rows,
            "tables": {
                contents.shape.name: {"rows": contents.rows, "sha256": self.rebuilt.digests[contents.shape.name]}
                for contents in self.manifest.tables
            },
        }


def look_at(path: Path, passphrase: str | None = None, told: Told | None = None) -> Manifest:
    """Return what a backup of a site says of itself, once every byte of it was read and found to be right.

    Raises `BackupRefusedError`, `BackupKeyError` or `NotASiteError`.
    """
    manifest = verify(path, passphrase, told)
    if manifest.facts.kind != "site":
        raise NotASiteError(path, str(manifest.facts.about.get("name", "somebody")))
    return manifest


def check_empty(settings: Settings) -> None:
    """Raise `DatabaseNotEmptyError` unless the site's database is empty, or not there, or of a restore cut short."""
    if settings.database_file and not settings.database_file.exists():
        return
    with reached(settings) as engine:
        _check_empty(settings, engine)


def restore(settings: Settings, path: Path, passphrase: str | None = None, told: Told | None = None) -> Restored:
    """Bring a backup that `look_at` has read into the site's database, at the revisions of its own time.

    Everything or nothing: on SQLite the file gets its name when all of it is proved, on MariaDB and MySQL no program
    takes what is there for a site before. Raises what `rebuild` raises, `CodeMissingError`, `DatabaseNotEmptyError`
    `RestoreBusyError` or `DatabaseBrokeOffError`.
    """
    with (
        unbroken(settings),
        tempfile.TemporaryDirectory(prefix="shopdb-restore-") as folder,
        opened(path, passphrase) as dump,
    ):
        check_empty(settings)
        plan = code.plan(dump, settings, Path(folder))
        with _target(settings) as engine:
            rebuilt = rebuild(engine, dump, plan.owners, told)
        return Restored(path=path, manifest=dump.manifest, rebuilt=rebuilt, plan=plan)


def _check_empty(settings: Settings, engine: Engine) -> None:
    with engine.connect() as connection:
        tables = tables_there(connection)
    if tables and not left_behind(engine):
        raise DatabaseNotEmptyError(settings.database_label, tables)


@contextmanager
def _target(settings: Settings) -> Iterator[Engine]:
    """Give an empty database that is the site's when the block ends well, and gone or empty again when it does not."""
    file = settings.database_file
    if file is None:
        with reached(settings) as engine, _alone(settings, engine):
            _check_empty(settings, engine)  # somebody else may have been first
            if left_behind(engine):
                clear(engine)
            try:
                yield engine
            except BaseException:
                clear(engine)
                raise
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.restoring")
    with _closed(open_engine(settings.database_url)) as site, _alone(settings, site):
        _remove(draft)
        draft.touch(mode=0o600)
        try:
            with _closed(open_engine(f"sqlite:///{draft}", patient=True)) as engine:
                yield engine
                with engine.connect() as connection:
                    # One file again: what is beside it does not go with the name.
                    driver = connection.connection.driver_connection
                    assert driver is not None
                    driver.cursor().execute("PRAGMA journal_mode=DELETE")
            check_empty(settings)
            for ending in BESIDE:
                file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)
            put_in_place(draft, file)
        finally:
            _remove(draft)


@contextmanager
def _closed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _alone(settings: Settings, engine: Engine) -> Iterator[None]:
    try:
        with only_one(engine, LOCK, PATIENCE_SECONDS):
            yield
    except LockBusy as busy:
        raise RestoreBusyError(settings.database_label) from busy


def _remove(draft: Path) -> None:
    for ending in ("", ".migrate", *BESIDE):
        draft.with_name(f"{draft.name}{ending}").unlink(missing_ok=True)
