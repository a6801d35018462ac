"""Reading what a plugin will add from its source, whatever is in it, without running a line of it."""

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from shopdb.plugins.loader import bundled_folder, load
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.survey import Collects, Survey, survey
from shopdb.plugins.survey_powers import SHIPPED
from shopdb.store.revisions import history
from tests.plugins_life.faulty import SURVEYED

META = PluginMeta(name="gauges", version="1.0", description="Hand tools.", permissions=("gauges.calibrate",))
# The modules of distributions that are not named like them.
MODULES = {"argon2-cffi": "argon2", "python-dotenv": "dotenv"}
TRANSITIVE = {"rich", "werkzeug"}
EVERYTHING = {
    "names.py": """
        TITLE = "Bench"
        KEY = "interval"
        LABEL = TITLE
        """,
    "models.py": """
        import sqlalchemy as sa
        from sqlalchemy.orm import Mapped, mapped_column, relationship
        from shopdb import api
        from shopdb.api import Asset, Numbered as Counted, Versioned, line, loosely_linked_to, owned_by

        TABLE = "gauges"

        class Gauge(Versioned, Base):
            __tablename__ = TABLE
            limit = 3
            asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True)
            unit: Mapped[str | None] = mapped_column("unit_name", line(10))
            due: Mapped[date | None]
            checks: Mapped[list["Check"]] = relationship(viewonly=True)
            note = mapped_column(sa.Text)

        class Check(Counted, Base):
            __tablename__: str = "gauge_checks"

        class Plain:
            size: int = 4

        HOLDERS = sa.Table("gauge_holders", Base.metadata, sa.Column("gauge_id", sa.Integer), sa.Column("by", line()))
        """,
    "resources.py": """
        from shopdb import api
        from shopdb.api import ASSETS, Field, describe
        from .models import Gauge, Check as GaugeCheck

        GAUGES = describe(Gauge, extends=ASSETS, title="Gauges", fields=(
            Field("name", "Name", searched=True), api.Field("unit", "Unit"),
        ))
        CHECKS = api.describe(GaugeCheck, title="Checks", fields=[Field("by", "By")])
        """,
    "blueprint.py": """
        from flask import Blueprint, Flask

        METHODS = ["PUT", "patch"]

        def make():
            bp = Blueprint("gauges", __name__)
            bp.get("/due")(due)
            bp.add_url_rule("/<int:record_id>/seal", view_func=due, methods=METHODS)

            @bp.route("/all", methods=("GET", "POST"))
            def all():
                return requests.get("/not/ours")

            bp.errorhandler(404)(due)
            return bp
        """,
    "plugin.py": """
        import click
        from shopdb.api import BasePlugin, NavItem, PluginMeta, ScreenSpec as Screen, Widget
        from .names import LABEL, KEY

        LABELS = {1: "x"}

        @click.group("bench")
        def bench_group():
            ...

        @click.command
        def print_due_command():
            ...

        class Gauges(BasePlugin):
            meta = PluginMeta.beside(__file__)

            def get_blueprint(self):
                ...

            def get_screens(self):
                return [Screen("bench", LABEL, None), Screen(id="more", title=f"{LABEL} more", factory=None)]

            def get_navigation_items(self):
                return [NavItem(LABEL, "screen:bench", 4, "gauges.calibrate"), NavItem(label="All", opens="gauges")]

            def get_dashboard_widgets(self):
                return (Widget("Due", "number", read=len), Widget(LABELS[1], kind="list", read=len))

            def get_searchable_fields(self):
                return {"gauges": {"unit": 4}}

            def get_services(self):
                return {"due": len, "seal": len}

            def get_cli_commands(self):
                return [click.Command("due"), print_due_command]

            def init_app(self, app):
                app.add_url_rule("/api/gauges/health", "x", len)

            def on_enable(self, session):
                self.set_setting(session, KEY, self.get_setting(session, key="start"))
        """,
    "migrations/versions/0001_gauges.py": """
        '''The tables of gauges.

        More words.
        '''
        revision = "0001_gauges"
        down_revision = None
        """,
    "tests/test_gauges.py": """
        import subprocess
        from shopdb.api import NavItem
        NavItem("From a test", "gauges")
        """,
    "collector.schema.json": """
        {"identityfield": "serial", "resource": "gauges",
         "evidence": {"serial": "serial"}, "properties": {"serial": {}}}
        """,
}


def surveyed(**files: str) -> Survey:
    """Return the survey of some files."""
    return surveyed_files({path.replace("__", "/") + ".py": content for path, content in files.items()})


