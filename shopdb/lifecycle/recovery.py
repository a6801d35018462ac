"""What was begun with a plugin and neither finished nor taken back, because its process ended in the middle."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import NothingUnfinishedError, OperationFailedError
from shopdb.lifecycle.bringing import BRINGING, ROLLING_BACK
from shopdb.lifecycle.removing import DROPPING, KEEPING
from shopdb.lifecycle.repairing import REPAIRING
from shopdb.lifecycle.steps import LOCK, Course, Outcome, Report, Work, alone, go_on, patient, take_back
from shopdb.lifecycle.switching import DISABLING, ENABLING
from shopdb.store import journal
from shopdb.store.exclusive import LockBusy, only_one
from shopdb.store.journal import OperationState

COURSES: Mapping[str, Course] = {
    "install": BRINGING,
    "upgrade": BRINGING,
    "rollback": ROLLING_BACK,
    "enable": ENABLING,
    "disable": DISABLING,
    "uninstall": DROPPING,
    "repair": REPAIRING,
}


def unfinished(engine: Engine) -> OperationState | None:
    """Return what nobody works on any more and is not at its end; None if there is no such thing."""
    with engine.connect() as connection:
        running = journal.operations(connection, state=journal.RUNNING, limit=1)
    if not running:
        return None
    try:
        with only_one(engine, LOCK, 0.0), engine.connect() as connection:
            # Its process may have come to its end while the lock was asked for.
            still = journal.operations(connection, state=journal.RUNNING, limit=1)
    except LockBusy:
        return None
    return still[0] if still else None


def finish(shop: Shop, *, origin: Origin, report: Report) -> Outcome:
    """Go on where it stopped; raises `NothingUnfinishedError`, or as `operate`."""
    origin.require("plugins.install")
    with alone(shop.engine), patient(shop) as engine:
        found = _running(engine)
        work, course = _work(shop, engine, found, origin, report)
        return go_on(work, course, after=found.step)


def give_up(shop: Shop, *, origin: Origin, report: Report) -> Outcome:
    """Take it back from where it stopped; raises `NothingUnfinishedError` or `OperationFailedError`."""
    origin.require("plugins.install")
    with alone(shop.engine), patient(shop) as engine:
        found = _running(engine)
        work, course = _work(shop, engine, found, origin, report)
        left = take_back(work, course, after=found.step)
        if left:
            raise OperationFailedError(f"taking back of the {found.verb}", found.plugin, found.step, left[0], left)
        told = f"The {found.verb} of {found.plugin} is taken back"
        return Outcome(found.id, found.verb, found.plugin, told, work.written_log())


def _running(engine: Engine) -> OperationState:
    with engine.connect() as connection:
        running = journal.operations(connection, state=journal.RUNNING, limit=1)
    if not running:
        raise NothingUnfinishedError
    return running[0]


def _work(shop: Shop, engine: Engine, found: OperationState, origin: Origin, report: Report) -> tuple[Work, Course]:
    course = KEEPING if found.facts.get("choice") == "keep" else COURSES[found.verb]
    work = Work(shop, engine, origin, found.verb, found.plugin, dict(found.facts), report, found.id)
    work.log = found.log.splitlines()
    work.total = len(course.steps) + 1
    return work, course
