"""What the dashboard, the endpoint and the command read: which gauges are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.api import Asset, utc_now

from .models import Gauge

LONGEST_LIST = 50


@dataclass(frozen=True, slots=True)
class Due:
    """A gauge and the day on which it is due."""

    id: int
    number: str
    name: str
    due_on: date


def due(session: Session, within_days: int) -> Sequence[Due]:
    """Return the gauges that are due within so many days, the longest overdue first."""
    statement = (
        select(Asset.id, Asset.asset_number, Asset.name, Gauge.due_on)
        .join(Gauge, Gauge.asset_id == Asset.id)
        .where(Gauge.due_on <= utc_now().date() + timedelta(days=within_days), Asset.archived_at.is_(None))
        .order_by(Gauge.due_on, Asset.id)
        .limit(LONGEST_LIST)
    )
    return [Due(one.id, one.asset_number, one.name, one.due_on) for one in session.execute(statement)]


def told(gauges: Sequence[Due]) -> list[str]:
    """Return a line for each gauge."""
    return [f"{gauge.due_on}  {gauge.number}  {gauge.name}" for gauge in gauges]
