"""The tables of USB devices: one row beside the asset's own, and who had which device from when to when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, BigId, Numbered, Person, Versioned, line, loosely_linked_to, owned_by, plugin_base

UsbBase: Any = plugin_base("usb")


class UsbCheckout(Numbered, UsbBase):
    """One time that a device was with somebody; it is out until ``returned_at``.

    ``open_device_id`` is the device while it is out and NULL afterwards. It is unique, and NULLs do not count: so the
    database itself, whichever it is, refuses to have one device out twice.

    ``holder`` is the person's name at that time, which outlives the person's record.
    """

    __tablename__ = "usb_checkouts"
    __subject__ = "asset_id"
    __label__ = "holder"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    open_device_id: Mapped[int | None] = mapped_column(BigId, unique=True)
    person_id: Mapped[int | None] = mapped_column(loosely_linked_to(Person.__table__.c.id), index=True)
    holder: Mapped[str] = mapped_column(line(160))
    checked_out_at: Mapped[datetime]
    due_on: Mapped[date | None] = mapped_column(index=True)
    returned_at: Mapped[datetime | None]
    note: Mapped[str | None]


class UsbDevice(Versioned, UsbBase):
    """What a device has beyond any asset.

    ``seen_on`` is the PC on which a collector last saw it; ``checkout_id`` leads to who has it now. The two say
    different things, and nothing makes them agree.
    """

    __tablename__ = "usb_devices"
    __subject__ = "asset_id"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    vendor_id: Mapped[str | None] = mapped_column(line(10))
    product_id: Mapped[str | None] = mapped_column(line(10))
    manufacturer: Mapped[str | None] = mapped_column(line(160))
    usb_class: Mapped[str | None] = mapped_column(line(60))
    seen_on: Mapped[str | None]
    checkout_id: Mapped[int | None] = mapped_column(loosely_linked_to(UsbCheckout.__table__.c.id), index=True)
