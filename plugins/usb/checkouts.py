"""Checking devices out and in: one device, one holder at a time."""

from datetime import date

from sqlalchemy.orm import Session

from shopdb.api import Asset, Person, ValueRefusedError, utc_now

from .models import UsbCheckout, UsbDevice

PERMISSION = "usb_checkouts.change"


class DeviceIsOutError(ValueRefusedError):
    """A device cannot be checked out because somebody has it."""

    def __init__(self, device: str, checkout: UsbCheckout) -> None:
        """Say who has it and since when."""
        since = f"{checkout.checked_out_at:%Y-%m-%d %H:%M} UTC"
        super().__init__(f"{device} is with {checkout.holder} since {since}; check it in first.")


class DeviceIsBackError(ValueRefusedError):
    """A check-out cannot be ended because it has been."""

    def __init__(self, checkout: UsbCheckout) -> None:
        """Say when it came back, and from whom."""
        super().__init__(f"{checkout.holder} gave it back on {checkout.returned_at:%Y-%m-%d %H:%M} UTC already.")


class NotThereError(ValueRefusedError):
    """A device, person or check-out does not exist (any more)."""

    def __init__(self, what: str, record_id: int) -> None:
        """Say which."""
        super().__init__(f"There is no {what} {record_id}; it may have been deleted.")


def check_out(
    session: Session, device_id: int, person_id: int, *, due_on: date | None = None, note: str | None = None
) -> UsbCheckout:
    """Give a device to a person and return the check-out, flushed.

    Raises `DeviceIsOutError` while somebody has it, `NotThereError` for an unknown device or person.
    """
    session.info["origin"].require(PERMISSION)
    # The lock makes a second check-out wait for the first, and then see it.
    device = session.get(UsbDevice, device_id, with_for_update=True)
    asset = session.get(Asset, device_id)
    if device is None or asset is None:
        raise NotThereError("USB device", device_id)
    person = session.get(Person, person_id)
    if person is None:
        raise NotThereError("person", person_id)
    if device.checkout_id is not None:
        raise DeviceIsOutError(asset.name, session.get_one(UsbCheckout, device.checkout_id))
    checkout = UsbCheckout(
        asset_id=device_id,
        open_device_id=device_id,
        person_id=person_id,
        holder=person.name,
        checked_out_at=utc_now(),
        due_on=due_on,
        note=note,
    )
    session.add(checkout)
    session.flush()
    device.checkout_id = checkout.id
    session.flush()
    return checkout


def check_in(session: Session, checkout_id: int) -> UsbCheckout:
    """Take a device back and return its check-out, ended and flushed.

    Raises `DeviceIsBackError` if it was back before, `NotThereError` for an unknown check-out.
    """
    session.info["origin"].require(PERMISSION)
    checkout = session.get(UsbCheckout, checkout_id, with_for_update=True)
    if checkout is None:
        raise NotThereError("check-out", checkout_id)
    if checkout.returned_at is not None:
        raise DeviceIsBackError(checkout)
    checkout.returned_at = utc_now()
    checkout.open_device_id = None
    session.get_one(UsbDevice, checkout.asset_id).checkout_id = None
    session.flush()
    return checkout
