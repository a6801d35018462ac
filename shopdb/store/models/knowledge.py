"""What people write down about assets: articles, files, fields of the site's own, and what has to be done when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, linked_to, owned_by
from shopdb.store.types import Blob, Digest, Document, Prose, line


class Article(Numbered, Base):
    """A page of the knowledge base."""

    __tablename__ = "articles"
    __label__ = "title"

    title: Mapped[str] = mapped_column(line(200), unique=True)
    text: Mapped[str] = mapped_column(Prose)


class ArticleLink(Numbered, Base):
    """An article that is about an asset or about a model."""

    __tablename__ = "article_links"
    __subject__ = "article_id"

    article_id: Mapped[int] = mapped_column(owned_by("articles.id"), index=True)
    asset_id: Mapped[int | None] = mapped_column(owned_by("assets.id"), index=True)
    model_id: Mapped[int | None] = mapped_column(owned_by("models.id"), index=True)


class Attachment(Numbered, Base):
    """A file kept with an asset; the bytes are in the database so that one backup holds everything."""

    __tablename__ = "attachments"
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"content"})

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"), index=True)
    name: Mapped[str] = mapped_column(line(200))
    media_type: Mapped[str] = mapped_column(line(120))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[bytes] = mapped_column(Digest)
    content: Mapped[bytes] = mapped_column(Blob)


class CustomField(Numbered, Base):
    """A field that the site added to the assets of one type, or to all."""

    __tablename__ = "custom_fields"
    __table_args__ = (UniqueConstraint("name", "asset_type_id"), TABLE_OPTIONS)

    name: Mapped[str] = mapped_column(line(80))
    asset_type_id: Mapped[int | None] = mapped_column(owned_by("asset_types.id"), index=True)
    kind: Mapped[str] = mapped_column(line(16))
    choices: Mapped[Any | None] = mapped_column(Document)
    required: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")


class CustomValue(Numbered, Base):
    """An asset's value of a site's own field, as its codec writes text."""

    __tablename__ = "custom_values"
    __table_args__ = (UniqueConstraint("asset_id", "custom_field_id"), TABLE_OPTIONS)
    __subject__ = "asset_id"
    __label__ = "value"

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    custom_field_id: Mapped[int] = mapped_column(owned_by("custom_fields.id"), index=True)
    value: Mapped[str | None] = mapped_column(line(500), index=True)


class MaintenancePlan(Numbered, Base):
    """Something that has to be done to an asset again and again (calibration, service)."""

    __tablename__ = "maintenance_plans"
    __table_args__ = (UniqueConstraint("asset_id", "name"), Index(None, "due_on", "id"), TABLE_OPTIONS)
    __subject__ = "asset_id"

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    name: Mapped[str] = mapped_column(line(120))
    every_days: Mapped[int]
    due_on: Mapped[date | None]
    instructions: Mapped[str | None] = mapped_column(Prose)


class MaintenanceTask(Numbered, Base):
    """One time that it was done."""

    __tablename__ = "maintenance_tasks"
    __subject__ = "asset_id"
    __label__ = "note"

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(owned_by("maintenance_plans.id"), index=True)
    done_at: Mapped[datetime]
    done_by_id: Mapped[int | None] = mapped_column(linked_to("people.id"), index=True)
    passed: Mapped[bool] = mapped_column(Boolean, default=True, server_default="1")
    note: Mapped[str | None] = mapped_column(line(500))
