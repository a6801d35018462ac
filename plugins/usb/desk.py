"""The desk at which devices are handed out and taken back: what a scan means, given the scan before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, Person, ShopdbError

from .checkouts import check_in, check_out
from .models import UsbDevice

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was scanned; ``checkout_id`` while it is out."""

    id: int
    name: str
    checkout_id: int | None


@dataclass(frozen=True, slots=True)
class Taker:
    """A person who was scanned."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What the scans before left: a device that waits for its taker, or a taker of all devices that follow."""

    device: Device | None = None
    taker: Taker | None = None


class UnknownCodeError(ShopdbError):
    """A scan names no device and nobody, or too many."""

    def __init__(self, code: str, candidates: Sequence[str]) -> None:
        """Name those that it could mean."""
        if candidates:
            super().__init__(f"{code!r} could be {', '.join(candidates)}; scan or type more of it.")
        else:
            super().__init__(f"No device and nobody is known as {code!r}; scan its label or the person's badge.")


def scan(session: Session, desk: Desk, code: str) -> tuple[Desk, str]:
    """Do what the code asks for and return the desk afterwards, with what was done in words.

    A device that is out comes back. A device that is in goes to the taker at the desk, or waits for one. A badge takes
    the waiting device, or all devices that follow. Raises `UnknownCodeError`, or what a check-out raises.
    """
    match _find(session, code.strip()):
        case Device(checkout_id=int(checkout_id), name=name):
            checkout = check_in(session, checkout_id)
            return replace(desk, device=None), f"{name} is back from {checkout.holder}."
        case Device() as device:
            if desk.taker is None:
                return Desk(device=device), f"{device.name}: who takes it?"
            return desk, _hand_over(session, device, desk.taker)
        case Taker() as taker:
            if desk.device is None:
                return Desk(taker=taker), f"{taker.name} takes the devices that follow."
            return Desk(), _hand_over(session, desk.device, taker)


def _hand_over(session: Session, device: Device, taker: Taker) -> str:
    checkout = check_out(session, device.id, taker.id)
    return f"{device.name} goes to {checkout.holder}."


def _find(session: Session, code: str) -> Device | Taker:
    """Return what bears this number or badge, else this name, else the only one whose name holds the code."""
    ways = (
        (or_(Asset.asset_number == code, Asset.serial_number == code), Person.badge == code),
        (Asset.name == code, Person.name == code),
        (Asset.name.contains(code, autoescape=True), Person.name.contains(code, autoescape=True)),
    )
    for is_device, is_person in ways if code else ():
        found: list[Device | Taker] = [*_devices(session, is_device), *_people(session, is_person)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownCodeError(code, [one.name for one in found[:MOST_CANDIDATES]])
    raise UnknownCodeError(code, ())


def _devices(session: Session, condition: ColumnElement[bool]) -> list[Device]:
    statement = (
        select(Asset.id, Asset.name, Asset.asset_number, UsbDevice.checkout_id)
        .join(UsbDevice, UsbDevice.asset_id == Asset.id)
        .where(condition, Asset.archived_at.is_(None))
        .order_by(Asset.name, Asset.id)
        .limit(MOST_CANDIDATES)
    )
    return [Device(row.id, f"{row.name} ({row.asset_number})", row.checkout_id) for row in session.execute(statement)]


def _people(session: Session, condition: ColumnElement[bool]) -> list[Taker]:
    statement = select(Person.id, Person.name).where(condition).order_by(Person.name, Person.id).limit(MOST_CANDIDATES)
    return [Taker(row.id, row.name) for row in session.execute(statement)]
