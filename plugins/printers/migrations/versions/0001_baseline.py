"""The tables of printers, their supplies and trays."""

import sqlalchemy as sa

from shopdb.api import BigId, Document, line
from shopdb.api import operations as op

revision = "0001_printers"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "printers",
        sa.Column(
            "asset_id",
            BigId,
            sa.ForeignKey("assets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("host_name", line(), index=True),
        sa.Column("firmware", line(160)),
        sa.Column("printer_status", line(60)),
        sa.Column("errors", Document),
        sa.Column("pages", Document),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "printer_supplies",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("name", line(), nullable=False),
        sa.Column("kind", line(60)),
        sa.Column("color", line(60)),
        sa.Column("unit", line(60)),
        sa.Column("level", sa.Integer),
        sa.Column("capacity", sa.Integer),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "printer_trays",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("name", line(), nullable=False),
        sa.Column("media", line(120)),
        sa.Column("level", sa.Integer),
        sa.Column("capacity", sa.Integer),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("printer_trays")
    op.drop_table("printer_supplies")
    op.drop_table("printers")
