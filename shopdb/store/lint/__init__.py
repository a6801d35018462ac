"""The migration lint: runs every revision on scratch databases and tells everything that is wrong with it at once.

A revision that breaks a rule on purpose says so in its own file, `lint = {"M012": "why"}`; what is lost also needs
`rollback`, how it is brought back, and `expanded_in`, the earlier revision that made it needless.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from shopdb.exceptions import BrokenHistoryError
from shopdb.store import drift
from shopdb.store.lint.rules import RULES, Finding, Rule
from shopdb.store.lint.running import Examination
from shopdb.store.lint.source import Source, sources
from shopdb.store.lint.waiving import SQLITE, Seen, remaining
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import CORE, Owner, Revision, history
from shopdb.store.scratch import empty_scratch

__all__ = ["RULES", "Finding", "Rule", "lint"]

Tell = Callable[[str], None]
"""Hears, line by line, what is done."""


def lint(
    engines: Sequence[Engine],
    owners: Sequence[Owner],
    *,
    only: Collection[str] | None = None,
    tell: Tell = lambda _: None,
) -> tuple[Finding, ...]:
    """Return what is wrong with the migrations of these owners, or of ``only`` those, on each of the engines.

    ``owners`` are all that there are, core first and each behind those that it needs. The engines' own databases are
    not touched: scratch databases are made beside them, and `ScratchRefusedError` is raised where that is not allowed.
    """
    work = _Work(owners, tell)
    for owner in owners:
        if only is None or owner.name in only:
            work.read(owner)
    kinds = []
    for engine in engines:
        with empty_scratch(engine) as empty:
            kinds.append(_kind(empty))
            work.run(empty, kinds[-1])
    order = {owner.name: [revision.id for revision in work.lines.get(owner.name, ())] for owner in owners}
    return remaining(work.seen, work.examined, kinds, order)


def _kind(engine: Engine) -> str:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return SQLITE
        return "MariaDB" if getattr(connection.dialect, "is_mariadb", False) else "MySQL"


@dataclass(slots=True)
class _Work:
    """The histories that are linted, and what was seen so far of what is wrong with them."""

    owners: Sequence[Owner]
    tell: Tell
    lines: dict[str, tuple[Revision, ...]] = field(default_factory=dict)
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)
    examined: dict[tuple[str, str], Source] = field(default_factory=dict)
    seen: Seen = field(default_factory=dict)

    def read(self, owner: Owner) -> None:
        """Take an owner's history up by its files; what is wrong with those is seen without running them."""
        self.lines[owner.name] = ()
        try:
            line = history(owner.name, owner.script_location)
        except BrokenHistoryError as broken:
            self.seen |= {Finding("M001", owner.name, "", problem): set() for problem in broken.problems}
            return
        self.lines[owner.name] = line
        for revision, source in sources(owner, line).items():
            self.sources[owner.name, revision] = source
            for rule, told in (*source.findings, *source.waivers.problems):
                self.seen[Finding(rule, owner.name, revision, told)] = set()

    def run(self, empty: Engine, kind: str) -> None:
        """Run every history on an empty database, and compare what came of it with the models."""
        arrived: list[Owner] = []
        for owner in self.owners:
            if self._arrives(owner, empty, kind):
                arrived.append(owner)
            elif owner.name == CORE:
                self.tell(f"{kind}: nothing else was run, because core stopped")
                return
        for name, differences in drift.check(empty, arrived).items():
            if name in self.lines:
                self._see("M035", name, "", differences, kind)

    def _arrives(self, owner: Owner, empty: Engine, kind: str) -> bool:
        """Run one history; whether its tables are at its newest revision."""
        if owner.name not in self.lines:
            upgrade(empty, [owner])
            return True
        for revision in self.lines[owner.name]:
            source = self.sources[owner.name, revision.id]
            examination = Examination(empty, owner, self.owners, revision, source)
            examination.run()
            self.examined[owner.name, revision.id] = source
            for rule, told in examination.problems:
                self._see(rule, owner.name, revision.id, [told], kind)
            self.tell(f"{kind}: {owner.name} {revision.id}, power cuts: {examination.power_cuts}")
            if not examination.goes_on:
                self.tell(f"{kind}: {owner.name} stops at {revision.id}; what follows it was not run")
                return False
        return bool(self.lines[owner.name])

    def _see(self, rule: str, owner: str, revision: str, told: Sequence[str], kind: str) -> None:
        for one in told:
            self.seen.setdefault(Finding(rule, owner, revision, one), set()).add(kind)
