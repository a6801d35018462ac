"""An owner of tables made up for a test: its revisions are written as text."""

from pathlib import Path
from textwrap import dedent, indent

from sqlalchemy import MetaData

from shopdb.store.revisions import Owner

HEAD = '''"""{title}"""

import sqlalchemy as sa
from shopdb.store import operations as op
from shopdb.store.types import BigId, line

revision = {id!r}
down_revision = {down!r}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


def make_owner(folder: Path, name: str = "gauges", metadata: MetaData | None = None) -> Owner:
    """Return an owner without any revision yet."""
    location = folder / name / "migrations"
    (location / "versions").mkdir(parents=True)
    return Owner(name, location, metadata if metadata is not None else MetaData())


def write_revision(owner: Owner, id: str, down: str | None, upgrade: str, downgrade: str = "pass") -> Path:
    """Add a revision to an owner's history."""
    path = owner.script_location / "versions" / f"{id}.py"
    bodies = {"upgrade": indent(dedent(upgrade), "    "), "downgrade": indent(dedent(downgrade), "    ")}
    path.write_text(HEAD.format(id=id, down=down, title=f"Step {id}.", **bodies), "utf-8")
    return path
