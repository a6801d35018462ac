"""Which revision each owner's tables are at, and which one the program brings.

Core and every plugin have a migration history of their own (ADR 008). Looking at histories needs no Alembic,
whose import would cost every start of the terminal a sixth of a second; `shopdb.store.migrate` runs them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Select,
    String,
    column,
    inspect,
    literal,
    select,
    table,
    union_all,
)

from shopdb.exceptions import BrokenHistoryError
from shopdb.store.engine import is_mysql
from shopdb.store.models import Asset

CORE = "core"
LONGEST_REVISION = 32


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who has tables: core or a plugin. ``script_location`` is the folder of ``versions/``."""

    name: str
    script_location: Path
    metadata: MetaData

    @property
    def version_table(self) -> str:
        """The table that keeps the revision of this owner's tables."""
        return "alembic_version" if self.name == CORE else f"alembic_version_{self.name}"


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a history; ``title`` is the first line of its file's docstring."""

    id: str
    down: str | None
    title: str


def core_owner() -> Owner:
    """Return core as an owner: its migrations lie inside an installed package, or beside a cloned one."""
    inside = Path(__file__).parents[1] / "bundled" / "migrations"
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "migrations"
    return Owner(CORE, folder, Asset.metadata)


def history(owner: str, script_location: Path) -> tuple[Revision, ...]:
    """Return the revisions of a history, oldest first, without running a line of them.

    Raises `BrokenHistoryError` naming everything that keeps them from being one straight line.
    """
    problems: list[str] = []
    found: dict[str | None, Revision] = {}
    for path in sorted((script_location / "versions").glob("*.py")):
        try:
            revision = _read(path)
        except (OSError, SyntaxError, ValueError) as unreadable:
            problems.append(f"{path.name} cannot be read ({unreadable})")
            continue
        if not 0 < len(revision.id) <= LONGEST_REVISION:
            told = f"must have 1 to {LONGEST_REVISION} characters"
            problems.append(f"{path.name}: the revision {revision.id!r} {told}")
        if revision.down in found:
            told = f"both follow {revision.down or 'nothing'}"
            problems.append(f"{found[revision.down].id} and {revision.id} {told}")
        found[revision.down] = revision
    line = _line(found)
    if not problems and len(line) < len(found):
        lost = sorted(one.id for one in found.values() if one not in line)
        problems.append(f"no way leads from the first revision to {', '.join(lost)}")
    if not line:
        problems.append(f"{script_location / 'versions'} holds no first revision")
    if problems:
        raise BrokenHistoryError(owner, problems)
    return line


def current(engine: Engine, owners: Iterable[Owner]) -> dict[str, str]:
    """Return the revision of each owner's tables; "" where there is none yet."""
    owners = tuple(owners)
    with closing(_outside_transactions(engine)) as connection:
        there = set(inspect(connection).get_table_names())
        asked: list[Select[str, str]] = [
            select(literal(owner.name), column("version_num", String)).select_from(table(owner.version_table))
            for owner in owners
            if owner.version_table in there
        ]
        found = {row[0]: row[1] for row in connection.execute(union_all(*asked))} if asked else {}
    return {owner.name: found.get(owner.name, "") for owner in owners}


def wanted(owner: Owner) -> str:
    """Return the newest revision that the program brings for this owner."""
    return history(owner.name, owner.script_location)[-1].id


def behind(engine: Engine, owners: Sequence[Owner]) -> Mapping[str, tuple[str, str]]:
    """Return (found, wanted) of each owner whose tables are not where the program is; empty is good."""
    found = current(engine, owners)
    pairs = {owner.name: (found[owner.name], wanted(owner)) for owner in owners}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that a module assigns, with its expression; not a line of it is run."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and statement.value:
                yield target.id, statement.value


def _read(path: Path) -> Revision:
    tree = ast.parse(path.read_bytes(), path.name)
    named = dict(assigned(tree))
    revision, down = (
        ast.literal_eval(named[name]) if name in named else None for name in ("revision", "down_revision")
    )
    if not isinstance(revision, str) or not (down is None or isinstance(down, str)):
        message = "it must assign one text to revision, and one text or None to down_revision"
        raise ValueError(message)
    title = (ast.get_docstring(tree) or path.stem).splitlines()[0]
    return Revision(revision, down, title)


def _line(found: Mapping[str | None, Revision]) -> tuple[Revision, ...]:
    line: list[Revision] = []
    while (following := found.get(line[-1].id if line else None)) and following not in line:
        line.append(following)
    return tuple(line)


def _outside_transactions(engine: Engine) -> Connection:
    connection = engine.connect()
    # A snapshot taken before another host's DDL cannot read the table afterwards (error 1412).
    return connection.execution_options(isolation_level="AUTOCOMMIT") if is_mysql(engine) else connection
