"""The USB sticks of a made-up shop: who had which, who has one now, and where some were seen meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from shopdb.api import THIS_ASSET, DemoAsset, DemoFloor, DemoRow

PERCENT = 7
IS_OUT = 0.3
LOAN_DAYS = 14
STICKS = (
    ("SanDisk", "Ultra USB 3.0 32GB", "0781", "5581", "4C5300########"),
    ("Kingston", "DataTraveler Vault Privacy 30", "0951", "16a0", "001CC0EC%%%%%%%%"),
    ("Kingston", "IronKey D300S", "0951", "1718", "E0D55E6B%%%%%%%%"),
    ("Transcend", "JetFlash 790", "8564", "1000", "########"),
)
NOTES = (None, None, None, "program transfer M-0104", "für Wartung", "CMM backup", "audit")


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the sticks."""
    for number in range(1, 1 + floor.share(PERCENT)):
        yield _stick(floor, number)


def _stick(floor: DemoFloor, number: int) -> DemoAsset:
    rng = floor.rng
    maker, model, vendor_id, product_id, serial = rng.choice(STICKS)
    returned = [_checkout(floor, days_ago) for days_ago in range(60, 60 + 30 * rng.randrange(4), 30)]
    is_open = [_checkout(floor, rng.randrange(25), is_open=True)] if rng.random() < IS_OUT else []
    was_seen = rng.random() < 0.5
    device: dict[str, Any] = {
        "vendor_id": vendor_id,
        "product_id": product_id,
        "manufacturer": maker if was_seen else None,
        "usb_class": "mass storage",
        "seen_on": f"WS-PC-{rng.randrange(1, 1 + floor.count // 2):04}" if was_seen else None,
        "checkout_id": is_open[0] if is_open else None,
    }
    return DemoAsset(
        prefix="U",
        name=f"Stick {number:03}",
        type="USB stick",
        place=floor.place("storage", "office"),
        resource="usb_devices",
        model=(maker, model),
        serial_number=floor.shaped(serial),
        collected=was_seen,
        rows=[*reversed(returned), *is_open, DemoRow("usb_devices", device)],
    )


def _checkout(floor: DemoFloor, days_ago: int, *, is_open: bool = False) -> DemoRow:
    """Return a check-out of so many days ago; an open one of more than two weeks ago is overdue."""
    person = floor.person()
    out = floor.now - timedelta(days=days_ago, minutes=floor.rng.randrange(600))
    back = None if is_open else out + timedelta(minutes=floor.rng.randrange(20, 20_000))
    return DemoRow("usb_checkouts", {
        "open_device_id": THIS_ASSET if is_open else None,
        "person_id": person.id,
        "holder": person.name,
        "checked_out_at": out,
        "due_on": floor.day(LOAN_DAYS - days_ago),
        "returned_at": back,
        "note": floor.rng.choice(NOTES),
    })  # fmt: skip
