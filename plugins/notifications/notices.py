"""Which notices hold at a moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shopdb.api import BusinessUnit, utc_now

from .models import SEVERITIES, Notification


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as the service gives it away; ``business_unit`` is empty when it concerns everybody."""

    id: int
    severity: str
    title: str
    text: str
    business_unit: str
    valid_until: datetime | None


def active_notices(session: Session, now: datetime | None = None) -> list[Notice]:
    """Return the notices that hold now, or at another (aware) moment: the most severe first, then the newest."""
    moment = now or utc_now()
    statement = (
        select(Notification, BusinessUnit.name)
        .outerjoin(BusinessUnit, BusinessUnit.id == Notification.business_unit_id)
        .where(
            or_(Notification.valid_from.is_(None), Notification.valid_from <= moment),
            or_(Notification.valid_until.is_(None), Notification.valid_until > moment),
        )
        .order_by(Notification.id.desc())
    )
    notices = [
        Notice(
            id=found.id,
            severity=found.severity,
            title=found.title,
            text=found.text or "",
            business_unit=unit or "",
            valid_until=found.valid_until,
        )
        for found, unit in session.execute(statement)
    ]
    return sorted(notices, key=lambda notice: SEVERITIES.index(notice.severity), reverse=True)


def active_now(session: Session) -> list[str]:
    """Return a line for each notice that holds now."""
    return [f"{notice.severity}: {notice.title}" for notice in active_notices(session)]
