"""The tables of printers: one row beside the asset's own, and their supplies and trays."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, Document, Numbered, Versioned, line, owned_by, plugin_base

PrintersBase: Any = plugin_base("printers")


class Printer(Versioned, PrintersBase):
    """What a printer has beyond any asset.

    ``pages`` counts pages by name ("total", "color"), for printers count what they please. Counters, state and
    errors move with every push: they are readings, not history.
    """

    __tablename__ = "printers"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"printer_status", "errors", "pages"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    host_name: Mapped[str | None] = mapped_column(index=True)
    firmware: Mapped[str | None] = mapped_column(line(160))
    printer_status: Mapped[str | None] = mapped_column(line(60))
    errors: Mapped[Any | None] = mapped_column(Document)
    pages: Mapped[Any | None] = mapped_column(Document)


class PrinterSupply(Numbered, PrintersBase):
    """A toner, an ink, a drum or a box for waste; ``level`` and ``capacity`` are as read, see `levels`."""

    __tablename__ = "printer_supplies"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"level"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    name: Mapped[str]
    kind: Mapped[str | None] = mapped_column(line(60))
    color: Mapped[str | None] = mapped_column(line(60))
    unit: Mapped[str | None] = mapped_column(line(60))
    level: Mapped[int | None]
    capacity: Mapped[int | None]


class PrinterTray(Numbered, PrintersBase):
    """A paper tray; ``level`` and ``capacity`` are as read, see `levels`."""

    __tablename__ = "printer_trays"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"level"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    name: Mapped[str]
    media: Mapped[str | None] = mapped_column(line(120))
    level: Mapped[int | None]
    capacity: Mapped[int | None]
