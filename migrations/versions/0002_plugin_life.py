"""What the life of plugins needs: archives, operations, faults, servers, and longer names in the change log.

Revises 0001_core.
"""

from __future__ import annotations

import sqlalchemy as sa

from shopdb.store import operations as op
from shopdb.store.types import BigId, Blob, Digest, Document, Moment, Prose, code, line

revision = "0002_plugin_life"
down_revision = "0001_core"

ADDED = (
    ("removed_at", Moment, {}),
    ("trust", code(16), {"server_default": "bundled", "nullable": False}),
    ("signer", line(120), {"server_default": "", "nullable": False}),
    ("table_names", Document, {}),
    ("archive_id", BigId, {}),
    ("previous_id", BigId, {}),
)


def upgrade() -> None:
    op.create_table(
        "plugin_archives",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", code(64), nullable=False),
        sa.Column("plugin_version", code(64), nullable=False),
        sa.Column("content_digest", Digest, nullable=False),
        sa.Column("archive_digest", Digest, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("trust", code(16), nullable=False),
        sa.Column("signer", line(120), nullable=False),
        sa.Column("kept_at", Moment, nullable=False),
        sa.Column("kept_by", line(120), nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("name", "archive_digest"),
    )
    op.create_table(
        "plugin_archive_parts",
        sa.Column(
            "archive_id",
            BigId,
            sa.ForeignKey("plugin_archives.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", Blob, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "plugin_operations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("verb", code(16), nullable=False),
        sa.Column("plugin", code(64), index=True, nullable=False),
        sa.Column("state", code(16), index=True, nullable=False),
        sa.Column("step", code(24), server_default="", nullable=False),
        sa.Column("generation", BigId, index=True),
        sa.Column("host", line(255), nullable=False),
        sa.Column("actor", line(120), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("facts", Document, nullable=False),
        sa.Column("log_text", Prose, nullable=False),
        sa.Column("told", Prose, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "plugin_faults",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("plugin", code(64), nullable=False),
        sa.Column("content_digest", Digest),
        sa.Column("program", code(16), nullable=False),
        sa.Column("host", line(190), nullable=False),
        sa.Column("problem_digest", Digest, nullable=False),
        sa.Column("problem", Prose, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("happened_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("plugin", "program", "host", "problem_digest"),
    )
    op.create_table(
        "programs",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("host", line(190), nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("address", line(190), nullable=False),
        sa.Column("generation", BigId, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("host", "process"),
    )
    for name, kind, options in ADDED:
        op.add_column("plugins", sa.Column(name, kind, **options))
    _resize_actions(64)


def downgrade() -> None:
    _resize_actions(16)
    for name, _kind, _options in ADDED:
        op.drop_column("plugins", name)
    for table in ("programs", "plugin_faults", "plugin_operations", "plugin_archive_parts", "plugin_archives"):
        op.drop_table(table)


def _resize_actions(length: int) -> None:
    """Make room for names such as "gauges.calibrated"; SQLite holds texts of any length, and would copy the log."""
    if not op.is_sqlite():
        op.alter_column("changes", "action", type_=code(length))
