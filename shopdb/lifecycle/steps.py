"""Doing something to a plugin step by step, so that every step can be finished or taken back, also by a later process.

A step does its part in a way that may run again from its start, and can undo it however far it came. What it needs to
know is in the work's ``facts``, which the journal keeps as JSON after every step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import OperationBusyError, OperationFailedError, OperationUnfinishedError, ShopdbError
from shopdb.plugins.containment import reason_of
from shopdb.store import journal, migrate
from shopdb.store.changes import audit_log
from shopdb.store.engine import open_engine, writing_engine
from shopdb.store.exclusive import LockBusy, only_one

LOG = logging.getLogger(__name__)
LOCK = "plugins"
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an operation is: the ``done``-th of ``total`` steps has begun, or says something more."""

    done: int
    total: int
    told: str


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an operation; ``exported`` is the file that holds the plugin's data, if one was written."""

    operation_id: int
    verb: str
    plugin: str
    told: str
    log: str
    exported: Path | None = None


@dataclass(slots=True)
class Work:
    """One operation under way."""

    shop: Shop
    engine: Engine
    origin: Origin
    verb: str
    plugin: str
    facts: dict[str, Any]
    report: Report = lambda _progress: None
    operation_id: int = 0
    log: list[str] = field(default_factory=list)
    done: int = 0
    total: int = 0

    @property
    def parent(self) -> Path:
        """The folder that holds the site's own plugins."""
        return self.shop.settings.plugin_dirs[0]

    @property
    def place(self) -> Path:
        """The folder in which the plugin's files belong."""
        return self.parent / self.plugin

    def tell(self, told: str) -> None:
        """Say something to whoever waits, and keep it in the log."""
        self.log.append(told)
        self.report(Progress(self.done, self.total, told))

    def written_log(self) -> str:
        """Return the log as it is kept."""
        return "\n".join(self.log)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of an operation: ``do`` may run again from its start; ``undo`` takes back whatever was done of it."""

    name: str
    told: str
    do: Callable[[Work], None]
    undo: Callable[[Work], None] = lambda _work: None


@dataclass(frozen=True, slots=True)
class Course:
    """An operation as a whole: its steps, and the rows that say at last that it is done."""

    steps: Sequence[Step]
    settle: Callable[[Work, Session], None]
    tidy: Callable[[Work], None]
    told: Callable[[Work], str]


def operate(
    shop: Shop, verb: str, plugin: str, facts: Mapping[str, Any], course: Course, *, origin: Origin, report: Report
) -> Outcome:
    """Do something to a plugin, and take it back whole if a step fails.

    Raises `OperationBusyError`, `OperationUnfinishedError` or `OperationFailedError`.
    """
    origin.require("plugins.install")
    with alone(shop.engine), patient(shop) as engine:
        with shop.engine.connect() as connection:
            for one in journal.operations(connection, state=journal.RUNNING):
                raise OperationUnfinishedError(one.verb, one.plugin, one.step, one.host)
        work = Work(shop, engine, origin, verb, plugin, dict(facts), report, total=len(course.steps) + 1)
        work.operation_id = journal.begin_operation(
            shop.engine, verb=verb, plugin=plugin, actor=origin.actor, facts=work.facts
        )
        return go_on(work, course, after="")


def go_on(work: Work, course: Course, *, after: str) -> Outcome:
    """Do the steps that follow the one named, then settle; raises `OperationFailedError` once all is taken back."""
    names = [step.name for step in course.steps]
    first = names.index(after) + 1 if after else 0
    at = first
    try:
        for at in range(first, len(course.steps)):
            step = course.steps[at]
            work.done = at + 1
            work.tell(step.told)
            step.do(work)
            journal.note_step(work.shop.engine, work.operation_id, step.name, work.facts, work.written_log())
        work.done = work.total
        _settle(work, course)
    except BaseException as failure:
        # A plugin's code may raise anything here, and a person may press ctrl-c: what was done is taken back.
        name = names[min(at, len(names) - 1)] if names else work.verb
        raise _failed(work, course, at, name, failure) from failure
    course.tidy(work)
    exported = work.facts.get("exported")
    told = course.told(work)
    return Outcome(
        work.operation_id, work.verb, work.plugin, told, work.written_log(), Path(exported) if exported else None
    )


def take_back(work: Work, course: Course, *, after: str) -> tuple[str, ...]:
    """Undo every step up to the one that follows the named one, and note it; return what could not be undone."""
    names = ["", *(step.name for step in course.steps)]
    following = min(names.index(after) + 1, len(course.steps))
    for at in range(following, 0, -1):
        step = course.steps[at - 1]
        work.tell(f"taking back: {step.told}")
        try:
            step.undo(work)
            journal.note_step(work.engine, work.operation_id, names[at - 1], work.facts, work.written_log())
        except Exception as failure:
            LOG.exception("%s of %s: %s cannot be taken back", work.verb, work.plugin, step.name)
            return (f"{step.told}: {_reason(failure)}",)
    with writing_engine(work.engine).begin() as connection:
        journal.end_operation(connection, work.operation_id, journal.TAKEN_BACK, log=work.written_log())
        if work.facts.get("bumped"):
            # Others have taken up what is taken back now.
            journal.bump_generation(connection, work.operation_id)
    return ()


def _failed(work: Work, course: Course, at: int, name: str, failure: BaseException) -> OperationFailedError:
    work.log.append(f"failed: {_reason(failure)}")
    left = take_back(work, course, after=course.steps[at - 1].name if at else "")
    return OperationFailedError(work.verb, work.plugin, name, _reason(failure), left)


def _settle(work: Work, course: Course) -> None:
    def settled(session: Session) -> None:
        audit_log(session, f"plugins.{work.verb}", details={"plugin": work.plugin, **_shown(work.facts)})
        course.settle(work, session)
        journal.end_operation(
            session.connection(), work.operation_id, journal.DONE, log=work.written_log(), told=course.told(work)
        )

    work.shop.write(work.origin.doing(f"{work.verb} plugin {work.plugin}"), settled)


def _shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("from_version", "to_version", "trust", "signer", "choice", "rows")
    return {name: facts[name] for name in shown if facts.get(name)}


def _reason(failure: BaseException) -> str:
    if isinstance(failure, ShopdbError):
        return str(failure)
    # What a driver says comes without the statement and its values, which are nobody's business here.
    return migrate.reason_of(failure) if isinstance(failure, DBAPIError) else reason_of(failure)


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Keep everybody else from working on the site's plugins meanwhile; raises `OperationBusyError`."""
    try:
        with only_one(engine, LOCK, PATIENCE_SECONDS):
            yield
    except LockBusy as busy:
        raise OperationBusyError from busy


@contextmanager
def patient(shop: Shop) -> Iterator[Engine]:
    """Give an engine over the shop's database that waits for long statements."""
    engine = open_engine(shop.settings.database_url, patient=True)
    try:
        yield engine
    finally:
        engine.dispose()
