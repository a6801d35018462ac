"""Bringing a site to this version: a backup, a trial on a copy, the migrations, and a look at what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from shopdb.boot import prepare_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import MigrationError, PreflightFailedError, SchemaDiffersError, UpgradeStoppedError
from shopdb.keeping.backup import Made, make
from shopdb.keeping.preflight import Preflight, Tell, preflight
from shopdb.keeping.sites import reached, unbroken
from shopdb.keeping.standing import standing
from shopdb.store import drift, statistics
from shopdb.store.base import belongs_to
from shopdb.store.dump.writing import Told
from shopdb.store.engine import is_mysql
from shopdb.store.migrate import Step
from shopdb.store.revisions import CORE, core_owner
from shopdb.store.shape import Shape, differences, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What was done; a site that was at this version already needed no backup and no trial."""

    backup: Made | None
    preflight: Preflight | None
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        return {
            "backup": self.backup and self.backup.as_json(),
            "preflight": self.preflight and self.preflight.as_json(),
            "steps": [{"owner": step.owner, "revision": step.revision} for step in self.steps],
        }


def upgrade(settings: Settings, passphrase: str | None = None, *, tell: Tell, told: Told | None = None) -> Upgraded:
    """Bring the site to this version; nothing of it is touched before a backup is whole and a trial went well.

    Raises `PreflightFailedError`, with the site as it was; `UpgradeStoppedError`, which says how far it came; or what
    making a backup raises.
    """
    with unbroken(settings), reached(settings) as engine:
        behind = standing(engine, settings).behind
    if not behind:
        return Upgraded(backup=None, preflight=None, steps=finish(settings, tell))
    backup = make(settings, passphrase=passphrase, told=told)
    tell(f"{backup.path} is whole: {backup.manifest.rows:,} rows")
    tried = preflight(settings, passphrase, tell)
    if tried.problems:
        raise PreflightFailedError(tried.problems)
    with unbroken(settings), reached(settings) as engine:
        before = _shape(engine)
        try:
            steps = finish(settings, tell)
        except MigrationError as failed:
            half = _half_done(engine, before, failed) if is_mysql(engine) else ()
            raise UpgradeStoppedError(failed.stopped, half, backup.path) from failed
        if found := drift.check(engine, standing(engine, settings).owners):
            raise SchemaDiffersError(found)
    return Upgraded(backup=backup, preflight=tried, steps=steps)


def finish(settings: Settings, tell: Tell) -> tuple[Step, ...]:
    """Run the migrations that the site lacks, with the reference data of this version, and return them.

    Raises `MigrationError`, or what loading the site's plugins raises.
    """
    steps: list[Step] = []

    def done(step: Step) -> None:
        steps.append(step)
        tell(f"{step.owner}: {step.title} ({step.done} of {step.total})")

    shop = prepare_shop(settings, plugins=(), on_progress=done)
    try:
        shop.write(SYSTEM.doing("statistics"), statistics.refresh)
    finally:
        shop.close()
    return tuple(steps)


def _shape(engine: Engine) -> Shape:
    with engine.connect() as connection:
        return shape(connection)


def _half_done(engine: Engine, before: Shape, failed: MigrationError) -> tuple[str, ...]:
    """Return what is different now in the tables of those whose migration stopped."""
    now = _shape(engine)
    core = set(core_owner().metadata.tables)

    def is_theirs(table: str) -> bool:
        return any(
            table in core if owner == CORE else table not in core and belongs_to(owner, table)
            for owner in failed.stopped
        )

    others = {table for table in (*before.tables, *now.tables) if not is_theirs(table)}
    return differences(before.without(others), now.without(others))
