"""Plugins that tests write to disk: a small one that works, and whatever is changed in it to break a rule."""

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

PLUGIN = '''
"""Calibrated hand tools."""

from shopdb.api import BasePlugin, NavItem, PluginMeta, ScreenSpec, Widget

from .models import Gauge
from .resources import GAUGES


class {class_name}(BasePlugin):
    """Calibrated hand tools."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self):
        return None

    def get_models(self):
        return (Gauge,)

    def get_resources(self):
        return (GAUGES,)

{hooks}
'''
MODELS = '''
"""The table of gauges."""

from sqlalchemy.orm import Mapped, mapped_column, relationship

from shopdb.api import Asset, Numbered, line, linked_to, loosely_linked_to, owned_by, plugin_base

Base = plugin_base("{name}")


class Gauge(Numbered, Base):
    """A calibrated hand tool."""

    __tablename__ = "{name}"

    name: Mapped[str] = mapped_column(line(80))
    asset_id: Mapped[int | None] = mapped_column(loosely_linked_to(Asset.__table__.c.id), index=True)
{columns}
{more}
'''
RESOURCES = '''
"""How people meet gauges."""

from shopdb.api import Field, describe

from .models import Gauge

GAUGES = describe(
    Gauge,
    title="Gauges",
    fields=(Field("name", "Name", listed=True, searched=True), Field("asset", "Asset"), {fields}),
    {words}
)
'''
REVISION = '''
"""The table of gauges."""

import sqlalchemy as sa

from shopdb.api import BigId, line
from shopdb.api import operations as op

revision = "0001_{name}"
down_revision = None


def upgrade():
    op.create_table(
        "{name}",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", line(80), nullable=False),
        sa.Column("asset_id", BigId, sa.ForeignKey("assets.id", ondelete="SET NULL"), index=True),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade():
    op.drop_table("{name}")
'''

COLLECTING = {
    "identityfield": "serial",
    "resource": "gauges",
    "fields": {"name": "name"},
    "evidence": {"serial": "serial"},
    "properties": {"serial": {"type": "string"}, "name": {"type": "string"}},
}


def write_plugin(  # noqa: PLR0913 each part of a plugin can be given
    folder: Path,
    name: str = "gauges",
    *,
    manifest: Mapping[str, Any] | None = None,
    hooks: str = "",
    columns: str = "",
    more: str = "",
    fields: str = "",
    words: str = "",
    files: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Write a plugin that works, but for what is given; return its folder.

    ``hooks`` go into the class, ``columns`` into the model and ``more`` behind it, ``fields`` and ``words`` into the
    description. ``files`` replace, add or (None) take away whole files.
    """
    written: dict[str, str | bytes | None] = {
        "manifest.json": json.dumps(
            {"name": name, "version": "1.0.0", "description": "Hand tools.", **(manifest or {})}
        ),
        "plugin.py": PLUGIN.format(class_name=name.title(), hooks=indent(dedent(hooks), "    ")),
        "models.py": MODELS.format(name=name, columns=indent(dedent(columns), "    "), more=dedent(more)),
        "resources.py": RESOURCES.format(fields=fields, words=words),
        f"migrations/versions/0001_{name}.py": REVISION.format(name=name),
        **(files or {}),
    }
    root = folder / name
    for path, content in written.items():
        if content is None:
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
    return root


def write_others(folder: Path) -> Path:
    """Write the plugin "others", which works and collects light, and return the folder of plugins."""
    document = {**COLLECTING, "accepts": "light", "resource": "others"}
    return write_plugin(folder / "plugins", "others", files={"collector.schema.json": json.dumps(document)}).parent
