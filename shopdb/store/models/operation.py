"""How the site itself runs: settings, plugins, the change log, saved views and the search index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, Versioned, owned_by
from shopdb.store.types import BigId, Blob, Digest, Document, Prose, code, line


class Setting(Numbered, Base):
    """One setting of the site; a plugin's are named ``plugin.<name>.<key>``."""

    __tablename__ = "settings"
    __label__ = "key"

    key: Mapped[str] = mapped_column(code(160), unique=True)
    value: Mapped[Any | None] = mapped_column(Document)


class InstalledPlugin(Numbered, Base):
    """A plugin that this site has: whether it is on, at which version, with which content, and who vouches for it.

    Not in the change log's reach, for an undo here would part code and tables: `PluginOperation` is the history.
    ``tables`` are what it owns, so that they are found again without its code. ``removed_at`` is set while only its
    data is left. ``archive_id`` is the archive in use, ``previous_id`` the one that a rollback returns to.
    """

    __tablename__ = "plugins"
    __logged__ = False

    name: Mapped[str] = mapped_column(code(64), unique=True)
    plugin_version: Mapped[str] = mapped_column(code(64))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default="1")
    content_digest: Mapped[bytes | None] = mapped_column(Digest)
    installed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    trust: Mapped[str] = mapped_column(code(16), default="bundled", server_default="bundled")
    signer: Mapped[str] = mapped_column(line(120), default="", server_default="")
    archive_id: Mapped[int | None] = mapped_column(BigId)
    previous_id: Mapped[int | None] = mapped_column(BigId)
    tables: Mapped[Any | None] = mapped_column("table_names", Document)


class PluginArchive(Numbered, Base):
    """One version of a plugin as it was brought here; every host over this database takes it from here."""

    __tablename__ = "plugin_archives"
    __table_args__ = (UniqueConstraint("name", "archive_digest"), TABLE_OPTIONS)
    __logged__ = False

    name: Mapped[str] = mapped_column(code(64))
    plugin_version: Mapped[str] = mapped_column(code(64))
    content_digest: Mapped[bytes] = mapped_column(Digest)
    archive_digest: Mapped[bytes] = mapped_column(Digest)
    size: Mapped[int] = mapped_column(Integer)
    trust: Mapped[str] = mapped_column(code(16))
    signer: Mapped[str] = mapped_column(line(120))
    kept_at: Mapped[datetime]
    kept_by: Mapped[str] = mapped_column(line(120))


