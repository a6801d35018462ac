"""The tables of network devices, their ports and VLANs."""

import sqlalchemy as sa

from shopdb.api import BigId, Prose, line
from shopdb.api import operations as op

revision = "0001_network"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "network_devices",
        sa.Column(
            "asset_id",
            BigId,
            sa.ForeignKey("assets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("kind", line(30), index=True),
        sa.Column("firmware", line(160)),
        sa.Column("sys_object_id", line(160)),
        sa.Column("description", Prose),
        sa.Column("uptime", sa.BigInteger),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "network_ports",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("number", sa.Integer),
        sa.Column("name", line(160), nullable=False),
        sa.Column("description", line()),
        sa.Column("mac", line(17), index=True),
        sa.Column("vlan", sa.Integer),
        sa.Column("status", line(30)),
        sa.Column("speed", sa.BigInteger),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "network_vlans",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", line(120)),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.UniqueConstraint("asset_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("network_vlans")
    op.drop_table("network_ports")
    op.drop_table("network_devices")
