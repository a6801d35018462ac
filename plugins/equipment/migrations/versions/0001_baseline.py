"""The table of machines."""

import sqlalchemy as sa

from shopdb.api import BigId, line
from shopdb.api import operations as op

revision = "0001_equipment"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "equipment",
        sa.Column(
            "asset_id",
            BigId,
            sa.ForeignKey("assets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("controller", line(160)),
        sa.Column("firmware", line(120)),
        sa.Column("protocol", line(60)),
        sa.Column("endpoint", line()),
        sa.Column("uuid", line(120)),
        sa.Column("availability", line(60)),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("equipment")
