from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.network.dashboard import by_kind, quiet_devices
from plugins.network.models import NetworkDevice
from shopdb.api import Asset, utc_now

Run = Callable[[Callable[[Session], Any]], Any]


def add_device(session: Session, name: str, kind: str | None, seen_hours_ago: int | None = None) -> None:
    last_seen = None if seen_hours_ago is None else utc_now() - timedelta(hours=seen_hours_ago)
    asset = Asset(resource="network_devices", asset_number=name, name=name, last_seen=last_seen)
    session.add(asset)
    session.flush()
    session.add(NetworkDevice(asset_id=asset.id, kind=kind))


def test_devices_are_counted_by_kind(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_device(session, "AP-1", "access_point")
        add_device(session, "AP-2", "access_point")
        add_device(session, "BOX", None)

    write(arrange)
    assert list(read(by_kind).items()) == [("access point", 2), ("unknown", 1)]


def test_a_device_is_quiet_when_it_was_seen_once_but_not_today(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_device(session, "SW-1", "switch", seen_hours_ago=25)
        add_device(session, "SW-2", "switch", seen_hours_ago=23)
        add_device(session, "SW-3", "switch")

    write(arrange)
    assert read(quiet_devices) == 1
