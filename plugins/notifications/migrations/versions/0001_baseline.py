"""The table of notices."""

import sqlalchemy as sa

from shopdb.api import BigId, Moment, Prose, line
from shopdb.api import operations as op

revision = "0001_notifications"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("title", line(200), nullable=False),
        sa.Column("text", Prose),
        sa.Column("severity", line(16), nullable=False),
        sa.Column("valid_from", Moment),
        sa.Column("valid_until", Moment),
        sa.Column("business_unit_id", BigId, sa.ForeignKey("business_units.id", ondelete="SET NULL"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("notifications")
