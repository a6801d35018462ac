"""The tried plugin's migrations on the scratch database: up, compared with its models, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from shopdb.exceptions import MigrationError
from shopdb.plugins.registry import Registry
from shopdb.plugins.rules import fault
from shopdb.store import drift, migrate, revisions
from shopdb.store.engine import open_engine
from shopdb.store.lint import lint
from shopdb.store.revisions import Owner, core_owner
from shopdb.store.shape import Parts, Shape, differences, shape

COLUMN = "column "


@dataclass(frozen=True, slots=True)
class Ground:
    """The tables as the plugin found them, and the revision that its own were at; "" where there were none."""

    owner: Owner
    revision: str
    shape: Shape

    def changes(self, engine: Engine) -> tuple[str, ...]:
        """Return what is not as it was, one sentence each; which revision the tables are at does not count."""
        before, after = self._shapes(engine)
        return differences(before, after)

    def additions(self, engine: Engine) -> tuple[str, ...]:
        """Return the same, with the columns of each new table in its sentence."""
        before, after = self._shapes(engine)
        new = {f"table {name} is new": parts for name, parts in after.tables.items() if name not in before.tables}
        return tuple(f"{told}{_columns(new[told])}" if told in new else told for told in differences(before, after))

    def _shapes(self, engine: Engine) -> tuple[Shape, Shape]:
        own = {self.owner.version_table}
        return self.shape.without(own), _shape(engine).without(own)


def ground(engine: Engine, owner: Owner) -> Ground:
    """Return what there is before the plugin's migrations run."""
    return Ground(owner, revisions.current(engine, [owner])[owner.name], _shape(engine))


def owner_in(registry: Registry, plugin: str) -> Owner | None:
    """Return the plugin as an owner of tables; None if it has none."""
    return next((owner for owner in registry.owners if owner.name == plugin), None)


def needed_problems(engine: Engine, registry: Registry, plugin: str) -> list[str]:
    """Return a fault for each plugin beside it whose tables are not where that plugin's code is."""
    others = [owner for owner in registry.owners if owner.name != plugin]
    behind: Mapping[str, Any] = revisions.behind(engine, others)
    return [
        fault("P021", f"the tables of {name} are at {found or 'nothing'}, its code wants {wanted}")
        for name, (found, wanted) in behind.items()
    ]


def upgrade_problems(engine: Engine, owner: Owner) -> list[str]:
    """Bring the plugin's tables up and return what stopped that, if anything."""
    try:
        migrate.upgrade(engine, [owner])
    except MigrationError as stopped:
        return [fault("P047", told) for told in _where(stopped)]
    return []


def drift_problems(engine: Engine, owner: Owner) -> list[str]:
    """Return what differs between the plugin's models and its tables."""
    found = drift.check(engine, (core_owner(), owner))
    return [fault("P048", one) for one in found.get(owner.name, ())]


def lint_problems(registry: Registry, plugin: str) -> list[str]:
    """Return what the migration lint says of the plugin's history, which it runs on scratch databases of its own."""
    engine = open_engine("sqlite://")
    try:
        return [str(one) for one in lint([engine], (core_owner(), *registry.owners), only=[plugin])]
    finally:
        engine.dispose()


def return_problems(engine: Engine, before: Ground) -> list[str]:
    """Take the plugin's tables back to where they were and return what is not as it was then."""
    try:
        migrate.downgrade(engine, before.owner, before.revision or "base")
    except MigrationError as stopped:
        return [fault("P049", f"going back: {told}") for told in _where(stopped)]
    return [fault("P049", one) for one in before.changes(engine)]


def _columns(parts: Parts) -> str:
    names = [part.removeprefix(COLUMN) for part in parts if part.startswith(COLUMN)]
    return f", with {', '.join(names)}" if names else ""


def _where(error: MigrationError) -> list[str]:
    return [f"it stopped at {revision or 'nothing'}: {reason}" for revision, reason in error.stopped.values()]


def _shape(engine: Engine) -> Shape:
    with engine.connect() as connection:
        return shape(connection)
