"""The tables of network devices: one row beside the asset's own, and their ports and VLANs."""

from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import TABLE_OPTIONS, Asset, Numbered, Prose, Versioned, line, owned_by, plugin_base

KINDS = ("switch", "router", "firewall", "access_point", "storage", "power", "phone", "video", "kvm", "other")

NetworkBase: Any = plugin_base("network")


class NetworkDevice(Versioned, NetworkBase):
    """What a network device has beyond any asset; ``uptime`` is in seconds, as last read."""

    __tablename__ = "network_devices"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"uptime"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    kind: Mapped[str | None] = mapped_column(line(30), index=True)
    firmware: Mapped[str | None] = mapped_column(line(160))
    sys_object_id: Mapped[str | None] = mapped_column(line(160))
    description: Mapped[str | None] = mapped_column(Prose)
    uptime: Mapped[int | None] = mapped_column(BigInteger)


class NetworkPort(Numbered, NetworkBase):
    """An interface of a device; ``number`` is its ifIndex, ``speed`` in bits per second (RFC 2863).

    Links go up and down with every PC that is switched on: status and speed are readings, not history.
    """

    __tablename__ = "network_ports"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"status", "speed"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    number: Mapped[int | None]
    name: Mapped[str] = mapped_column(line(160))
    description: Mapped[str | None]
    mac: Mapped[str | None] = mapped_column(line(17), index=True)
    vlan: Mapped[int | None]
    status: Mapped[str | None] = mapped_column(line(30))
    speed: Mapped[int | None] = mapped_column(BigInteger)


class NetworkVlan(Numbered, NetworkBase):
    """A VLAN that a device knows (IEEE 802.1Q: 1 to 4094)."""

    __tablename__ = "network_vlans"
    __table_args__ = (UniqueConstraint("asset_id", "number"), TABLE_OPTIONS)
    __subject__ = "asset_id"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id))
    number: Mapped[int]
    name: Mapped[str | None] = mapped_column(line(120))
