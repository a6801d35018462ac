"""Making a backup of a site while everybody works on: one file, read back before it gets its name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from shopdb.config import Settings
from shopdb.exceptions import BackupBusyError, BackupNotWrittenError, BackupThereError, NoPlaceError
from shopdb.keeping import record, rotation
from shopdb.keeping.sites import facts_of, reached, reason_of, slug
from shopdb.store import migrate
from shopdb.store.base import utc_now
from shopdb.store.dump import reading, writing
from shopdb.store.dump.manifest import Facts, Manifest
from shopdb.store.dump.rebuilding import MARKER
from shopdb.store.dump.shapes import is_version_table, shapes, tables_there
from shopdb.store.dump.snapshot import snapshot
from shopdb.store.dump.writing import Told
from shopdb.store.engine import is_mysql
from shopdb.store.exclusive import LockBusy, only_one
from shopdb.store.ownership import check_open, hand_over

FOLDER = "backups"
LOCK = "backing-up"
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that is whole: where it is, what it says of itself, and older ones that were not needed any more."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest
    encrypted: bool
    seconds: float
    removed: tuple[Path, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        facts = self.manifest.facts
        return {
            "path": str(self.path),
            "size": self.size,
            "sha256": self.sha256,
            "made_at": facts.made_at.isoformat(),
            "site": facts.site,
            "revisions": dict(facts.revisions),
            "encrypted": self.encrypted,
            "seconds": round(self.seconds, 2),
            "rows": self.manifest.rows,
            "tables": self.manifest.counts,
            "removed": [str(path) for path in self.removed],
        }


def folder_of(settings: Settings) -> Path:
    """Return where a site's backups go unless another place is named."""
    return settings.home / FOLDER


def make(
    settings: Settings, *, target: Path | None = None, passphrase: str | None = None, told: Told | None = None
) -> Made:
    """Write a backup, read it back, note it in the home, and remove older ones that no rule keeps any more.

    ``target`` is a folder that is there, or a file that is not there yet, whose name ends with .zip or .zip.sealed; a
    named file keeps its name, encrypted or not, and is nobody's to remove. Raises `NoPlaceError`,
    `BackupNotWrittenError` with everything as it was before, `BackupThereError`, `PlaceClosedError`, `NoSiteError` or
    `DatabaseUnreachableError`.
    """
    began = time.monotonic()
    target = folder_of(settings) if target is None else target
    if target == folder_of(settings):
        check_open(settings.home, target, writing=True)
    is_file = target.name.endswith(rotation.SUFFIXES) and not target.is_dir()
    if target != folder_of(settings) and not (target.parent if is_file else target).is_dir():
        raise NoPlaceError(target.parent if is_file else target)
    if is_file and target.exists():
        raise BackupThereError(target)
    with (
        _told_if_broken(target),
        reached(settings) as engine,
        _alone(engine),
        snapshot(engine) as connection,
    ):
        facts = facts_of(connection, settings, utc_now())
        if not is_file:
            rotation.forget_drafts(target, facts.about["mark"])
        path = target if is_file else target / _name(facts, encrypted=passphrase is not None)
        with writing.drafted(path) as draft:
            names = [name for name in tables_there(connection) if not is_version_table(name) and name != MARKER]
            wanted = shapes(connection, names)
            written = writing.write(draft, connection, wanted, facts, passphrase=passphrase, told=told)
            reading.prove(draft, path, passphrase, told)
            hand_over(settings.home, path.parent, draft)
            writing.put_in_place(draft, path)
    seconds = time.monotonic() - began
    noted = record.Noted(
        at=facts.made_at,
        path=path,
        size=written.size,
        sha256=written.sha256,
        rows=written.manifest.rows,
        encrypted=passphrase is not None,
        seconds=round(seconds, 2),
    )
    record.note(settings.home, "backup", noted)
    removed = () if is_file else rotation.rotate(target, facts.about["mark"], utc_now())
    return Made(
        path=path,
        size=written.size,
        sha256=written.sha256,
        manifest=written.manifest,
        encrypted=passphrase is not None,
        seconds=seconds,
        removed=removed,
    )


def _name(facts: Facts, *, encrypted: bool) -> str:
    return rotation.file_name(slug(facts.site), facts.about["mark"], facts.made_at, encrypted=encrypted)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Keep others from making a backup meanwhile, and from changing tables where a snapshot would not hold them."""
    try:
        with only_one(engine, LOCK, PATIENCE_SECONDS), migrate.alone(engine) if is_mysql(engine) else nullcontext():
            yield
    except LockBusy as busy:
        raise BackupBusyError from busy


@contextmanager
def _told_if_broken(target: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as broken:
        raise BackupNotWrittenError(target, f"the database broke it off: {reason_of(broken)}") from broken
