"""The tables of gauges and their calibrations."""

import sqlalchemy as sa

from shopdb.api import BigId, line
from shopdb.api import operations as op

revision = "0001_gauges"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "gauge_calibrations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("calibrated_on", sa.Date, nullable=False),
        sa.Column("result", line(20), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("calibrated_by", line(160), nullable=False),
        sa.Column("note", line()),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "gauges",
        sa.Column(
            "asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("measures", line(60)),
        sa.Column("interval_days", sa.Integer, server_default="365", nullable=False),
        sa.Column("due_on", sa.Date, index=True),
        sa.Column("battery", sa.Integer),
        sa.Column("calibration_id", BigId, sa.ForeignKey("gauge_calibrations.id", ondelete="SET NULL"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("gauges")
    op.drop_table("gauge_calibrations")
