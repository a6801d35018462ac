"""What the dashboard reads of machines."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.api import Asset, MaintenancePlan, utc_now

from .models import Equipment

SOON = timedelta(days=14)
LONGEST_LIST = 20


def maintenance_due(session: Session) -> list[str]:
    """Return a line for each maintenance of a machine that is overdue or due within two weeks, the oldest first."""
    today = utc_now().date()
    statement = (
        select(MaintenancePlan.due_on, MaintenancePlan.due_on < today, Asset.asset_number, MaintenancePlan.name)
        .join(Equipment, Equipment.asset_id == MaintenancePlan.asset_id)
        .join(Asset, Asset.id == Equipment.asset_id)
        .where(MaintenancePlan.due_on <= today + SOON, Asset.archived_at.is_(None))
        .order_by(MaintenancePlan.due_on, MaintenancePlan.id)
        .limit(LONGEST_LIST)
    )
    return [
        f"{due_on} {'overdue' if is_late else 'due'}: {number} {what}"
        for due_on, is_late, number, what in session.execute(statement)
    ]
