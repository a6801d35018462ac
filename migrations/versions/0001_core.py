"""Every table of core, and the index that searches three letters at a time.

Revises nothing.
"""

from __future__ import annotations

import sqlalchemy as sa

from shopdb.store import operations as op
from shopdb.store.types import BigId, Blob, Digest, Document, Moment, Prose, code, line

revision = "0001_core"
down_revision = None

TABLES = (
    "business_units",
    "floor_plans",
    "vendors",
    "locations",
    "models",
    "people",
    "api_tokens",
    "roles",
    "permissions",
    "users",
    "asset_statuses",
    "asset_types",
    "relationship_types",
    "tags",
    "assets",
    "asset_relationships",
    "asset_tags",
    "network_addresses",
    "articles",
    "custom_fields",
    "article_links",
    "attachments",
    "custom_values",
    "maintenance_plans",
    "maintenance_tasks",
    "applications",
    "application_versions",
    "installed_software",
    "held_items",
    "pushes",
    "identifiers",
    "identity_decisions",
    "name_locks",
    "observations",
    "batches",
    "chain_heads",
    "plugins",
    "search_entries",
    "settings",
    "changes",
    "saved_views",
)


SQLITE_SEARCH = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS search_fts
    USING fts5(search_text, content='search_entries', content_rowid='id', tokenize='trigram')
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_entries_inserted AFTER INSERT ON search_entries BEGIN
        INSERT INTO search_fts(rowid, search_text) VALUES (new.id, new.search_text);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_entries_deleted AFTER DELETE ON search_entries BEGIN
        INSERT INTO search_fts(search_fts, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_entries_updated AFTER UPDATE OF id, search_text ON search_entries BEGIN
        INSERT INTO search_fts(search_fts, rowid, search_text) VALUES ('delete', old.id, old.search_text);
        INSERT INTO search_fts(rowid, search_text) VALUES (new.id, new.search_text);
    END
    """,
)


def upgrade() -> None:
    _create_catalogue()
    _create_access()
    _create_assets()
    _create_knowledge()
    _create_software()
    _create_intake()
    _create_operation()
    _create_search_index()


def downgrade() -> None:
    if op.is_sqlite():
        op.execute("DROP TABLE IF EXISTS search_fts")
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_catalogue() -> None:
    op.create_table(
        "business_units",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), unique=True, nullable=False),
        sa.Column("code", line(40)),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "floor_plans",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), unique=True, nullable=False),
        sa.Column("width", sa.Numeric(10, 3)),
        sa.Column("height", sa.Numeric(10, 3)),
        sa.Column("drawing", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "vendors",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), unique=True, nullable=False),
        sa.Column("website", line()),
        sa.Column("support_phone", line(60)),
        sa.Column("notes", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "locations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), unique=True, nullable=False),
        sa.Column("parent_id", BigId, sa.ForeignKey("locations.id"), index=True),
        sa.Column("floor_plan_id", BigId, sa.ForeignKey("floor_plans.id"), index=True),
        sa.Column("mapx", sa.Numeric(10, 3)),
        sa.Column("mapy", sa.Numeric(10, 3)),
        sa.Column("notes", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "models",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(160), nullable=False),
        sa.Column("vendor_id", BigId, sa.ForeignKey("vendors.id"), index=True),
        sa.Column("notes", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("name", "vendor_id"),
    )
    op.create_table(
        "people",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(160), nullable=False),
        sa.Column("badge", line(60), unique=True),
        sa.Column("email", line()),
        sa.Column("phone", line(60)),
        sa.Column("business_unit_id", BigId, sa.ForeignKey("business_units.id"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_people_name_id", "name", "id"),
    )


def _create_access() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), unique=True, nullable=False),
        sa.Column("prefix", code(16), unique=True, nullable=False),
        sa.Column("digest", Digest, nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("networks", Document),
        sa.Column("enabled", sa.Boolean, server_default="1", nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("last_used", Moment),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "roles",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(60), unique=True, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "permissions",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("role_id", BigId, sa.ForeignKey("roles.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", line(120), nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("role_id", "name"),
    )
    op.create_table(
        "users",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(80), unique=True, nullable=False),
        sa.Column("role_id", BigId, sa.ForeignKey("roles.id"), index=True, nullable=False),
        sa.Column("password_hash", code(255), nullable=False),
        sa.Column("enabled", sa.Boolean, server_default="1", nullable=False),
        sa.Column("failed_logins", sa.Integer, server_default="0", nullable=False),
        sa.Column("locked_until", Moment),
        sa.Column("last_login", Moment),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def _create_assets() -> None:
    op.create_table(
        "asset_statuses",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(60), unique=True, nullable=False),
        sa.Column("status_class", line(20), nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "asset_types",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(80), unique=True, nullable=False),
        sa.Column("resource", line(64)),
        sa.Column("is_equipment", sa.Boolean, server_default="0", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "relationship_types",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(60), unique=True, nullable=False),
        sa.Column("inverse", line(60), nullable=False),
        sa.Column("inheritsposition", sa.Boolean, server_default="0", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "tags",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(60), unique=True, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "assets",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("resource", line(64)),
        sa.Column("asset_number", line(64), unique=True, nullable=False),
        sa.Column("name", line(160), nullable=False),
        sa.Column("serial_number", line(120), index=True),
        sa.Column("type_id", BigId, sa.ForeignKey("asset_types.id"), index=True),
        sa.Column("status_id", BigId, sa.ForeignKey("asset_statuses.id"), index=True),
        sa.Column("location_id", BigId, sa.ForeignKey("locations.id"), index=True),
        sa.Column("business_unit_id", BigId, sa.ForeignKey("business_units.id"), index=True),
        sa.Column("model_id", BigId, sa.ForeignKey("models.id"), index=True),
        sa.Column("owner_id", BigId, sa.ForeignKey("people.id"), index=True),
        sa.Column("mapx", sa.Numeric(10, 3)),
        sa.Column("mapy", sa.Numeric(10, 3)),
        sa.Column("purchased_on", sa.Date),
        sa.Column("warranty_until", sa.Date),
        sa.Column("notes", Prose),
        sa.Column("last_seen", Moment),
        sa.Column("health", line(16)),
        sa.Column("archived_at", Moment),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_assets_last_seen_id", "last_seen", "id"),
        sa.Index("ix_assets_name_id", "name", "id"),
        sa.Index("ix_assets_resource_last_seen_id", "resource", "last_seen", "id"),
        sa.Index("ix_assets_resource_name_id", "resource", "name", "id"),
    )
    op.create_table(
        "asset_relationships",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("source_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("type_id", BigId, sa.ForeignKey("relationship_types.id"), index=True, nullable=False),
        sa.Column("target_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True, nullable=False),
        sa.Column("inheritsposition", sa.Boolean, server_default="0", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("source_id", "type_id", "target_id"),
    )
    op.create_table(
        "asset_tags",
        sa.Column(
            "asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column(
            "tag_id",
            BigId,
            sa.ForeignKey("tags.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
            index=True,
        ),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "network_addresses",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mac", line(17), index=True),
        sa.Column("ip", line(45), index=True),
        sa.Column("interface", line(80)),
        sa.Column("is_machine_network", sa.Boolean, server_default="0", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_network_addresses_asset_id_ip_mac", "asset_id", "ip", "mac"),
    )


def _create_knowledge() -> None:
    op.create_table(
        "articles",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("title", line(200), unique=True, nullable=False),
        sa.Column("text", Prose, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "custom_fields",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(80), nullable=False),
        sa.Column("asset_type_id", BigId, sa.ForeignKey("asset_types.id", ondelete="CASCADE"), index=True),
        sa.Column("kind", line(16), nullable=False),
        sa.Column("choices", Document),
        sa.Column("required", sa.Boolean, server_default="0", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("name", "asset_type_id"),
    )
    op.create_table(
        "article_links",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("article_id", BigId, sa.ForeignKey("articles.id", ondelete="CASCADE"), index=True, nullable=False),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True),
        sa.Column("model_id", BigId, sa.ForeignKey("models.id", ondelete="CASCADE"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "attachments",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True, nullable=False),
        sa.Column("name", line(200), nullable=False),
        sa.Column("media_type", line(120), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", Digest, nullable=False),
        sa.Column("content", Blob, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "custom_values",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "custom_field_id", BigId, sa.ForeignKey("custom_fields.id", ondelete="CASCADE"), index=True, nullable=False
        ),
        sa.Column("value", line(500), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("asset_id", "custom_field_id"),
    )
    op.create_table(
        "maintenance_plans",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", line(120), nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("instructions", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("asset_id", "name"),
        sa.Index("ix_maintenance_plans_due_on_id", "due_on", "id"),
    )
    op.create_table(
        "maintenance_tasks",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True, nullable=False),
        sa.Column("plan_id", BigId, sa.ForeignKey("maintenance_plans.id", ondelete="CASCADE"), index=True),
        sa.Column("done_at", Moment, nullable=False),
        sa.Column("done_by_id", BigId, sa.ForeignKey("people.id"), index=True),
        sa.Column("passed", sa.Boolean, server_default="1", nullable=False),
        sa.Column("note", line(500)),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def _create_software() -> None:
    op.create_table(
        "applications",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("digest", Digest, unique=True, nullable=False),
        sa.Column("name", line(), nullable=False),
        sa.Column("publisher", line()),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_applications_name_id", "name", "id"),
    )
    op.create_table(
        "application_versions",
        sa.Column("id", BigId, primary_key=True),
        sa.Column(
            "application_id", BigId, sa.ForeignKey("applications.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("digest", Digest, nullable=False, unique=True),
        sa.Column("number", line(120)),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "installed_software",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "application_version_id",
            BigId,
            sa.ForeignKey("application_versions.id", ondelete="CASCADE"),
            index=True,
            nullable=False,
        ),
        sa.Column("first_seen", Moment, nullable=False),
        sa.Column("removed_at", Moment),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("asset_id", "application_version_id"),
    )


def _create_intake() -> None:
    op.create_table(
        "held_items",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("plugin", code(64), nullable=False),
        sa.Column("reason", line(500), nullable=False),
        sa.Column("evidence", Document, nullable=False),
        sa.Column("candidates", Document, nullable=False),
        sa.Column("payload", Blob, nullable=False),
        sa.Column("question", Digest, index=True, nullable=False),
        sa.Column("fingerprint", Digest, index=True),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("times", sa.Integer, server_default="1", nullable=False),
        sa.Column("resolution", code(16)),
        sa.Column("resolved_by", line(120)),
        sa.Column("note", Prose),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_held_items_resolution_id", "resolution", "id"),
    )
    op.create_table(
        "pushes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("plugin", code(64), nullable=False),
        sa.Column("source", line(120), server_default="", nullable=False),
        sa.Column("token_id", BigId),
        sa.Column("idempotency_key", code(200), unique=True),
        sa.Column("body_digest", Digest, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("observed_at", Moment),
        sa.Column("outcome", code(16), nullable=False),
        sa.Column("record_id", BigId, index=True),
        sa.Column("batch_id", BigId, index=True),
        sa.Column("answer", Document),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_pushes_outcome_received_at", "outcome", "received_at"),
    )
    op.create_table(
        "identifiers",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True, nullable=False),
        sa.Column("kind", code(16), nullable=False),
        sa.Column("value", line(200), nullable=False),
        sa.Column("shared", sa.Boolean, server_default="0", nullable=False),
        sa.Column("last_seen", Moment),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("kind", "value", "asset_id"),
    )
    op.create_table(
        "identity_decisions",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("fingerprint", Digest, nullable=False),
        sa.Column("decision", code(16), nullable=False),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), index=True),
        sa.Column("decided_by", line(120), nullable=False),
        sa.Column("evidence", Document, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("fingerprint", "asset_id"),
    )
    op.create_table(
        "name_locks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    # Locked, never written: transactions that would add them as they need them would wait for each other in circles.
    op.execute("DELETE FROM name_locks")
    rows = sa.table("name_locks", sa.column("id", sa.Integer))
    op.execute(sa.insert(rows).values([{"id": row_id} for row_id in range(256)]))
    op.create_table(
        "observations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("plugin", code(64), nullable=False),
        sa.Column("source", line(120), nullable=False),
        sa.Column("body_digest", Digest, index=True),
        sa.Column("evidence_digest", Digest, index=True),
        sa.Column("observed_values", Document, nullable=False),
        sa.Column("section_digests", Document, nullable=False),
        sa.Column("observed_at", Moment, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("asset_id", "plugin", "source"),
    )


def _create_operation() -> None:
    op.create_table(
        "batches",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("made_at", Moment, index=True, nullable=False),
        sa.Column("actor", line(120), nullable=False),
        sa.Column("user_id", BigId),
        sa.Column("token_id", BigId),
        sa.Column("door", line(16), nullable=False),
        sa.Column("label", line(), server_default="", nullable=False),
        sa.Column("size", sa.Integer, server_default="0", nullable=False),
        sa.Column("undoes_id", BigId, index=True),
        sa.Column("seal", BigId, unique=True),
        sa.Column("chain_hash", Digest),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "chain_heads",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("seal", BigId, nullable=False),
        sa.Column("chain_hash", Digest, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "plugins",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", code(64), unique=True, nullable=False),
        sa.Column("plugin_version", code(64), nullable=False),
        sa.Column("enabled", sa.Boolean, server_default="1", nullable=False),
        sa.Column("content_digest", Digest),
        sa.Column("installed_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "search_entries",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("root", code(64), nullable=False),
        sa.Column("resource", code(64), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("title", line(), nullable=False),
        sa.Column("detail", line(), nullable=False),
        sa.Column("title_key", line(), nullable=False),
        sa.Column("exact_keys", Prose, nullable=False),
        sa.Column("search_text", Prose, nullable=False),
        sa.Column("trigrams", Prose, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("root", "record_id"),
        sa.Index("ix_search_entries_resource", "resource"),
        sa.Index("ix_search_entries_title", "title_key", mysql_length=64, mariadb_length=64),
    )
    op.create_table(
        "settings",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("key", code(160), unique=True, nullable=False),
        sa.Column("value", Document),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("batch_id", BigId, sa.ForeignKey("batches.id"), index=True, nullable=False),
        sa.Column("table_name", code(64), nullable=False),
        sa.Column("record_id", BigId),
        sa.Column("subject_table", code(64), nullable=False),
        sa.Column("subject_id", BigId),
        sa.Column("action", code(16), nullable=False),
        sa.Column("before_doc", Document),
        sa.Column("after_doc", Document),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Index("ix_changes_subject", "subject_table", "subject_id", "id"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(120), nullable=False),
        sa.Column("resource", code(64), nullable=False),
        sa.Column("user_id", BigId, sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
        sa.Column("query", Document, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("resource", "user_id", "name"),
    )


def _create_search_index() -> None:
    if op.is_sqlite():
        for statement in SQLITE_SEARCH:
            op.execute(statement)
        return
    # Three-letter pieces such as "the" are on the server's list of words to skip.
    op.execute("SET SESSION innodb_ft_enable_stopword = OFF")
    op.create_index(
        "ix_search_entries_trigrams",
        "search_entries",
        ["trigrams"],
        mysql_prefix="FULLTEXT",
        mariadb_prefix="FULLTEXT",
    )
    op.execute("SET SESSION innodb_ft_enable_stopword = DEFAULT")
