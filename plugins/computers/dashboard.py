"""What the dashboard reads of PCs."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, utc_now

from .models import Computer

LONG_UP = timedelta(days=30)
MOST_BARS = 8


def long_not_rebooted(session: Session) -> int:
    """Return how many PCs have been running for more than 30 days."""
    since = utc_now() - LONG_UP
    return session.scalar(_counted().where(Computer.last_boot < since)) or 0


def by_system(session: Session) -> Mapping[str, int]:
    """Return how many PCs run each of the commonest systems, most first."""
    counted = func.count()
    statement = (
        _counted()
        .add_columns(Computer.os_name)
        .group_by(Computer.os_name)
        .order_by(counted.desc(), Computer.os_name)
        .limit(MOST_BARS)
    )
    return {name or "unknown": number for number, name in session.execute(statement)}


def _counted() -> Select[int]:
    """Count the PCs that are not archived."""
    return (
        select(func.count())
        .select_from(Computer)
        .join(Asset, Asset.id == Computer.asset_id)
        .where(Asset.archived_at.is_(None))
    )
