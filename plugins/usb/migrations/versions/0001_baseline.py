"""The tables of USB devices and their check-outs."""

import sqlalchemy as sa

from shopdb.api import BigId, Moment, line
from shopdb.api import operations as op

revision = "0001_usb"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "usb_checkouts",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("open_device_id", BigId, unique=True),
        sa.Column("person_id", BigId, sa.ForeignKey("people.id", ondelete="SET NULL"), index=True),
        sa.Column("holder", line(160), nullable=False),
        sa.Column("checked_out_at", Moment, nullable=False),
        sa.Column("due_on", sa.Date, index=True),
        sa.Column("returned_at", Moment),
        sa.Column("note", line()),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )
    op.create_table(
        "usb_devices",
        sa.Column(
            "asset_id",
            BigId,
            sa.ForeignKey("assets.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("vendor_id", line(10)),
        sa.Column("product_id", line(10)),
        sa.Column("manufacturer", line(160)),
        sa.Column("usb_class", line(60)),
        sa.Column("seen_on", line()),
        sa.Column("checkout_id", BigId, sa.ForeignKey("usb_checkouts.id", ondelete="SET NULL"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("usb_devices")
    op.drop_table("usb_checkouts")
