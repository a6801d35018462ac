"""A plugin of the tests' own in a site: brought, changed and taken away as somebody elsewhere would do it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from shopdb.boot import prepare_shop
from shopdb.config import Settings
from shopdb.plugins.archive import archive_of
from shopdb.plugins.archive_names import HASHES
from shopdb.plugins.packing import pack
from shopdb.store import journal
from shopdb.store.engine import open_engine, writing_engine
from shopdb.store.installed import installed, keep_archive, put_installed
from tests.plugins_on_disk import write_plugin

HOOKS = """
def get_navigation_items(self):
    return (
        NavItem("Gauges", opens="gauges"),
        NavItem("Bench", opens="screen:gauges_bench", permission="gauges.view"),
    )

def get_dashboard_widgets(self):
    return (Widget("Gauges here", "number", lambda session: session.query(Gauge).count(), opens="gauges"),)

def get_screens(self):
    def make(context):
        from .screens import Bench
        return Bench(context)
    return (ScreenSpec("gauges_bench", "Bench", make),)
"""
SCREENS = '''
"""A screen of its own."""

from textual.screen import Screen
from textual.widgets import Input, Static


class Bench(Screen):
    """Where gauges are checked."""

    BINDINGS = [("escape", "app.pop_screen", "Back")]
    DEFAULT_CSS = "Bench Static {{ color: $text-warning; }}"

    def __init__(self, context):
        super().__init__()
        self.context = context

    def compose(self):
        yield Static("The bench of version {version}", markup=False)
        yield Input()
'''
SIZE = """
import sqlalchemy as sa

from shopdb.api import operations as op

revision = "0002_gauges"
down_revision = "0001_gauges"


def upgrade():
    op.add_column("gauges", sa.Column("size", sa.Integer))


def downgrade():
    op.drop_column("gauges", "size")
"""


def write_gauges(folder: Path, version: str = "1.0.0", **more: Any) -> Path:
    """Write the plugin "gauges"; from 1.1.0 on it also knows a size."""
    files: dict[str, Any] = {"screens.py": SCREENS.format(version=version), **more.pop("files", {})}
    if version >= "1.1.0":
        files["migrations/versions/0002_gauges.py"] = SIZE
        more = {"columns": "size: Mapped[int | None]", "fields": 'Field("size", "Size", listed=True),', **more}
    manifest = {"version": version, **more.pop("manifest", {})}
    return write_plugin(folder, manifest=manifest, files=files, **{"hooks": HOOKS, **more})


def bring(site: Settings, version: str = "1.0.0", **more: Any) -> None:
    """Install or upgrade the plugin "gauges", as another process would."""
    write_gauges(site.plugin_dirs[0], version, **more)
    prepare_shop(site, plugins=("gauges",)).close()
    tell_others(site)


def bring_archive(site: Settings) -> None:
    """Install the plugin "gauges" so that the site keeps its archive."""
    bring(site)
    place = site.plugin_dirs[0] / "gauges"
    archive = archive_of(pack(place))
    (place / HASHES).parent.mkdir()
    (place / HASHES).write_bytes(archive.files[HASHES])
    engine = open_engine(site.database_url)
    kept = keep_archive(
        engine, archive.raw, name="gauges", plugin_version="1.0.0", content_digest=archive.digest, trust="unsigned",
        signer="", by="ben",
    )  # fmt: skip
    with writing_engine(engine).begin() as connection:
        put_installed(connection, replace(installed(connection)["gauges"], archive_id=kept))
    engine.dispose()


def bring_hoists(site: Settings) -> None:
    """Install another plugin, which has notices.

    What a terminal lets go of cannot be used any more by anybody in its process: the bundled plugins are for all tests.
    """
    hooks = """
    def get_navigation_items(self):
        return (NavItem("Hoists", opens="hoists"),)

    def get_services(self):
        class Notice:
            severity, title = "critical", "Hoist [@click=app.quit]2 is down"

        return {"active_notices": lambda session: (Notice(),)}
    """
    write_plugin(site.plugin_dirs[0], "hoists", hooks=hooks)
    prepare_shop(site, plugins=("hoists",)).close()
    tell_others(site)


def tell_others(site: Settings, verb: str = "upgrade") -> None:
    """Make a new generation of plugins."""
    engine = open_engine(site.database_url)
    try:
        operation = journal.begin_operation(engine, verb=verb, plugin="gauges", actor="ben", facts={})
        with writing_engine(engine).begin() as connection:
            journal.end_operation(connection, operation, journal.DONE)
    finally:
        engine.dispose()
