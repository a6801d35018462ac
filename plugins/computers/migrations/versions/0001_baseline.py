"""The tables of PCs, their disks and monitors."""

import sqlalchemy as sa

from shopdb.api import BigId, Moment, line
from shopdb.api import operations as op

revision = "0001_computers"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "computers",
        sa.Column(
            "asset_id",
            BigId,
            sa.ForeignKey("assets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("kind", line(30)),
        sa.Column("os_name", line(160), index=True),
        sa.Column("os_version", line(120)),
        sa.Column("os_architecture", line(60)),
        sa.Column("cpu", line()),
        sa.Column("memory_mb", sa.Integer),
        sa.Column("chassis_type", line(80)),
        sa.Column("domain", line()),
        sa.Column("asset_tag", line(120)),
        sa.Column("uuid", line(64)),
        sa.Column("agent_id", line(120)),
        sa.Column("last_user", line()),
        sa.Column("last_boot", Moment, index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "computer_disks",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("name", line(), nullable=False),
        sa.Column("mount_point", line()),
        sa.Column("model", line()),
        sa.Column("serial_number", line(120)),
        sa.Column("filesystem", line(60)),
        sa.Column("size_mb", sa.Integer),
        sa.Column("free_mb", sa.Integer),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "computer_monitors",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("manufacturer", line(160)),
        sa.Column("model", line(160)),
        sa.Column("serial_number", line(120), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("computer_monitors")
    op.drop_table("computer_disks")
    op.drop_table("computers")
