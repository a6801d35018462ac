"""Calibrating: who may, what may come of it, and when the next one is due."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from shopdb.api import RecordNotFoundError, ValueRefusedError, audit_log, change_record, origin_of, utc_now

from .models import Calibration, Gauge
from .resources import GAUGES

PERMISSION = "gauges.calibrate"
RESULTS = ("passed", "adjusted", "failed")
FAILED = "failed"


class UnknownResultError(ValueRefusedError):
    """A result that no calibration has."""

    def __init__(self, result: object) -> None:
        """Say which there are."""
        super().__init__(f"{result!r} is no result; there are {', '.join(RESULTS)}.")


class NotYetError(ValueRefusedError):
    """A calibration of a day to come."""

    def __init__(self, on: date) -> None:
        """Say which day."""
        super().__init__(f"{on} is still to come; a calibration is noted when it was done.")


def next_due(result: str, on: date, interval_days: int) -> date:
    """Return when a gauge is due again; one that failed is due at once, and stays so until it passes."""
    return on if result == FAILED else on + timedelta(days=interval_days)


def calibrate(
    session: Session, gauge_id: int, result: str, *, on: date | None = None, note: str | None = None
) -> Calibration:
    """Note a calibration and return it, flushed; the gauge is due anew.

    Raises `UnknownResultError`, `NotYetError`, or `RecordNotFoundError` where there is no such gauge.
    """
    origin = origin_of(session)
    origin.require(PERMISSION)
    today = utc_now().date()
    on = on or today
    if result not in RESULTS:
        raise UnknownResultError(result)
    if on > today:
        raise NotYetError(on)
    gauge = session.get(Gauge, gauge_id)
    if gauge is None:
        raise RecordNotFoundError(GAUGES.name, gauge_id)
    due_on = next_due(result, on, gauge.interval_days)
    # Counts the record's version up, so that a form that is open somewhere notices.
    change_record(session, GAUGES, gauge_id, {"due_on": due_on})
    calibration = Calibration(
        asset_id=gauge_id, calibrated_on=on, result=result, due_on=due_on, calibrated_by=origin.actor, note=note
    )
    session.add(calibration)
    session.flush()
    session.get_one(Gauge, gauge_id, populate_existing=True).calibration_id = calibration.id
    audit_log(session, "gauges.calibrated", subject=("assets", gauge_id), details={"result": result})
    session.flush()
    return calibration
