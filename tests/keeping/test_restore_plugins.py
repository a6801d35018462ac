"""Backups of sites whose plugins' code is in the backup, elsewhere, or nowhere."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import CodeMissingError
from shopdb.keeping.backup import make
from shopdb.keeping.restore import check_empty, restore
from shopdb.keeping.upgrade import finish
from shopdb.plugins.archive import archive_of
from shopdb.plugins.packing import pack
from shopdb.store import migrate, records
from shopdb.store.base import NAMING, utc_now
from shopdb.store.installed import InstalledState, keep_archive, put_installed
from shopdb.store.revisions import Owner
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import digests, engine_of, rewritten, silent
from tests.plugins_on_disk import write_plugin

GAUGES = {"core_version": ">=0.3,<0.4"}


@pytest.fixture
def target(empty_site: EmptySite, engine_kind: str) -> Settings:
    """A site over an empty database of the same engine."""
    return empty_site(engine_kind)


def with_gauges(shop: Shop, folder: Path, *, kept: bool, enabled: bool = True) -> Path:
    """Give the site the plugin gauges, as installing does; return its folder."""
    place = write_plugin(folder, manifest=GAUGES)
    migrate.upgrade(shop.engine, [Owner("gauges", place / "migrations", MetaData(naming_convention=NAMING))])
    raw = pack(place)
    digest = archive_of(raw).digest
    archive_id = None
    if kept:
        facts = {"name": "gauges", "plugin_version": "1.0.0", "trust": "unsigned", "signer": "", "by": "anna"}
        archive_id = keep_archive(shop.engine, raw, content_digest=digest, **facts)
    state = InstalledState(
        name="gauges",
        plugin_version="1.0.0",
        enabled=enabled,
        installed_at=utc_now(),
        archive_id=archive_id,
        content_digest=digest,
        tables=("gauges",),
    )
    with shop.engine.begin() as connection:
        put_installed(connection, state)
        connection.execute(text("INSERT INTO gauges (name) VALUES ('Micrometer'), ('Größe')"))
    return place


def gauges_of(settings: Settings) -> list[str]:
    with engine_of(settings) as engine, engine.connect() as connection:
        return list(connection.scalars(text("SELECT name FROM gauges ORDER BY id")))


def test_a_plugin_in_use_whose_code_is_nowhere_is_named_with_both_ways_on(
    shop: Shop, target: Settings, tmp_path: Path
) -> None:
    with_gauges(shop, tmp_path, kept=False)
    made = make(shop.settings)
    with pytest.raises(
        CodeMissingError, match="the code of plugin gauges is neither here nor in the backup"
    ) as missing:
        restore(target, made.path)
    assert str(target.plugin_dirs[0]) in str(missing.value)
    assert "SHOPDB_DISABLE_PLUGINS" in str(missing.value)
    check_empty(target)


@pytest.mark.mariadb
def test_a_plugin_that_is_named_as_disabled_comes_along_without_its_code_to_the_other_engine(
    shop: Shop, empty_site: EmptySite, engine_kind: str, tmp_path: Path
) -> None:
    target = empty_site("sqlite" if engine_kind == "mariadb" else "mariadb")
    with_gauges(shop, tmp_path, kept=False)
    made = make(shop.settings)
    without = replace(target, disable_plugins=frozenset({"gauges"}))
    restored = restore(without, made.path)
    assert (restored.plan.described, restored.rebuilt.described) == (("gauges",), ("gauges",))
    assert gauges_of(target) == ["Micrometer", "Größe"]
    finish(without, silent)
    assert digests(make(without).path)["gauges"] == digests(made.path)["gauges"]
    # Its code comes later, and goes on from the revision at which the tables are.
    target.plugin_dirs[0].mkdir(parents=True)
    write_plugin(target.plugin_dirs[0], manifest=GAUGES)
    shop_again = open_shop(target)
    try:
        assert "gauges" in shop_again.plugins.plugins
        with shop_again.reading() as session:
            found = records.page(session, shop_again.catalog["gauges"], ListQuery())
            assert [row.label for row in found.rows] == ["Größe", "Micrometer"]
    finally:
        shop_again.close()


def test_a_plugin_that_was_switched_off_needs_no_code(shop: Shop, target: Settings, tmp_path: Path) -> None:
    with_gauges(shop, tmp_path, kept=False, enabled=False)
    assert restore(target, make(shop.settings).path).plan.described == ("gauges",)
    assert gauges_of(target) == ["Micrometer", "Größe"]
    finish(target, silent)


def test_a_plugin_comes_back_from_the_archive_in_the_backup(shop: Shop, target: Settings, tmp_path: Path) -> None:
    with_gauges(shop, tmp_path, kept=True)
    restored = restore(target, make(shop.settings).path)
    assert restored.plan.described == ()
    assert "gauges" in [owner.name for owner, _ in restored.plan.owners]
    finish(target, silent)
    again = open_shop(target)
    try:
        assert "gauges" in again.plugins.plugins
        assert (target.plugin_dirs[0] / "gauges" / "plugin.py").is_file()
    finally:
        again.close()
    assert gauges_of(target) == ["Micrometer", "Größe"]


def test_a_backup_of_a_newer_version_is_told_from_a_broken_one(shop: Shop, target: Settings) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    made = make(shop.settings)
    with pytest.raises(CodeMissingError, match=r"the tables of core are at 9999_later, .* Use that version of shopdb"):
        restore(target, made.path)


def test_an_archive_that_breaks_a_rule_is_no_code(shop: Shop, target: Settings, tmp_path: Path) -> None:
    with_gauges(shop, tmp_path, kept=True)
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE plugin_archive_parts SET content = :content"), {"content": b"PK no zip"})
    with pytest.raises(CodeMissingError, match="gauges is neither here nor in the backup"):
        restore(target, make(shop.settings).path)


def test_code_whose_history_cannot_be_followed_is_named(shop: Shop, target: Settings, tmp_path: Path) -> None:
    with_gauges(shop, tmp_path, kept=False)
    made = make(shop.settings)
    folder = write_plugin(target.plugin_dirs[0], manifest=GAUGES)
    revision = folder / "migrations" / "versions" / "0001_gauges.py"
    revision.write_text("revision = 1")
    with pytest.raises(CodeMissingError, match="The migrations of gauges cannot be followed"):
        restore(target, made.path)
    revision.write_text("revision = '0000_other'\ndown_revision = None")
    with pytest.raises(CodeMissingError, match="the gauges that is here knows revisions up to 0000_other"):
        restore(target, made.path)


def test_a_file_without_core_s_tables_is_no_site(target: Settings, old_backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "part.zip"
    path.write_bytes(rewritten(old_backup, "people", lambda rows: rows, revisions={"usb": "0001_usb"}))
    with pytest.raises(CodeMissingError, match="it holds no tables of core"):
        restore(target, path)
