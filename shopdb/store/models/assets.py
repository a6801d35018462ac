"""The asset core: one row, one number and one history for everything that the shop tracks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, Versioned, linked_to, owned_by
from shopdb.store.models.catalogue import Coordinate
from shopdb.store.types import BigId, Prose, line

STATUS_CLASSES = ("in_use", "spare", "repair", "retired")
HEALTHS = ("seen", "stale", "silent")


class AssetType(Numbered, Base):
    """A kind of asset in the site's own words (CMM, laser printer, core switch)."""

    __tablename__ = "asset_types"

    name: Mapped[str] = mapped_column(line(80), unique=True)
    resource: Mapped[str | None] = mapped_column(line(64))
    is_equipment: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")


class AssetStatus(Numbered, Base):
    """What people say about an asset; its class is what programs compare."""

    __tablename__ = "asset_statuses"

    name: Mapped[str] = mapped_column(line(60), unique=True)
    status_class: Mapped[str] = mapped_column(line(20))


class Asset(Numbered, Base):
    """One tracked thing; a plugin's record shares its id.

    ``resource`` names the plugin's record type that completes it, NULL where there is none. ``health`` is what
    collectors last said and never the human status.
    """

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_name_id", "name", "id"),
        Index("ix_assets_resource_name_id", "resource", "name", "id"),
        Index("ix_assets_resource_last_seen_id", "resource", "last_seen", "id"),
        Index("ix_assets_last_seen_id", "last_seen", "id"),
        TABLE_OPTIONS,
    )
    __unlogged__ = frozenset({"last_seen", "health"})
    __key__ = "asset_number"

    resource: Mapped[str | None] = mapped_column(line(64))
    asset_number: Mapped[str] = mapped_column(line(64), unique=True, info={"filled": True})
    name: Mapped[str] = mapped_column(line(160))
    serial_number: Mapped[str | None] = mapped_column(line(120), index=True)
    type_id: Mapped[int | None] = mapped_column(linked_to("asset_types.id"), index=True)
    status_id: Mapped[int | None] = mapped_column(linked_to("asset_statuses.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(linked_to("locations.id"), index=True)
    business_unit_id: Mapped[int | None] = mapped_column(linked_to("business_units.id"), index=True)
    model_id: Mapped[int | None] = mapped_column(linked_to("models.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(linked_to("people.id"), index=True)
    mapx: Mapped[Decimal | None] = mapped_column(Coordinate)
    mapy: Mapped[Decimal | None] = mapped_column(Coordinate)
    purchased_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    notes: Mapped[str | None] = mapped_column(Prose)
    last_seen: Mapped[datetime | None]
    health: Mapped[str | None] = mapped_column(line(16))
    archived_at: Mapped[datetime | None]


class RelationshipType(Numbered, Base):
    """How two assets can be related; ``inverse`` reads the same relation from the other end."""

    __tablename__ = "relationship_types"

    name: Mapped[str] = mapped_column(line(60), unique=True)
    inverse: Mapped[str] = mapped_column(line(60))
    inheritsposition: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")


class AssetRelationship(Numbered, Base):
    """``source`` <type> ``target``: "WS-CMM1 drives CMM-1".

    With ``inheritsposition`` the source stands where the target stands, unless it has a position of its own.
    """

    __tablename__ = "asset_relationships"
    __table_args__ = (UniqueConstraint("source_id", "type_id", "target_id"), TABLE_OPTIONS)
    __subject__ = "source_id"

    source_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    type_id: Mapped[int] = mapped_column(linked_to("relationship_types.id"), index=True)
    target_id: Mapped[int] = mapped_column(owned_by("assets.id"), index=True)
    inheritsposition: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")


class NetworkAddress(Numbered, Base):
    """One address of an asset's network interface."""

    __tablename__ = "network_addresses"
    __table_args__ = (Index(None, "asset_id", "ip", "mac"), TABLE_OPTIONS)
    __subject__ = "asset_id"
    __label__ = "ip"

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    mac: Mapped[str | None] = mapped_column(line(17), index=True)
    ip: Mapped[str | None] = mapped_column(line(45), index=True)
    interface: Mapped[str | None] = mapped_column(line(80))
    is_machine_network: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")


class Tag(Numbered, Base):
    """A word that groups assets across everything else."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(line(60), unique=True)


class AssetTag(Versioned, Base):
    """One tag on one asset."""

    __tablename__ = "asset_tags"
    __subject__ = "asset_id"

    asset_id: Mapped[int] = mapped_column(BigId, owned_by("assets.id"), primary_key=True, autoincrement=False)
    tag_id: Mapped[int] = mapped_column(BigId, owned_by("tags.id"), primary_key=True, autoincrement=False, index=True)
