"""Runs one revision on a scratch database: forward, again, through power cuts, back, and forward once more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, column, delete, func, insert, select, table

from shopdb.exceptions import MigrationError
from shopdb.store.engine import writing_engine
from shopdb.store.lint import statements
from shopdb.store.lint.judging import Problem, back_problems, forward_problems
from shopdb.store.lint.recording import PowerCut, PowerCuts, Recording, recording
from shopdb.store.lint.source import Source
from shopdb.store.migrate import bring_to, downgrade
from shopdb.store.revisions import Owner, Revision
from shopdb.store.scratch import scratch
from shopdb.store.shape import Shape, differences, shape

# What names the revision on the way: the table for that, and its row.
OWN_STEPS = 2


@dataclass(slots=True)
class Examination:
    """One revision on a database that is at the revision before it, and at this one when all went well.

    ``problems`` fill while it runs; unless ``goes_on``, the database is no place for the next revision.
    """

    engine: Engine
    owner: Owner
    owners: Sequence[Owner]
    revision: Revision
    source: Source
    problems: list[Problem] = field(default_factory=list)
    power_cuts: int = 0
    goes_on: bool = False
    _before: Shape = field(default_factory=lambda: Shape({}))
    _after: Shape = field(default_factory=lambda: Shape({}))
    _filled: frozenset[str] = frozenset()
    _steps: int = 0

    def run(self) -> None:
        """Run all of it."""
        self._before = self._shape(self.engine)
        if self.source.way_back == "there" and "M031" not in self.source.waivers.reasons:
            self._goes_to_and_fro()
            if self.goes_on and not self._found("M031", "M032", "M033"):
                self._back()
                self._survives_power_cuts(self.engine)
                self.goes_on = self._shape(self.engine) == self._after
            return
        with scratch(self.engine) as copy:
            self._goes_to_and_fro()
            if self.goes_on and not self._found("M033"):
                self._survives_power_cuts(copy)

    def _goes_to_and_fro(self) -> None:
        if not self._runs_forward():
            return
        self._runs_again()
        if self.goes_on and not self._is_one_way():
            self._goes_back_and_forward()

    def _runs_forward(self) -> bool:
        with recording(self.engine, self.source.path) as recorded:
            stopped = self._forward(self.engine)
        self.problems += forward_problems(recorded, self._before, self.owner, self.owners, self.engine.dialect)
        if stopped:
            # SQLite refuses such a column at once: one mistake is told once.
            if not self._found("M020"):
                self.problems.append(("M030", f"the way forward stops: {stopped}"))
            return False
        self._after = self._shape(self.engine)
        self._filled = _filled_by(recorded) & self._after.tables.keys()
        self._steps = recorded.steps
        return True

    def _runs_again(self) -> None:
        """Run the revision as if it had been cut off after its last step."""
        rows = _counts(self.engine, self._filled)
        self._stamp(self.revision.down)
        stopped = self._forward(self.engine)
        told = [stopped] if stopped else differences(self._after, self._shape(self.engine))
        self.problems += [("M033", f"run again: {one}") for one in told]
        self.goes_on = self._shape(self.engine) == self._after
        for name, count in _counts(self.engine, self._filled).items():
            if not stopped and count != rows[name]:
                self.problems.append(("M033", f"run again: {name} has {count} rows and had {rows[name]}"))
        self._stamp(self.revision.id)

    def _survives_power_cuts(self, copy: Engine) -> None:
        cuts = PowerCuts()
        for _ in range(self._steps + OWN_STEPS):
            cuts.begin()
            with recording(copy, self.source.path, cuts):
                stopped = self._forward(copy)
            self.power_cuts += cuts.cut_off
            if stopped:
                self.problems.append(("M034", f"run again after it was cut off: {stopped}"))
                return
            if not cuts.cut_off:
                break
        else:
            self.problems.append(("M034", "it takes other steps each time that it is run"))
            return
        told = differences(self._after, self._shape(copy))
        self.problems += [("M034", f"when it was cut off meanwhile: {one}") for one in told]

    def _is_one_way(self) -> bool:
        """Whether there is no way back; having changed nothing, a revision needs none."""
        told = {
            "missing": "there is no downgrade()",
            "refused": "downgrade() refuses",
            "empty": "downgrade() does nothing" if self._after != self._before else "",
        }.get(self.source.way_back, "")
        if told:
            self.problems.append(("M005", told))
        return bool(told)

    def _goes_back_and_forward(self) -> None:
        self.goes_on = False
        with recording(self.engine, self.source.path) as recorded:
            stopped = self._back()
        self.problems += back_problems(recorded, self.owner, self.owners)
        if stopped:
            self.problems.append(("M030", f"the way back stops: {stopped}"))
            return
        self.problems += [("M031", one) for one in differences(self._before, self._shape(self.engine))]
        stopped = self._forward(self.engine)
        told = [stopped] if stopped else differences(self._after, self._shape(self.engine))
        self.goes_on = not told
        # What the way back left or forgot shows in the next way forward as well.
        if not self._found("M031"):
            self.problems += [("M032", one) for one in told]

    def _forward(self, engine: Engine) -> str:
        """Run the way forward, and return what stopped it; a power cut does so without a word."""
        try:
            bring_to(engine, self.owner, self.revision.id, power_cut=PowerCut)
        except MigrationError as failure:
            return failure.stopped[self.owner.name][1]
        return ""

    def _back(self) -> str:
        try:
            downgrade(self.engine, self.owner, self.revision.down or "base")
        except MigrationError as failure:
            return failure.stopped[self.owner.name][1]
        return ""

    def _stamp(self, revision: str | None) -> None:
        """Let the database say that it is at this revision."""
        versions = table(self.owner.version_table, column("version_num"))
        with writing_engine(self.engine).begin() as connection:
            connection.execute(delete(versions))
            if revision:
                connection.execute(insert(versions).values(version_num=revision))

    def _shape(self, engine: Engine) -> Shape:
        with engine.connect() as connection:
            return shape(connection).without({self.owner.version_table})

    def _found(self, *rules: str) -> bool:
        return any(found in rules for found, _ in self.problems)


def _filled_by(recorded: Recording) -> frozenset[str]:
    """Return the tables that plain SQL wrote rows to."""
    return frozenset(statements.target(one) for one in recorded.statements if statements.inserts(one))


def _counts(engine: Engine, tables: Collection[str]) -> Mapping[str, int]:
    with engine.connect() as connection:
        return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in tables}
