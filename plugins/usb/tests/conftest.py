"""Devices and people for the desk."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from plugins.usb.models import UsbDevice
from shopdb.api import Asset, Person

Run = Callable[[Callable[[Session], Any]], Any]
Add = Callable[[str, str], int]


@pytest.fixture
def add_device(write: Run) -> Add:
    """Return what adds a device under a number and a name, and returns its id."""

    def add(number: str, name: str) -> int:
        def work(session: Session) -> int:
            asset = Asset(resource="usb_devices", asset_number=number, name=name, serial_number=f"S-{number}")
            session.add(asset)
            session.flush()
            session.add(UsbDevice(asset_id=asset.id))
            return asset.id

        device_id: int = write(work)
        return device_id

    return add


@pytest.fixture
def add_person(write: Run) -> Add:
    """Return what adds a person under a badge and a name, and returns the id."""

    def add(badge: str, name: str) -> int:
        def work(session: Session) -> int:
            person = Person(name=name, badge=badge)
            session.add(person)
            session.flush()
            return person.id

        person_id: int = write(work)
        return person_id

    return add


@pytest.fixture
def device_id(add_device: Add) -> int:
    """Return the id of USB-1."""
    return add_device("USB-1", "Red stick")


@pytest.fixture
def ana_id(add_person: Add) -> int:
    """Return the id of Ana."""
    return add_person("B-100", "Ana Ruiz")


@pytest.fixture
def bob_id(add_person: Add) -> int:
    """Return the id of Bob."""
    return add_person("B-200", "Bob Lund")
