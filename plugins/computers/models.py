"""The tables of PCs: one row beside the asset's own, and what is in and on the PC."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, Numbered, Versioned, line, owned_by, plugin_base

KINDS = (
    "standard",
    "engineering",
    "inspection",
    "cmm",
    "wax_trace",
    "heat_treat",
    "dashboard",
    "lobby_display",
)

ComputersBase: Any = plugin_base("computers")


class Computer(Versioned, ComputersBase):
    """What a PC has beyond any asset; ``kind`` says what it is for.

    Who works at it and when it was last started move with every shift: they are readings, not history.
    """

    __tablename__ = "computers"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"last_user", "last_boot"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    kind: Mapped[str | None] = mapped_column(line(30))
    os_name: Mapped[str | None] = mapped_column(line(160), index=True)
    os_version: Mapped[str | None] = mapped_column(line(120))
    os_architecture: Mapped[str | None] = mapped_column(line(60))
    cpu: Mapped[str | None]
    memory_mb: Mapped[int | None]
    chassis_type: Mapped[str | None] = mapped_column(line(80))
    domain: Mapped[str | None]
    asset_tag: Mapped[str | None] = mapped_column(line(120))
    uuid: Mapped[str | None] = mapped_column(line(64))
    agent_id: Mapped[str | None] = mapped_column(line(120))
    last_user: Mapped[str | None]
    last_boot: Mapped[datetime | None] = mapped_column(index=True)


class ComputerDisk(Numbered, ComputersBase):
    """A volume of a PC, or a disk that carries none; sizes in MiB."""

    __tablename__ = "computer_disks"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"free_mb"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    name: Mapped[str]
    mount_point: Mapped[str | None]
    model: Mapped[str | None]
    serial_number: Mapped[str | None] = mapped_column(line(120))
    filesystem: Mapped[str | None] = mapped_column(line(60))
    size_mb: Mapped[int | None]
    free_mb: Mapped[int | None]


class ComputerMonitor(Numbered, ComputersBase):
    """A screen that is attached to a PC."""

    __tablename__ = "computer_monitors"
    __subject__ = "asset_id"
    __label__ = "model"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    manufacturer: Mapped[str | None] = mapped_column(line(160))
    model: Mapped[str | None] = mapped_column(line(160))
    serial_number: Mapped[str | None] = mapped_column(line(120), index=True)
