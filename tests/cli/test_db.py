import json
from pathlib import Path

import pytest
from sqlalchemy import text

from shopdb.boot import Shop
from shopdb.config import Settings
from tests.cli.conftest import Command

BROKEN = """
from shopdb.api import BasePlugin, PluginMeta

class Broken(BasePlugin):
    meta = PluginMeta.beside(__file__)
    def get_blueprint(self): return None
    def get_models(self): raise RuntimeError("no luck")
"""


def test_upgrade_makes_the_tables_and_says_so_once(shopdb_before_init: Command, settings: Settings) -> None:
    first = shopdb_before_init("db", "upgrade")
    assert first.exit_code == 0
    assert first.stdout.splitlines()[0].startswith("core: ")
    assert shopdb_before_init("db", "upgrade").stdout == f"{settings.database_label} is at this version.\n"


def test_current_names_every_owner_s_revision(shopdb: Command) -> None:
    lines = [line.split() for line in shopdb("db", "current").stdout.splitlines()]
    assert lines[1][0] == "core"
    assert {line[0] for line in lines[1:]} >= {"computers", "printers", "usb"}
    assert all(at == wanted for _, at, wanted in lines[1:])


def test_check_finds_nothing_in_a_fresh_site(shopdb: Command, site: Settings) -> None:
    answer = shopdb("db", "check")
    assert (answer.exit_code, answer.stdout) == (0, f"{site.database_label} has the tables of this version.\n")


def test_check_names_what_differs(shopdb: Command, shop: Shop) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE people ADD COLUMN shoe_size INTEGER"))
    refused = shopdb("db", "check")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "shoe_size" in refused.stderr


def test_plugins_are_listed_with_the_reasons_of_those_left_out(
    shopdb: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "more" / "broken"
    broken.mkdir(parents=True)
    manifest = {"name": "broken", "version": "1.0.0", "description": "Breaks.", "core_version": ">=0.3,<0.4"}
    (broken / "manifest.json").write_text(json.dumps(manifest))
    (broken / "__init__.py").write_text('"""Breaks."""')
    (broken / "plugin.py").write_text(BROKEN)
    monkeypatch.setenv("SHOPDB_PLUGIN_DIRS", str(broken.parent))
    monkeypatch.setenv("SHOPDB_DISABLE_PLUGINS", "usb")
    answer = shopdb("plugin", "list", "--json")
    assert (answer.exit_code, answer.stderr) == (0, "")
    listed = {one["name"]: one for one in json.loads(answer.stdout)}
    assert (listed["printers"]["state"], listed["printers"]["reasons"]) == ("enabled", [])
    assert listed["usb"]["reasons"] == ["SHOPDB_DISABLE_PLUGINS names it"]
    assert (listed["broken"]["state"], listed["broken"]["version"]) == ("not installed", "1.0.0")
    assert listed["broken"]["reasons"] == ["it is not installed"]
    assert "left out" in shopdb("plugin", "list").stdout
