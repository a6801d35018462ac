"""Proving that a backup can be brought back: all of it, in a scratch database, up to this program's own tables."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from shopdb.config import Settings
from shopdb.exceptions import DatabaseUnreachableError, NoBackupError, NoSiteError, ScratchRefusedError
from shopdb.keeping import code, record, rotation
from shopdb.keeping.backup import folder_of
from shopdb.keeping.restore import Restored, look_at
from shopdb.keeping.sites import reached, unbroken
from shopdb.store import migrate
from shopdb.store.base import utc_now
from shopdb.store.dump import opened
from shopdb.store.dump.rebuilding import rebuild
from shopdb.store.dump.writing import Told
from shopdb.store.engine import open_engine
from shopdb.store.migrate import Step
from shopdb.store.ownership import check_open
from shopdb.store.scratch import empty_scratch

BESIDE_THE_SITE = "a scratch database of the site's own kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """A backup that can be brought back; ``where`` says into what it was, ``steps`` what brought it to this version."""

    restored: Restored
    where: str
    steps: tuple[Step, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        return {
            **self.restored.as_json(),
            "where": self.where,
            "steps": [{"owner": step.owner, "revision": step.revision} for step in self.steps],
            "seconds": round(self.seconds, 2),
        }


def newest(settings: Settings) -> Path:
    """Return the newest backup that this host knows of; raises `NoBackupError` or `PlaceClosedError`."""
    folder = folder_of(settings)
    check_open(settings.home, folder)
    noted = record.last(settings.home, "backup")
    found = [(one.moment, one.path) for one in rotation.kept_in(folder)]
    with suppress(PermissionError):  # where it lies is closed to this account, and so not known of
        if noted is not None and noted.path.is_file():
            found.append((noted.at, noted.path))
    if not found:
        raise NoBackupError(folder)
    return max(found)[1]


def drill(settings: Settings, path: Path, passphrase: str | None = None, told: Told | None = None) -> Drilled:
    """Bring the backup into a scratch database, compare every row, migrate it to this version, and note it in the home.

    Raises what `look_at` and `restore` raise, or `MigrationError`.
    """
    began = time.monotonic()
    look_at(path, passphrase, told)
    with (
        unbroken(settings),
        tempfile.TemporaryDirectory(prefix="shopdb-drill-") as folder,
        opened(path, passphrase) as dump,
        scratch_for(settings) as (engine, where),
    ):
        plan = code.plan(dump, settings, Path(folder))
        rebuilt = rebuild(engine, dump, plan.owners, told)
        steps = migrate.upgrade(engine, [owner for owner, _ in plan.owners])
    restored = Restored(path=path, manifest=dump.manifest, rebuilt=rebuilt, plan=plan)
    seconds = time.monotonic() - began
    noted = record.Noted(
        at=utc_now(),
        path=path.absolute(),
        size=path.stat().st_size,
        sha256=_digest(path),
        rows=dump.manifest.rows,
        encrypted=dump.is_encrypted,
        seconds=round(seconds, 2),
        where=where,
    )
    record.note(settings.home, "drill", noted)
    return Drilled(restored=restored, where=where, steps=steps, seconds=seconds)


@contextmanager
def scratch_for(settings: Settings) -> Iterator[tuple[Engine, str]]:
    """Give an empty scratch database, and what it is: of the site's kind, or where that cannot be, a SQLite file."""
    with ExitStack() as stack:
        where = BESIDE_THE_SITE
        try:
            engine = stack.enter_context(empty_scratch(stack.enter_context(reached(settings))))
        except (DatabaseUnreachableError, NoSiteError, ScratchRefusedError) as refused:
            where = f"a SQLite file, because: {refused}"
            engine = stack.enter_context(empty_scratch(open_engine("sqlite://")))
        yield engine, where


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
