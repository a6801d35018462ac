"""Software seen on assets: a catalogue of applications and versions, and who has which since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, owned_by
from shopdb.store.types import Digest, line


class Application(Numbered, Base):
    """A program, whatever its version; found by the digest of its name and publisher."""

    __tablename__ = "applications"
    __table_args__ = (Index(None, "name", "id"), TABLE_OPTIONS)
    __logged__ = False

    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    name: Mapped[str] = mapped_column(line(255))
    publisher: Mapped[str | None] = mapped_column(line(255))


class ApplicationVersion(Numbered, Base):
    """One version of an application."""

    __tablename__ = "application_versions"
    __logged__ = False
    __label__ = "number"

    application_id: Mapped[int] = mapped_column(owned_by("applications.id"), index=True)
    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    number: Mapped[str | None] = mapped_column(line(120))


class InstalledSoftware(Numbered, Base):
    """An application's version on an asset: since when, and until when once it is gone."""

    __tablename__ = "installed_software"
    __table_args__ = (UniqueConstraint("asset_id", "application_version_id"), TABLE_OPTIONS)
    __subject__ = "asset_id"
    __identity__ = ("asset_id", "application_version_id")

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    application_version_id: Mapped[int] = mapped_column(owned_by("application_versions.id"), index=True)
    first_seen: Mapped[datetime]
    removed_at: Mapped[datetime | None]
