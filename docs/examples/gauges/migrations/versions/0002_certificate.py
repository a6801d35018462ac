"""Gauges have the number of their last certificate."""

import sqlalchemy as sa

from shopdb.api import line
from shopdb.api import operations as op

revision = "0002_certificate"
down_revision = "0001_gauges"


def upgrade() -> None:
    op.add_column("gauges", sa.Column("certificate", line(80)))


def downgrade() -> None:
    op.drop_column("gauges", "certificate")
