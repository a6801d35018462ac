"""What the dashboard reads of printers."""

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from shopdb.api import Asset

from .levels import shown
from .models import Printer, PrinterSupply

LOW_PERCENT = 15
LONGEST_LIST = 20


def low_supplies(session: Session) -> list[str]:
    """Return a line for each supply of which no more than 15 % is left, the emptiest first.

    Levels and capacities that are words (below zero) are never low.
    """
    statement = (
        select(Asset.name, PrinterSupply.name, PrinterSupply.level, PrinterSupply.capacity)
        .join(Asset, Asset.id == PrinterSupply.asset_id)
        .where(
            Asset.archived_at.is_(None),
            PrinterSupply.level >= 0,
            PrinterSupply.capacity > 0,
            PrinterSupply.level * 100 <= PrinterSupply.capacity * LOW_PERCENT,
        )
        .order_by(PrinterSupply.level * 100 / PrinterSupply.capacity, PrinterSupply.id)
        .limit(LONGEST_LIST)
    )
    return [
        f"{printer}: {supply}, {shown(level, capacity)}"
        for printer, supply, level, capacity in session.execute(statement)
    ]


def with_errors(session: Session) -> list[str]:
    """Return a line for each printer that reports errors, by name."""
    statement = (
        select(Asset.name, Printer.errors)
        .join(Asset, Asset.id == Printer.asset_id)
        .where(Asset.archived_at.is_(None), type_coerce(Printer.errors, Text) != "[]")
        .order_by(Asset.name, Asset.id)
        .limit(LONGEST_LIST)
    )
    return [f"{name}: {', '.join(errors)}" for name, errors in session.execute(statement)]
