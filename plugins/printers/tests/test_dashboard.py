from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from plugins.printers.dashboard import low_supplies, with_errors
from plugins.printers.models import Printer, PrinterSupply
from shopdb.api import Asset, utc_now

Run = Callable[[Callable[[Session], Any]], Any]


def add_printer(session: Session, name: str, *supplies: tuple[str, int | None, int | None], **facts: Any) -> Asset:
    """Add a printer with supplies (name, level, capacity)."""
    asset = Asset(resource="printers", asset_number=name, name=name)
    session.add(asset)
    session.flush()
    session.add(Printer(asset_id=asset.id, **facts))
    session.add_all(
        PrinterSupply(asset_id=asset.id, name=supply, level=level, capacity=capacity)
        for supply, level, capacity in supplies
    )
    return asset


def test_only_amounts_are_low_and_the_emptiest_comes_first(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_printer(session, "PRN-1", ("black", 15, 100), ("cyan", 16, 100), ("yellow", -2, 100), ("drum", -3, -2))
        add_printer(session, "PRN-2", ("black", 20, 2500), ("waste", -1, -1), ("magenta", None, None))

    write(arrange)
    assert read(low_supplies) == ["PRN-2: black, under 1 %", "PRN-1: black, 15 %"]


def test_an_archived_printer_needs_no_toner(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_printer(session, "PRN-OLD", ("black", 0, 100), errors=["no toner"]).archived_at = utc_now()

    write(arrange)
    assert read(low_supplies) == []
    assert read(with_errors) == []


def test_printers_with_errors_are_listed_with_them(write: Run, read: Run) -> None:
    def arrange(session: Session) -> None:
        add_printer(session, "PRN-1", errors=["low toner", "door open"])
        add_printer(session, "PRN-2", errors=[])
        add_printer(session, "PRN-3")

    write(arrange)
    assert read(with_errors) == ["PRN-1: low toner, door open"]
