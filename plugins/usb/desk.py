"""The desk at which sticks are handed out and taken back: what a scan means, given the scan before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from shopdb.api import Asset, Person, ShopdbError

from .checkouts import check_in, check_out
from .models import UsbDevice

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick that was scanned; ``checkout_id`` while it is out."""

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
    """What the scans before left: a stick that waits for its taker, or a taker of all sticks that follow."""

    stick: Stick | None = None
    taker: Taker | None = None


class UnknownCodeError(ShopdbError):
    """A scan names no stick and nobody, or too many."""

    def __init__(self, code: str, candidates: Sequence[str]) -> None:
        """Name those that it could mean."""
        if candidates:
            super().__init__(f"{code!r} could be {', '.join(candidates)}; scan or type more of it.")
        else:
            super().__init__(f"No stick and nobody is known as {code!r}; scan its label or the person's badge.")


def scan(session: Session, desk: Desk, code: str) -> tuple[Desk, str]:
    """Do what the code asks for and return the desk afterwards, with what was done in words.

    A stick that is out comes back. A stick that is in goes to the taker at the desk, or waits for one. A badge takes
    the waiting stick, or all sticks that follow. Raises `UnknownCodeError`, or what a check-out raises.
    """
    match _find(session, code.strip()):
        case Stick(checkout_id=int(checkout_id), name=name):
            checkout = check_in(session, checkout_id)
            return replace(desk, stick=None), f"{name} is back from {checkout.holder}."
        case Stick() as stick:
            if desk.taker is None:
                return Desk(stick=stick), f"{stick.name}: who takes it?"
            return desk, _hand_over(session, stick, desk.taker)
        case Taker() as taker:
            if desk.stick is None:
                return Desk(taker=taker), f"{taker.name} takes the sticks that follow."
            return Desk(), _hand_over(session, desk.stick, taker)


def _hand_over(session: Session, stick: Stick, taker: Taker) -> str:
    checkout = check_out(session, stick.id, taker.id)
    return f"{stick.name} goes to {checkout.holder}."


def _find(session: Session, code: str) -> Stick | Taker:
    """Return what bears this number, serial number, badge or name, or the only one whose name holds the code."""
    exactly = _matching(
        session,
        or_(Asset.asset_number == code, Asset.serial_number == code, Asset.name == code),
        or_(Person.badge == code, Person.name == code),
    )
    found = exactly or _matching(
        session, Asset.name.contains(code, autoescape=True), Person.name.contains(code, autoescape=True)
    )
    if len(found) != 1 or not code:
        raise UnknownCodeError(code, [one.name for one in found[:MOST_CANDIDATES]] if code else ())
    return found[0]


def _matching(session: Session, sticks: ColumnElement[bool], people: ColumnElement[bool]) -> list[Stick | Taker]:
    devices = (
        select(Asset.id, Asset.name, UsbDevice.checkout_id)
        .join(UsbDevice, UsbDevice.asset_id == Asset.id)
        .where(sticks, Asset.archived_at.is_(None))
        .order_by(Asset.name)
        .limit(MOST_CANDIDATES)
    )
    persons = select(Person.id, Person.name).where(people).order_by(Person.name).limit(MOST_CANDIDATES)
    return [
        *(Stick(*row) for row in session.execute(devices)),
        *(Taker(*row) for row in session.execute(persons)),
    ]
