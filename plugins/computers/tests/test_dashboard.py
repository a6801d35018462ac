from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.computers.dashboard import by_system, long_not_rebooted
from plugins.computers.models import Computer
from shopdb.api import Asset, utc_now

Run = Callable[[Callable[[Session], Any]], Any]


def add_pc(session: Session, name: str, os_name: str | None, last_boot: datetime | None = None) -> Asset:
    asset = Asset(resource="computers", asset_number=name, name=name)
    session.add(asset)
    session.flush()
    session.add(Computer(asset_id=asset.id, os_name=os_name, last_boot=last_boot))
    return asset


def test_systems_are_counted_the_commonest_first(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_pc(session, "PC-1", "Windows 11")
        add_pc(session, "PC-2", None)
        add_pc(session, "PC-3", "Windows 11")
        add_pc(session, "PC-GONE", "Windows XP").archived_at = utc_now()

    write(arrange)
    assert list(read(by_system).items()) == [("Windows 11", 2), ("unknown", 1)]


def test_a_pc_that_runs_for_a_month_wants_a_restart(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_pc(session, "PC-1", None, utc_now() - timedelta(days=31))
        add_pc(session, "PC-2", None, utc_now() - timedelta(days=29))
        add_pc(session, "PC-3", None)

    write(arrange)
    assert read(long_not_rebooted) == 1
