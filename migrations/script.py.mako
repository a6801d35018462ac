<% room = "shopdb.store" if config.config_ini_section == "alembic" else "shopdb.api" %>"""${message}"""

import sqlalchemy as sa
from ${room} import operations as op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
