"""What a person gets who types `alembic`; on SQLite, for the files are the same whatever the engine."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from shopdb.config import load_settings
from shopdb.plugins.loader import bundled_folder
from shopdb.store.drift import check
from shopdb.store.engine import open_engine
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import core_owner, current, wanted

ROOT = Path(__file__).parents[2]


def settings_of(section: str) -> Config:
    """Return what `alembic -n SECTION` reads."""
    return Config(ROOT / "alembic.ini", ini_section=section)


def test_every_bundled_plugin_has_a_section_and_core_has_one() -> None:
    sections = settings_of("alembic").file_config.sections()
    plugins = sorted(path.parent.name for path in bundled_folder().glob("*/migrations"))
    assert sections == ["alembic", *plugins]


@pytest.mark.parametrize("section", ["alembic", "usb"])
def test_a_database_migrated_by_hand_is_where_the_program_wants_it(section: str) -> None:
    command.upgrade(settings_of("alembic"), "head")
    command.upgrade(settings_of(section), "head")
    command.check(settings_of(section))
    engine = open_engine(load_settings().database_url)
    assert current(engine, [core_owner()]) == {"core": wanted(core_owner())}
    assert upgrade(engine, [core_owner()]) == ()
    engine.dispose()


def test_a_draft_is_written_with_shopdbs_types_and_operations(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    shutil.copy(next(bundled_folder().glob("usb/migrations/versions/0001*.py")), versions)
    usb = settings_of("usb")
    usb.set_section_option("usb", "version_locations", str(versions))
    command.upgrade(settings_of("alembic"), "head")
    command.stamp(usb, "head")
    command.revision(usb, "Sticks again.", autogenerate=True, rev_id="0002_again")
    draft = (versions / "0002_again.py").read_text("utf-8")
    assert draft.startswith('"""Sticks again."""')
    assert "from shopdb.api import operations as op" in draft
    assert "sa.Column('vendor_id', line(10), nullable=True)" in draft
    assert "sa.Column('checked_out_at', Moment, nullable=False)" in draft
    assert "mysql_engine" not in draft
    assert "info=" not in draft
    command.upgrade(usb, "head")
    command.check(usb)
    command.downgrade(usb, "0001_usb")
    engine = open_engine(load_settings().database_url)
    assert "usb_devices" not in inspect(engine).get_table_names()
    engine.dispose()


def test_the_statements_can_be_had_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    command.upgrade(settings_of("alembic"), "head", sql=True)
    statements = capsys.readouterr().out
    assert "CREATE TABLE assets" in statements
    assert "CREATE VIRTUAL TABLE IF NOT EXISTS search_fts" in statements
    engine = open_engine(load_settings().database_url)
    with closing(engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.executescript(statements)
    assert upgrade(engine, [core_owner()]) == (), "nothing is left to do where they were run"
    assert check(engine, [core_owner()]) == {}
    engine.dispose()