def surveyed_files(files: dict[str, str]) -> Survey:
    """Return the survey of files by path."""
    return survey({path: dedent(text).encode() for path, text in files.items()}, META)


def test_it_says_all_that_a_plugin_describes() -> None:
    found = surveyed_files(EVERYTHING)
    assert found == Survey(
        plugin="gauges",
        tables={
            "gauges": {
                "version": "int",
                "asset_id": "int, owned_by(Asset.__table__.c.id)",
                "unit_name": "str | None, line(10)",
                "due": "date | None",
                "note": "sa.Text",
            },
            "gauge_checks": {"id": "BigId", "version": "int"},
            "gauge_holders": {"gauge_id": "sa.Integer", "by": "line()"},
        },
        resources={"gauges": ("name", "unit"), "gauge_checks": ("by",)},
        routes=(
            "GET /api/gauges/due",
            "PUT /api/gauges/<int:record_id>/seal",
            "PATCH /api/gauges/<int:record_id>/seal",
            "GET /api/gauges/all",
            "POST /api/gauges/all",
            "GET /api/gauges/health",
        ),
        screens={"bench": "Bench", "more": "f'{LABEL} more'"},
        navigation=(("Bench", "screen:bench", "gauges.calibrate"), ("All", "gauges", "")),
        widgets=(("Due", "number"), ("LABELS[1]", "list")),
        permissions=(
            "gauges.calibrate",
            "gauges.view",
            "gauges.change",
            "gauge_checks.view",
            "gauge_checks.change",
        ),
        settings_read=("start",),
        settings_written=("interval",),
        commands=("bench", "print-due", "due"),
        services=("due", "seal"),
        searched={"gauges": ("name", "unit")},
        collects=Collects("serial", "gauges", ("serial",), ("serial",)),
        migrations=(("0001_gauges", "The tables of gauges."),),
        hooks=(
            "get_blueprint",
            "get_cli_commands",
            "get_dashboard_widgets",
            "get_navigation_items",
            "get_screens",
            "get_searchable_fields",
            "get_services",
            "init_app",
            "on_enable",
        ),
    )


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in bundled_folder().glob("*/manifest.json")),
    ids=lambda folder: folder.name,
)
def test_of_a_bundled_plugin_it_says_what_loading_it_shows(folder: Path) -> None:
    registry = load([folder.parent], strict=True)
    plugin, brought = registry.plugin(folder.name), registry.contributions[folder.name]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = survey(files, plugin.meta)
    tables = {table.name: {column.name for column in table.c} for table in brought.models[0].metadata.tables.values()}
    assert {name: set(columns) for name, columns in found.tables.items()} == tables
    assert set(found.resources) == {one.name for one in brought.resources}
    assert found.screens == {one.id: one.title for one in brought.screens}
    assert found.navigation == tuple((one.label, one.opens, one.permission) for one in brought.navigation)
    assert found.widgets == tuple((one.title, one.kind) for one in brought.widgets)
    assert set(found.services) == set(brought.services)
    assert [revision for revision, _ in found.migrations] == [
        one.id for one in history(folder.name, folder / "migrations")
    ]
    assert (found.collects is None) == (brought.collector_schema is None)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("code", "files", "told"), [(code, files, told) for code, many in SURVEYED.items() for files, told in many]
)
def test_what_only_its_source_shows_is_told_with_a_code(code: str, files: dict[str, str], told: str) -> None:
    (problem,) = surveyed_files(files).problems
    assert problem.startswith(code)
    assert told in problem


@pytest.mark.parametrize(
    "statement",
    [
        "import json, sqlalchemy.orm, shopdb.api",
        "from shopdb import api",
        "from shopdb.api import operations as op",
        "from shopdb.api.operations import f",
        "from . import models",
        "from .models import Gauge",
        "from textual.screen import Screen",
    ],
)
def test_a_plugin_may_import_the_contract_and_what_comes_with_shopdb(statement: str) -> None:
    assert surveyed(models=statement).problems == ()


def test_its_tests_may_import_anything() -> None:
    assert surveyed(tests__test_models="import pytest\nfrom shopdb.store import records").problems == ()


def test_what_comes_with_shopdb_is_what_it_depends_on() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    named = [re.split(r"[^\w-]", one)[0] for one in project["dependencies"]]
    assert {MODULES.get(name, name.replace("-", "_")) for name in named} | TRANSITIVE == SHIPPED
