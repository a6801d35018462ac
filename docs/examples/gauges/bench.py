"""The bench: what a scan or a typed line means, given the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, ShopdbError

from .calibrations import RESULTS, calibrate
from .models import Gauge

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class OnBench:
    """The gauge that waits for its result."""

    id: int
    name: str


class UnknownGaugeError(ShopdbError):
    """A line names no gauge, or too many."""

    def __init__(self, code: str, candidates: Sequence[str]) -> None:
        """Name those that it could mean."""
        if candidates:
            super().__init__(f"{code!r} could be {', '.join(candidates)}; scan or type more of it.")
        else:
            super().__init__(f"No gauge is known as {code!r}; scan its label or type its number.")


class NoResultError(ShopdbError):
    """A line is no result, and a gauge waits for one."""

    def __init__(self, gauge: OnBench, code: str) -> None:
        """Say what would be."""
        super().__init__(
            f"{code!r} is no result for {gauge.name}; there are {', '.join(RESULTS)}, or their first letter."
        )


def step(session: Session, waiting: OnBench | None, code: str) -> tuple[OnBench | None, str]:
    """Do what a line asks for and return the gauge that waits afterwards, with what was done in words.

    Raises `UnknownGaugeError`, `NoResultError`, or what `calibrate` raises.
    """
    if waiting is None:
        gauge = _found(session, code)
        return gauge, f"{gauge.name} is on the bench."
    results = [result for result in RESULTS if code and result.startswith(code.casefold())]
    if len(results) != 1:
        raise NoResultError(waiting, code)
    calibration = calibrate(session, waiting.id, results[0])
    return None, f"{waiting.name} {calibration.result}, due on {calibration.due_on}."


def _found(session: Session, code: str) -> OnBench:
    """Return what has this number or serial number, else the only one whose name holds the code."""
    ways = (or_(Asset.asset_number == code, Asset.serial_number == code), Asset.name.contains(code, autoescape=True))
    for way in ways:
        statement = (
            select(Asset.id, Asset.name, Asset.asset_number)
            .join(Gauge, Gauge.asset_id == Asset.id)
            .where(way, Asset.archived_at.is_(None))
            .order_by(Asset.name, Asset.id)
            .limit(MOST_CANDIDATES)
        )
        found = [OnBench(row.id, f"{row.name} ({row.asset_number})") for row in session.execute(statement)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownGaugeError(code, [one.name for one in found])
    raise UnknownGaugeError(code, ())