class PluginArchivePart(Versioned, Base):
    """A piece of an archive, small enough for every server's largest packet."""

    __tablename__ = "plugin_archive_parts"
    __logged__ = False

    archive_id: Mapped[int] = mapped_column(owned_by("plugin_archives.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(Blob)


class PluginOperation(Numbered, Base):
    """One thing that was done to a plugin, step by step: what it needs to be finished or taken back after a crash.

    ``state`` is "running", "done", "taken back" or "stopped"; ``step`` the last one that is complete. The highest
    ``generation`` is the shop's, which every open terminal and server compares with its own.
    """

    __tablename__ = "plugin_operations"
    __logged__ = False
    __label__ = "plugin"

    verb: Mapped[str] = mapped_column(code(16))
    plugin: Mapped[str] = mapped_column(code(64), index=True)
    state: Mapped[str] = mapped_column(code(16), index=True)
    step: Mapped[str] = mapped_column(code(24), default="", server_default="")
    generation: Mapped[int | None] = mapped_column(BigId, index=True)
    host: Mapped[str] = mapped_column(line(255))
    actor: Mapped[str] = mapped_column(line(120))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    facts: Mapped[Any] = mapped_column(Document)
    log: Mapped[str] = mapped_column("log_text", Prose, default="")
    told: Mapped[str] = mapped_column(Prose, default="")


class PluginFault(Numbered, Base):
    """Why a program runs without a plugin that is switched on, or closed something of it: for the plugins screen."""

    __tablename__ = "plugin_faults"
    __table_args__ = (UniqueConstraint("plugin", "program", "host", "problem_digest"), TABLE_OPTIONS)
    __logged__ = False
    __label__ = "plugin"

    plugin: Mapped[str] = mapped_column(code(64))
    content_digest: Mapped[bytes | None] = mapped_column(Digest)
    program: Mapped[str] = mapped_column(code(16))
    host: Mapped[str] = mapped_column(line(190))
    problem_digest: Mapped[bytes] = mapped_column(Digest)
    problem: Mapped[str] = mapped_column(Prose)
    stopped: Mapped[bool] = mapped_column(Boolean)
    happened_at: Mapped[datetime]


class Program(Numbered, Base):
    """A server that runs over this database, and the generation of plugins that it answers with."""

    __tablename__ = "programs"
    __table_args__ = (UniqueConstraint("host", "process"), TABLE_OPTIONS)
    __logged__ = False
    __label__ = "address"

    host: Mapped[str] = mapped_column(line(190))
    process: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(line(190))
    generation: Mapped[int] = mapped_column(BigId)
    seen_at: Mapped[datetime]


class Batch(Numbered, Base):
    """The changes of one action: who, when, through which door.

    ``seal`` counts the batches in the order in which the chain took them in; ``chain_hash`` covers this batch's
    changes and the hash before it.
    """

    __tablename__ = "batches"
    __logged__ = False
    __label__ = "label"

    made_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(line(120))
    user_id: Mapped[int | None] = mapped_column(BigId)
    token_id: Mapped[int | None] = mapped_column(BigId)
    door: Mapped[str] = mapped_column(line(16))
    label: Mapped[str] = mapped_column(line(255), default="", server_default="")
    size: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    undoes_id: Mapped[int | None] = mapped_column(BigId, index=True)
    seal: Mapped[int | None] = mapped_column(BigId, unique=True)
    chain_hash: Mapped[bytes | None] = mapped_column(Digest)


class Change(Numbered, Base):
    """One audited write: a row of a table before and after.

    A change of many rows of one table for one subject (a computer's software) is one entry, whose documents are
    lists.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_subject", "subject_table", "subject_id", "id"),
        TABLE_OPTIONS,
    )
    __logged__ = False

    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), index=True)
    table: Mapped[str] = mapped_column("table_name", code(64))
    record_id: Mapped[int | None] = mapped_column(BigId)
    subject_table: Mapped[str] = mapped_column(code(64))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    action: Mapped[str] = mapped_column(code(64))
    before: Mapped[Any | None] = mapped_column("before_doc", Document)
    after: Mapped[Any | None] = mapped_column("after_doc", Document)


class ChainHead(Numbered, Base):
    """The last sealed batch; its one row is the lock that sealing takes."""

    __tablename__ = "chain_heads"
    __logged__ = False

    seal: Mapped[int] = mapped_column(BigId)
    chain_hash: Mapped[bytes] = mapped_column(Digest)


class SavedView(Numbered, Base):
    """A filter, sort order and choice of columns that somebody keeps under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("resource", "user_id", "name"), TABLE_OPTIONS)

    name: Mapped[str] = mapped_column(line(120))
    resource: Mapped[str] = mapped_column(code(64))
    user_id: Mapped[int | None] = mapped_column(owned_by("users.id"), index=True)
    query: Mapped[Any] = mapped_column(Document)


class SearchEntry(Numbered, Base):
    """What the global search knows of one record.

    ``text`` is normalised for substrings; ``trigrams`` holds its three-letter pieces for MariaDB's and MySQL's
    full-text index and stays empty on SQLite, whose FTS5 cuts them itself.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        UniqueConstraint("root", "record_id"),
        Index(None, "resource"),
        Index("ix_search_entries_title", "title_key", mysql_length=64, mariadb_length=64),
        TABLE_OPTIONS,
    )
    __logged__ = False
    __label__ = "title"

    root: Mapped[str] = mapped_column(code(64))
    resource: Mapped[str] = mapped_column(code(64))
    record_id: Mapped[int] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(line(255))
    detail: Mapped[str] = mapped_column(line(255))
    title_key: Mapped[str] = mapped_column(line(255))
    keys: Mapped[str] = mapped_column("exact_keys", Prose)
    text: Mapped[str] = mapped_column("search_text", Prose)
    trigrams: Mapped[str] = mapped_column(Prose)
