import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugins.usb.checkouts import DeviceIsBackError, DeviceIsOutError, NotThereError, check_in, check_out
from plugins.usb.models import UsbCheckout
from shopdb.api import Person, utc_now
from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import NotPermittedError
from shopdb.services import undo
from shopdb.services.records import remove
from shopdb.store import records
from shopdb.store.models import Batch

Run = Callable[[Callable[[Session], Any]], Any]
PATIENCE = 30  # seconds before a wait is a failure


def holder(shop: Shop, device_id: int) -> str | None:
    """Return who has the device, as every list shows it."""
    with shop.reading() as session:
        shown: str | None = records.get(session, shop.catalog["usb_devices"], device_id).values["holder"]
    return shown


def test_a_device_goes_out_and_comes_back(shop: Shop, write: Run, device_id: int, ana_id: int) -> None:
    due = date(2030, 1, 31)
    checkout_id = write(lambda session: check_out(session, device_id, ana_id, due_on=due, note="for M-104").id)
    assert holder(shop, device_id) == "Ana Ruiz"
    write(lambda session: check_in(session, checkout_id))
    assert holder(shop, device_id) is None
    write(lambda session: check_out(session, device_id, ana_id))
    assert holder(shop, device_id) == "Ana Ruiz"


def test_who_has_a_device_and_since_when_is_said_to_the_next(
    write: Run, device_id: int, ana_id: int, bob_id: int
) -> None:
    since = write(lambda session: check_out(session, device_id, ana_id).checked_out_at)
    with pytest.raises(DeviceIsOutError, match=f"Red stick is with Ana Ruiz since {since:%Y-%m-%d %H:%M} UTC"):
        write(lambda session: check_out(session, device_id, bob_id))


def test_the_database_itself_refuses_a_second_open_check_out(
    write: Run, read: Run, device_id: int, ana_id: int
) -> None:
    def behind_the_back(session: Session) -> None:
        for _ in range(2):
            session.add(
                UsbCheckout(
                    asset_id=device_id,
                    open_device_id=device_id,
                    person_id=ana_id,
                    holder="Ana Ruiz",
                    checked_out_at=utc_now(),
                )
            )
            session.flush()

    with pytest.raises(IntegrityError):
        write(behind_the_back)
    assert read(lambda session: session.scalars(select(UsbCheckout.id)).all()) == []


def test_of_two_who_ask_at_once_one_gets_the_device(
    write: Run, read: Run, device_id: int, ana_id: int, bob_id: int
) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)

    def ask(person_id: int) -> str:
        together.wait()
        try:
            return str(write(lambda session: check_out(session, device_id, person_id).holder))
        except DeviceIsOutError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, (ana_id, bob_id), timeout=PATIENCE))
    (who,) = read(lambda session: session.scalars(select(UsbCheckout.holder)).all())
    assert who in answers
    assert [answer for answer in answers if f"is with {who}" in answer]


def test_a_device_comes_back_once(write: Run, device_id: int, ana_id: int) -> None:
    checkout_id = write(lambda session: check_out(session, device_id, ana_id).id)
    write(lambda session: check_in(session, checkout_id))
    with pytest.raises(DeviceIsBackError, match="Ana Ruiz gave it back on"):
        write(lambda session: check_in(session, checkout_id))


def test_what_does_not_exist_is_named(write: Run, device_id: int, ana_id: int) -> None:
    with pytest.raises(NotThereError, match="no USB device 999"):
        write(lambda session: check_out(session, 999, ana_id))
    with pytest.raises(NotThereError, match="no person 999"):
        write(lambda session: check_out(session, device_id, 999))
    with pytest.raises(NotThereError, match="no check-out 999"):
        write(lambda session: check_in(session, 999))


def test_a_viewer_hands_nothing_out(shop: Shop, device_id: int, ana_id: int) -> None:
    viewer = Origin(actor="vic", door="rest", permissions=frozenset({"*.view"}))
    with pytest.raises(NotPermittedError, match=r"usb_checkouts\.change"):
        shop.write(viewer, lambda session: check_out(session, device_id, ana_id))


def test_the_list_still_says_who_has_it_when_the_person_is_deleted(
    shop: Shop, write: Run, read: Run, device_id: int, ana_id: int
) -> None:
    write(lambda session: check_out(session, device_id, ana_id))
    write(lambda session: remove(session, shop.catalog["people"], ana_id))
    assert read(lambda session: session.get(Person, ana_id)) is None
    assert holder(shop, device_id) == "Ana Ruiz"


def test_a_check_out_can_be_undone(shop: Shop, write: Run, read: Run, device_id: int, ana_id: int) -> None:
    write(lambda session: check_out(session, device_id, ana_id))
    batch_id = read(lambda session: max(session.scalars(select(Batch.id))))
    write(lambda session: undo.undo(session, batch_id))
    assert holder(shop, device_id) is None
    assert read(lambda session: session.scalars(select(UsbCheckout.id)).all()) == []
