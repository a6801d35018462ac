"""What the dashboard reads of USB devices."""

from datetime import timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, utc_now

from .models import UsbCheckout, UsbDevice

RECENTLY = timedelta(days=7)
LONGEST_LIST = 20


def overdue(session: Session) -> list[str]:
    """Return a line for each device that should be back, the longest overdue first."""
    statement = (
        select(UsbCheckout.due_on, Asset.name, UsbCheckout.holder)
        .join(Asset, Asset.id == UsbCheckout.asset_id)
        .where(UsbCheckout.returned_at.is_(None), UsbCheckout.due_on < utc_now().date())
        .order_by(UsbCheckout.due_on, UsbCheckout.id)
        .limit(LONGEST_LIST)
    )
    return [f"{due_on}: {device}, {holder}" for due_on, device, holder in session.execute(statement)]


def seen_while_in(session: Session) -> list[str]:
    """Return a line for each device that was seen on a PC within a week, at a time when nobody had it."""
    held_then = exists().where(
        UsbCheckout.asset_id == Asset.id,
        UsbCheckout.checked_out_at <= Asset.last_seen,
        or_(UsbCheckout.returned_at.is_(None), UsbCheckout.returned_at >= Asset.last_seen),
    )
    statement = (
        select(Asset.name, UsbDevice.seen_on)
        .join(UsbDevice, UsbDevice.asset_id == Asset.id)
        .where(
            Asset.archived_at.is_(None),
            Asset.last_seen > utc_now() - RECENTLY,
            UsbDevice.seen_on.is_not(None),
            ~held_then,
        )
        .order_by(Asset.last_seen.desc(), Asset.id)
        .limit(LONGEST_LIST)
    )
    return [f"{device} on {host}" for device, host in session.execute(statement)]
