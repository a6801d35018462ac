"""`shopdb db lint`: the migration lint over a site's plugins and over a folder, on whatever engines there are."""

import json
from pathlib import Path

import pytest

from shopdb.config import Settings
from tests.cli.conftest import Command
from tests.mariadb import MariaDB
from tests.plugins_on_disk import write_plugin

DROPPING = """
    \"\"\"Nobody needs names.\"\"\"

    import sqlalchemy as sa

    from shopdb.api import line
    from shopdb.api import operations as op

    revision = "0002_names"
    down_revision = "0001_gauges"


    def upgrade():
        op.drop_column("gauges", "name")
        op.add_column("gauges", sa.Column("name", line(80), server_default="", nullable=False))


    def downgrade():
        op.alter_column("gauges", "name", server_default=None)
"""
PLAIN = """
    from shopdb.api import BasePlugin, PluginMeta


    class Plain(BasePlugin):
        meta = PluginMeta.beside(__file__)

        def get_blueprint(self):
            return None

        def get_models(self):
            return ()
"""
FOUND = {
    "rule": "M012",
    "owner": "gauges",
    "revision": "0002_names",
    "told": "it drops the column gauges.name",
    "engines": [],
}


@pytest.fixture
def dropping(tmp_path: Path) -> Path:
    """A plugin in a folder that no site knows, whose second revision drops a column."""
    return write_plugin(tmp_path / "elsewhere", files={"migrations/versions/0002_names.py": DROPPING})


def test_named_owners_are_linted_on_every_engine_that_there_is(shopdb: Command, engine_kind: str) -> None:
    answer = shopdb("db", "lint", "usb", "notifications")
    assert (answer.exit_code, answer.stdout) == (0, "The migrations of notifications, usb break no rule.\n")
    kinds = ["SQLite"] if engine_kind == "sqlite" else ["SQLite", "MariaDB"]
    assert [line.split(",")[0] for line in answer.stderr.splitlines()] == [
        f"{kind}: {name}" for kind in kinds for name in ("notifications 0001_notifications", "usb 0001_usb")
    ]


def test_a_folder_is_linted_and_what_is_found_is_told(shopdb: Command, dropping: Path) -> None:
    answer = shopdb("db", "lint", str(dropping))
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "M012 gauges 0002_names: it drops the column gauges.name" in answer.stderr
    in_json = shopdb("db", "lint", str(dropping), "--json")
    assert in_json.exit_code == 1
    assert FOUND in json.loads(in_json.stdout)
    assert not (dropping / "migrations" / "versions" / "__pycache__").exists()


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_without_names_the_sites_own_plugins_are_linted_and_those_left_out_are_told(
    shopdb: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    write_plugin(own)
    write_plugin(own, "broken", files={"plugin.py": "raise RuntimeError('no luck')"})
    monkeypatch.setenv("SHOPDB_PLUGIN_DIRS", str(own))
    answer = shopdb("db", "lint")
    assert answer.exit_code == 1
    assert "SQLite: core 0001_core" in answer.stderr
    assert "SQLite: gauges 0001_gauges" in answer.stderr
    assert "broken could not be looked at: P030" in answer.stderr
    assert "no luck" in shopdb("db", "lint", "broken").stderr


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_what_is_not_here_is_told(shopdb: Command, tmp_path: Path) -> None:
    assert "There is no plugin 'gaugez' here" in shopdb("db", "lint", "gaugez").stderr
    nowhere = shopdb("db", "lint", str(tmp_path / "nowhere"))
    assert (nowhere.exit_code, "P007" in nowhere.stderr) == (1, True)


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_plugin_without_tables_has_nothing_to_lint(shopdb: Command, tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"plugin.py": PLAIN, "migrations/versions/0001_plain.py": None}
    folder = write_plugin(tmp_path / "elsewhere", "plain", files=files)
    answer = shopdb("db", "lint", str(folder))
    assert (answer.exit_code, answer.stdout) == (0, "The migrations of nobody break no rule.\n")


@pytest.mark.parametrize("engine_kind", [pytest.param("mariadb", marks=pytest.mark.mariadb)])
def test_where_the_account_may_not_make_a_scratch_database_sqlite_alone_is_tried_and_that_is_said(
    shopdb: Command, site: Settings, mariadb_server: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = "'narrow'@'127.0.0.1'"
    mariadb_server.run(f"CREATE USER {narrow} IDENTIFIED BY 'word'", f"GRANT ALL ON site.* TO {narrow}")
    place = site.database_url.partition("@")[2]
    monkeypatch.setenv("SHOPDB_DATABASE_URL", f"mysql+pymysql://narrow:word@{place}")
    try:
        answer = shopdb("db", "lint", "usb")
    finally:
        mariadb_server.run(f"DROP USER {narrow}")
    assert answer.exit_code == 0
    refusal, *lines = answer.stderr.splitlines()
    assert refusal.startswith("narrow@127.0.0.1 may not make a scratch database")
    assert refusal.endswith("Only SQLite is tried.")
    assert [line.partition(":")[0] for line in lines] == ["SQLite"]


def test_a_server_that_does_not_answer_is_told(shopdb_before_init: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPDB_DATABASE_URL", "mysql+pymysql://shopdb:word@127.0.0.1:1/site")
    answer = shopdb_before_init("db", "lint", "usb")
    assert (answer.exit_code, "does not answer" in answer.stderr, "word" in answer.stderr) == (1, True, False)
