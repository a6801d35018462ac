"""Who may do what: users, roles and the tokens of programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, linked_to, owned_by
from shopdb.store.types import Digest, Document, code, line


class Role(Numbered, Base):
    """A named set of permissions."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(line(60), unique=True)


class Permission(Numbered, Base):
    """One permission of a role, such as "printers.change"."""

    __tablename__ = "permissions"
    __table_args__ = (UniqueConstraint("role_id", "name"), TABLE_OPTIONS)
    __subject__ = "role_id"

    role_id: Mapped[int] = mapped_column(owned_by("roles.id"))
    name: Mapped[str] = mapped_column(line(120))


class User(Numbered, Base):
    """Somebody who signs in; ``password_hash`` is argon2id."""

    __tablename__ = "users"
    __unlogged__ = frozenset({"password_hash", "failed_logins", "locked_until", "last_login"})

    name: Mapped[str] = mapped_column(line(80), unique=True)
    role_id: Mapped[int] = mapped_column(linked_to("roles.id"), index=True)
    password_hash: Mapped[str] = mapped_column(code(255))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default="1")
    failed_logins: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    locked_until: Mapped[datetime | None]
    last_login: Mapped[datetime | None]


class ApiToken(Numbered, Base):
    """A program's key: shown once, kept as a digest, found by its public prefix."""

    __tablename__ = "api_tokens"
    __unlogged__ = frozenset({"digest", "last_used"})

    name: Mapped[str] = mapped_column(line(120), unique=True)
    prefix: Mapped[str] = mapped_column(code(16), unique=True)
    digest: Mapped[bytes] = mapped_column(Digest)
    scopes: Mapped[Any] = mapped_column(Document)
    networks: Mapped[Any | None] = mapped_column(Document)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default="1")
    expires_at: Mapped[datetime | None]
    last_used: Mapped[datetime | None]
