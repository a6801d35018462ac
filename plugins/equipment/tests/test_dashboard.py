from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.equipment.dashboard import maintenance_due
from plugins.equipment.models import Equipment
from shopdb.api import Asset, MaintenancePlan, utc_now

Run = Callable[[Callable[[Session], Any]], Any]


def add_plan(session: Session, number: str, what: str, due_in_days: int | None, *, is_machine: bool = True) -> Asset:
    asset = Asset(resource="equipment" if is_machine else None, asset_number=number, name=number)
    session.add(asset)
    session.flush()
    if is_machine:
        session.add(Equipment(asset_id=asset.id))
    due_on = None if due_in_days is None else utc_now().date() + timedelta(days=due_in_days)
    session.add(MaintenancePlan(asset_id=asset.id, name=what, every_days=365, due_on=due_on))
    return asset


def test_what_machines_are_due_is_listed_the_oldest_first(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_plan(session, "M-104", "Lubrication", 3)
        add_plan(session, "CMM-1", "Calibration", -2)
        add_plan(session, "M-105", "Service", 15)
        add_plan(session, "M-106", "Service", None)
        add_plan(session, "LADDER-1", "Inspection", -9, is_machine=False)
        add_plan(session, "M-OLD", "Service", -400).archived_at = utc_now()

    write(arrange)
    today = utc_now().date()
    assert read(maintenance_due) == [
        f"{today - timedelta(days=2)} overdue: CMM-1 Calibration",
        f"{today + timedelta(days=3)} due: M-104 Lubrication",
    ]
