"""An owner whose migrations are linted: a history that is in order, and a second revision that a test writes."""

from contextlib import suppress
from pathlib import Path
from textwrap import dedent, indent

from sqlalchemy import Engine, inspect

from shopdb.exceptions import MigrationError
from shopdb.store.lint import Finding, lint
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import Owner
from shopdb.store.scratch import empty_scratch
from tests.store.owners import make_owner

HEAD = '''"""Step {id}."""

import sqlalchemy as sa
from shopdb.api import BigId, code, line
from shopdb.api import operations as op
{top}
revision = {id!r}
down_revision = {down!r}
'''
FIRST = """
op.create_table(
    "gauges",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", line(40), nullable=False),
    sa.Column("place", line(40)),
    sa.Column("state", line(20), server_default="new", nullable=False),
)
op.create_table(
    "gauge_readings",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("gauge_id", BigId, sa.ForeignKey("gauges.id", ondelete="CASCADE"), index=True),
)
"""
FIRST_BACK = """
op.drop_table("gauge_readings")
op.drop_table("gauges")
"""


def write(
    owner: Owner, id: str, up: str, back: str | None = "pass", *, down: str | None = "0001_first", top: str = ""
) -> Path:
    """Write one revision; ``top`` stands above its functions, and without ``back`` it has no downgrade."""
    path = owner.script_location / "versions" / f"{id.replace(' ', '_')}.py"
    text = HEAD.format(id=id, down=down, top=dedent(top))
    text += f"\n\ndef upgrade():\n{indent(dedent(up), '    ')}\n"
    if back is not None:
        text += f"\n\ndef downgrade():\n{indent(dedent(back), '    ')}\n"
    path.write_text(text, "utf-8")
    return path


def gauges(folder: Path) -> Owner:
    """Return the owner with its first revision, which breaks no rule."""
    owner = make_owner(folder, "gauges")
    write(owner, "0001_first", FIRST, FIRST_BACK, down=None)
    return owner


def linted(engine: Engine, owner: Owner, *others: Owner) -> tuple[Finding, ...]:
    """Return the findings of an owner whose models say just what its migrations do."""
    with empty_scratch(engine) as empty:
        with suppress(MigrationError):
            upgrade(empty, [*others, owner])
        mapped = owner.metadata.tables
        own = [name for name in inspect(empty).get_table_names() if name.startswith("gauge") and name not in mapped]
        owner.metadata.reflect(empty, only=own, resolve_fks=False)
    return lint([engine], [*others, owner], only=["gauges"])


def rules(findings: tuple[Finding, ...]) -> set[str]:
    """Return the codes of what was found."""
    return {finding.rule for finding in findings}
