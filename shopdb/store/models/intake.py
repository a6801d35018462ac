"""What collectors said: pushes, observations, the evidence of identity, and what waits for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, Versioned, owned_by
from shopdb.store.types import BigId, Blob, Digest, Document, Prose, code, line


class Push(Numbered, Base):
    """One message of a collector that changed something, was held or was refused.

    ``idempotency_key`` is the sender's; a commit can land although its answer was lost.
    """

    __tablename__ = "pushes"
    __table_args__ = (Index(None, "outcome", "received_at"), TABLE_OPTIONS)
    __logged__ = False

    plugin: Mapped[str] = mapped_column(code(64))
    source: Mapped[str] = mapped_column(line(120), default="", server_default="")
    token_id: Mapped[int | None] = mapped_column(BigId)
    idempotency_key: Mapped[str | None] = mapped_column(code(200), unique=True)
    body_digest: Mapped[bytes] = mapped_column(Digest)
    received_at: Mapped[datetime]
    observed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(code(16))
    record_id: Mapped[int | None] = mapped_column(BigId, index=True)
    batch_id: Mapped[int | None] = mapped_column(BigId, index=True)
    answer: Mapped[Any | None] = mapped_column(Document)


class Observation(Numbered, Base):
    """What one collector program last said about one asset.

    ``values`` are the observed fields; a field whose current value is another was typed by a person (drift).
    ``evidence_digest`` finds the asset again while its evidence stays the same, ``section_digests`` tell which lists
    changed, ``body_digest`` whether anything did.
    """

    __tablename__ = "observations"
    __table_args__ = (UniqueConstraint("asset_id", "plugin", "source"), TABLE_OPTIONS)
    __logged__ = False

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"))
    plugin: Mapped[str] = mapped_column(code(64))
    source: Mapped[str] = mapped_column(line(120))
    body_digest: Mapped[bytes | None] = mapped_column(Digest, index=True)
    evidence_digest: Mapped[bytes | None] = mapped_column(Digest, index=True)
    values: Mapped[Any] = mapped_column("observed_values", Document)
    section_digests: Mapped[Any] = mapped_column(Document)
    observed_at: Mapped[datetime]
    received_at: Mapped[datetime]


class Identifier(Numbered, Base):
    """One piece of evidence that an asset is known by; a shared one has lost its power to link."""

    __tablename__ = "identifiers"
    __table_args__ = (UniqueConstraint("kind", "value", "asset_id"), TABLE_OPTIONS)
    __subject__ = "asset_id"
    __unlogged__ = frozenset({"last_seen"})

    asset_id: Mapped[int] = mapped_column(owned_by("assets.id"), index=True)
    kind: Mapped[str] = mapped_column(code(16))
    value: Mapped[str] = mapped_column(line(200))
    shared: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    last_seen: Mapped[datetime | None]


class HeldItem(Numbered, Base):
    """A push that waits for a person: kept whole, without what is private, with the reason and the candidates.

    ``question`` is the same for a push that asks the same again; ``fingerprint`` is that of the evidence, NULL where
    the push was refused for something else than doubt about its device.
    """

    __tablename__ = "held_items"
    __table_args__ = (Index(None, "resolution", "id"), TABLE_OPTIONS)
    __label__ = "reason"
    __unlogged__ = frozenset({"payload", "times", "received_at"})

    plugin: Mapped[str] = mapped_column(code(64))
    reason: Mapped[str] = mapped_column(line(500))
    evidence: Mapped[Any] = mapped_column(Document)
    candidates: Mapped[Any] = mapped_column(Document)
    payload: Mapped[bytes] = mapped_column(Blob)
    question: Mapped[bytes] = mapped_column(Digest, index=True)
    fingerprint: Mapped[bytes | None] = mapped_column(Digest, index=True)
    received_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    resolution: Mapped[str | None] = mapped_column(code(16))
    resolved_by: Mapped[str | None] = mapped_column(line(120))
    note: Mapped[str | None] = mapped_column(Prose)


class IdentityDecision(Numbered, Base):
    """What a person decided about a piece of evidence, so that the question never comes back."""

    __tablename__ = "identity_decisions"
    __table_args__ = (UniqueConstraint("fingerprint", "asset_id"), TABLE_OPTIONS)

    fingerprint: Mapped[bytes] = mapped_column(Digest)
    decision: Mapped[str] = mapped_column(code(16))
    asset_id: Mapped[int | None] = mapped_column(owned_by("assets.id"), index=True)
    decided_by: Mapped[str] = mapped_column(line(120))
    evidence: Mapped[Any] = mapped_column(Document)


class NameLock(Versioned, Base):
    """A row that a transaction locks while it deals with a name; see `shopdb.store.locks`."""

    __tablename__ = "name_locks"
    __logged__ = False

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
