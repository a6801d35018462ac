"""What the dashboard reads of network devices."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, utc_now

from .models import NetworkDevice

QUIET = timedelta(days=1)


def by_kind(session: Session) -> Mapping[str, int]:
    """Return how many devices there are of each kind, most first."""
    counted = func.count()
    statement = (
        select(NetworkDevice.kind, counted)
        .join(Asset, Asset.id == NetworkDevice.asset_id)
        .where(Asset.archived_at.is_(None))
        .group_by(NetworkDevice.kind)
        .order_by(counted.desc(), NetworkDevice.kind)
    )
    return {(kind or "unknown").replace("_", " "): number for kind, number in session.execute(statement)}


def quiet_devices(session: Session) -> int:
    """Return how many devices were seen before, but not within a day."""
    statement = (
        select(func.count())
        .select_from(NetworkDevice)
        .join(Asset, Asset.id == NetworkDevice.asset_id)
        .where(Asset.archived_at.is_(None), Asset.last_seen < utc_now() - QUIET)
    )
    return session.scalar(statement) or 0
