"""The table of machines: one row beside the asset's own."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, Versioned, line, owned_by, plugin_base

EquipmentBase: Any = plugin_base("equipment")


class Equipment(Versioned, EquipmentBase):
    """What a machine has beyond any asset: its controller, and how a program can talk to it.

    ``availability`` is what the machine last said of itself: a reading, not history.
    """

    __tablename__ = "equipment"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"availability"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    controller: Mapped[str | None] = mapped_column(line(160))
    firmware: Mapped[str | None] = mapped_column(line(120))
    protocol: Mapped[str | None] = mapped_column(line(60))
    endpoint: Mapped[str | None]
    uuid: Mapped[str | None] = mapped_column(line(120))
    availability: Mapped[str | None] = mapped_column(line(60))
