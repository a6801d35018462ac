"""Trying this program's migrations on a copy of a site, before the site itself is touched."""

from __future__ import annotations

import ast
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from shopdb.config import Settings
from shopdb.exceptions import (
    BackupKeyError,
    MigrationError,
    NoBackupError,
    PlaceClosedError,
    ScratchRefusedError,
    ShopdbError,
)
from shopdb.keeping import code
from shopdb.keeping.drill import newest
from shopdb.keeping.restore import look_at
from shopdb.keeping.sites import reached, unbroken
from shopdb.keeping.standing import Room, Standing, rooms, standing
from shopdb.store import drift, migrate, revisions
from shopdb.store.dump import opened
from shopdb.store.dump.rebuilding import rebuild
from shopdb.store.dump.shapes import tables_there
from shopdb.store.engine import is_mysql, open_engine
from shopdb.store.migrate import Step
from shopdb.store.revisions import Owner
from shopdb.store.scratch import empty_scratch, scratch

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """A revision that went through on the copy, and the seconds that it took there."""

    owner: str
    revision: str
    title: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What an upgrade would do: ``pending`` says (is at, wanted) by owner, ``problems`` what keeps it from going well.

    ``where`` is what the revisions were tried on; it is empty if they were not.
    """

    pending: dict[str, tuple[str, str]]
    where: str
    tried: tuple[Tried, ...]
    rooms: tuple[Room, ...]
    plugins: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        return {
            "pending": {owner: {"is_at": at, "wanted": wanted} for owner, (at, wanted) in self.pending.items()},
            "where": self.where,
            "tried": [
                {"owner": one.owner, "revision": one.revision, "title": one.title, "seconds": round(one.seconds, 3)}
                for one in self.tried
            ],
            "rooms": [
                {"folder": str(one.folder), "purpose": one.purpose, "free": one.free, "needed": one.needed}
                for one in self.rooms
            ],
            "plugins": [{"name": name, "version": version} for name, version in self.plugins],
            "problems": list(self.problems),
            "seconds": round(self.seconds, 2),
        }


def preflight(settings: Settings, passphrase: str | None = None, tell: Tell = lambda _line: None) -> Preflight:
    """Return how this program's migrations do on a copy of the site's database, which stays as it is.

    SQLite's is copied whole. Of MariaDB's and MySQL's the structure is, and the rows of every table that a pending
    revision names; where the account may not make a database, the newest backup is brought into a SQLite file.
    """
    began = time.monotonic()
    with unbroken(settings), reached(settings) as engine:
        found = standing(engine, settings)
        space = rooms(engine, settings)
        problems = [*found.problems, *(room.problem for room in space if room.problem)]
        tried: list[Tried] = []
        where = ""
        if not problems:
            try:
                with _copy(settings, engine, found, passphrase) as (copy, where):
                    tell(f"trying the migrations on {where}")
                    problems += _try(copy, found.owners, tried)
            except ShopdbError as refused:
                problems.append(f"the migrations cannot be tried: {refused}")
    return Preflight(
        pending=found.behind,
        where=where,
        tried=tuple(tried),
        rooms=space,
        plugins=tuple((name, str(plugin.meta.version)) for name, plugin in found.registry.plugins.items()),
        problems=tuple(problems),
        seconds=time.monotonic() - began,
    )


def named_tables(owner: Owner, after: str, tables: Sequence[str]) -> set[str]:
    """Return those of the tables that an owner's revisions behind one name anywhere in their texts."""
    known = [one.id for one in revisions.history(owner.name, owner.script_location)]
    wanted = set(known[known.index(after) + 1 :] if after in known else known)
    words: set[str] = set()
    for path in (owner.script_location / "versions").glob("*.py"):
        texts = _texts(path)
        if wanted.intersection(texts):
            words.update(word for one in texts for word in re.findall(r"\w+", one))
    return words.intersection(tables)


def _texts(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_bytes(), path.name))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@contextmanager
def _copy(settings: Settings, engine: Engine, found: Standing, passphrase: str | None) -> Iterator[tuple[Engine, str]]:
    """Give a copy of the site's database, and say what it is."""
    if not is_mysql(engine):
        with scratch(engine) as copy:
            yield copy, "a copy of the whole database"
        return
    with engine.connect() as connection:
        tables = tables_there(connection)
    named: set[str] = set()
    for owner in found.owners:
        if owner.name in found.behind:
            named |= named_tables(owner, found.behind[owner.name][0], tables)
    try:
        with scratch(engine, named) as copy:
            rows = f" and the rows of {', '.join(sorted(named))}" if named else ""
            yield copy, f"a scratch database with every table{rows}"
    except ScratchRefusedError as refused:
        try:
            path = newest(settings)
            look_at(path, passphrase)
        except (NoBackupError, BackupKeyError, PlaceClosedError):
            raise refused from None  # there would be no need for it, were this the account for migrations
        with _rebuilt(settings, path, passphrase) as copy:
            yield copy, f"a SQLite file with all that is in {path}, because: {refused}"


@contextmanager
def _rebuilt(settings: Settings, path: Path, passphrase: str | None) -> Iterator[Engine]:
    with (
        tempfile.TemporaryDirectory(prefix="shopdb-preflight-") as folder,
        opened(path, passphrase) as dump,
        empty_scratch(open_engine("sqlite://")) as copy,
    ):
        rebuild(copy, dump, code.plan(dump, settings, Path(folder)).owners)
        yield copy


def _try(copy: Engine, owners: Sequence[Owner], tried: list[Tried]) -> Iterator[str]:
    """Run the migrations, note each with its time, and yield what went wrong."""
    last = time.monotonic()

    def done(step: Step) -> None:
        nonlocal last
        now = time.monotonic()
        tried.append(Tried(step.owner, step.revision, step.title, now - last))
        last = now

    try:
        migrate.upgrade(copy, owners, done)
    except MigrationError as failed:
        for owner, (revision, reason) in failed.stopped.items():
            yield f"the migration of {owner} to {revision} fails: {reason}"
        return
    for owner, differences in drift.check(copy, owners).items():
        yield f"the tables of {owner} would not be this version's: {'; '.join(differences)}"
