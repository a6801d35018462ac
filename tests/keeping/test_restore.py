"""Bringing backups into databases: across engines, whole or not at all, with plugins whose code is elsewhere."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData, inspect, text

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import (
    BackupKeyError,
    BackupRefusedError,
    CodeMissingError,
    DatabaseNotEmptyError,
    NoBackupError,
    NoSiteError,
    NotASiteError,
    RestoreBusyError,
    RowsRefusedError,
    SchemaBehindError,
)
from shopdb.keeping import record
from shopdb.keeping.backup import make
from shopdb.keeping.drill import BESIDE_THE_SITE, drill, newest
from shopdb.keeping.restore import LOCK, check_empty, look_at, restore
from shopdb.keeping.upgrade import finish
from shopdb.plugins.archive import archive_of
from shopdb.plugins.packing import pack
from shopdb.services.accounts import ensure_admin
from shopdb.store import chain, drift, migrate, records, search
from shopdb.store.base import NAMING, utc_now
from shopdb.store.dump import export_tables
from shopdb.store.exclusive import only_one
from shopdb.store.installed import InstalledState, keep_archive, put_installed
from shopdb.store.models import Person
from shopdb.store.revisions import Owner, core_owner
from shopdb.store.scratch import PREFIX
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import ANNA, add_people, digests, engine_of, make_up, rewritten
from tests.keeping.test_tables import FACTS
from tests.plugins_on_disk import write_plugin
from tests.sites import environment

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


def silent(_line: str) -> None:
    """Hear nothing."""


def tables_of(settings: Settings) -> set[str]:
    with engine_of(settings) as engine:
        return set(inspect(engine).get_table_names())


# --- whole ----------------------------------------------------------------------------------------------


def test_a_site_comes_back_on_either_engine_as_it_was(shop: Shop, target: Settings, tmp_path: Path) -> None:
    make_up(shop)
    shop.write(ANNA, lambda session: ensure_admin(session, "anna", "a long password of hers"))
    shop.write(ANNA, chain.seal)
    made = make(shop.settings)
    look_at(made.path)
    restored = restore(target, made.path)
    assert restored.plan.described == ()
    assert restored.rebuilt.described == ()
    assert restored.rebuilt.added == {}
    assert digests(make(target, target=tmp_path / "again.zip").path) == digests(made.path)
    assert finish(target, silent) == ()
    again = open_shop(target)
    try:
        assert drift.check(again.engine, (core_owner(), *again.plugins.owners)) == {}
        assert set(again.plugins.plugins) == set(shop.plugins.plugins)
        with again.reading() as session, shop.reading() as before:
            assert chain.broken_at(session) is None
            for name in ("assets", "computers", "people", "vendors"):
                query = ListQuery(limit=200)
                there = records.page(session, again.catalog[name], query).rows
                assert {row.id: row for row in there} == {
                    row.id: row for row in records.page(before, shop.catalog[name], query).rows
                }
            title = records.page(session, again.catalog["computers"], ListQuery(limit=1)).rows[0].label
            hits = search.hits(session, title)
            assert title in [hit.title for hit in hits]
            assert [(hit.resource, hit.id) for hit in hits] == [
                (hit.resource, hit.id) for hit in search.hits(before, title)
            ]
    finally:
        again.close()


def test_new_records_get_numbers_that_no_record_had(shop: Shop, target: Settings) -> None:
    def add(session: object, name: str) -> int:
        person = Person(name=name)
        session.add(person)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        return person.id

    shop.write(ANNA, lambda session: add(session, "first"))
    highest = shop.write(ANNA, lambda session: add(session, "goes again"))
    shop.write(ANNA, lambda session: session.delete(session.get_one(Person, highest)))
    restore(target, make(shop.settings).path)
    again = open_shop(target)
    try:
        assert again.write(ANNA, lambda session: add(session, "new")) == highest + 1
    finally:
        again.close()


def test_an_encrypted_backup_comes_back_with_its_passphrase_alone(shop: Shop, target: Settings) -> None:
    made = make(shop.settings, passphrase="correct horse battery staple")
    for wrong in (None, "another passphrase"):
        with pytest.raises(BackupKeyError):
            restore(target, made.path, wrong)
        check_empty(target)
    assert restore(target, made.path, "correct horse battery staple").manifest.rows == made.manifest.rows


def test_columns_that_somebody_added_by_hand_come_along(shop: Shop, empty_site: EmptySite, engine_kind: str) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("CREATE TABLE wiring (id INTEGER PRIMARY KEY, note VARCHAR(40))"))
        connection.execute(text("INSERT INTO wiring VALUES (7, 'Größe')"))
    site = empty_site(engine_kind)
    made = make(shop.settings)
    restored = restore(site, made.path)
    assert restored.rebuilt.described == ("wiring",)
    with engine_of(site) as engine, engine.begin() as connection:
        assert connection.execute(text("SELECT * FROM wiring")).all() == [(7, "Größe")]
        connection.execute(text("ALTER TABLE people ADD COLUMN shoe_size INTEGER"))
        connection.execute(text("INSERT INTO people (name, shoe_size) VALUES ('Ada', 38)"))
    third = empty_site(engine_kind)
    restored = restore(third, make(site).path)
    assert restored.rebuilt.added == {"people": ("shoe_size",)}
    with engine_of(third) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT shoe_size FROM people WHERE name = 'Ada'")) == 38


# --- or not at all --------------------------------------------------------------------------------------


def test_a_database_that_holds_something_is_left_alone_and_named(shop: Shop, site: Settings) -> None:
    made = make(shop.settings)
    before = digests(made.path)
    for refused in (lambda: check_empty(site), lambda: restore(site, made.path)):
        with pytest.raises(DatabaseNotEmptyError, match=r"holds the tables \w+, .* and \d+ more"):
            refused()
    assert digests(make(site).path) == before


def test_rows_that_the_database_does_not_take_leave_nothing_behind(
    shop: Shop, target: Settings, tmp_path: Path
) -> None:
    make_up(shop)
    made = make(shop.settings)
    twice = tmp_path / "twice.zip"
    twice.write_bytes(rewritten(made.path, "vendors", lambda rows: [*rows, [10**6, *rows[0][1:]]]))
    look_at(twice)
    with pytest.raises(RowsRefusedError, match=r"The rows of vendors cannot be put into this database: \S"):
        restore(target, twice)
    check_empty(target)
    assert target.database_file is None or not target.database_file.exists()
    assert target.database_file is not None or tables_of(target) == set()
    assert restore(target, made.path).manifest.rows == made.manifest.rows


@pytest.mark.mariadb
def test_names_that_only_one_engine_tells_apart_are_named(
    empty_site: EmptySite, tmp_path: Path, old_backup: Path
) -> None:
    source, target = empty_site("sqlite"), empty_site("mariadb")
    restore(source, old_backup)
    with engine_of(source) as engine, engine.begin() as connection:
        connection.execute(text("INSERT INTO tags (name) VALUES ('Müller'), ('Muller')"))
    with pytest.raises(RowsRefusedError, match=r"The rows of tags cannot be put .*Duplicate entry 'Muller'"):
        restore(target, make(source, target=tmp_path / "b.zip").path)
    assert tables_of(target) == set()


def test_two_restores_at_once_are_one(shop: Shop, target: Settings) -> None:
    made = make(shop.settings)
    with engine_of(target) as engine, only_one(engine, LOCK, 1.0), pytest.raises(RestoreBusyError):
        restore(target, made.path)
    restore(target, made.path)


def test_the_tables_of_a_plugin_are_no_site(shop: Shop, target: Settings, tmp_path: Path) -> None:
    path = export_tables(shop.engine, ["computers"], tmp_path, FACTS)
    with pytest.raises(NotASiteError, match="holds the tables of computers"):
        look_at(path)


def killed_in(settings: Settings, path: Path, is_far_enough: Callable[[], bool]) -> None:
    """Start a restore and kill it as soon as it is far enough."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shopdb", "restore", str(path), "--yes"],
        cwd=ROOT,
        env={**os.environ, **environment(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and not is_far_enough():
        assert time.monotonic() < deadline
    assert process.poll() is None, "it was over before it could be killed"
    process.kill()
    process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_restore_is_no_site_and_the_next_one_begins_again(shop: Shop, target: Settings) -> None:
    add_people(shop.engine, 30_000)
    made = make(shop.settings)
    draft = target.database_file and target.database_file.with_name("shop.db.restoring")

    def some_rows_are_in() -> bool:
        if draft is not None:
            return draft.exists() and draft.stat().st_size > 1_200_000
        with engine_of(target) as engine, engine.connect() as connection:
            there = inspect(connection).get_table_names()
            return "usb_devices" in there and bool(connection.scalar(text("SELECT COUNT(*) FROM batches")))

    killed_in(target, made.path, some_rows_are_in)
    with pytest.raises((NoSiteError, SchemaBehindError), match=r"There is no site|restore unfinished"):
        open_shop(target)
    assert restore(target, made.path).manifest.rows == made.manifest.rows
    if target.database_file is not None:
        assert {path.name for path in target.database_file.parent.iterdir()} <= {"shop.db", f"shop.db.{LOCK}"}
    open_shop(target).close()


# --- plugins whose code is elsewhere ---------------------------------------------------------------------

GAUGES = {"core_version": ">=0.3,<0.4"}


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


def test_a_plugin_that_is_named_as_disabled_comes_along_without_its_code(
    shop: Shop, target: Settings, tmp_path: Path
) -> None:
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


# --- drills ---------------------------------------------------------------------------------------------


def test_a_drill_proves_the_newest_backup_and_leaves_nothing(
    shop: Shop, site: Settings, request: pytest.FixtureRequest
) -> None:
    make_up(shop)
    make(site)
    second = make(site)
    before = digests(second.path)
    drilled = drill(site, newest(site))
    assert drilled.restored.path == second.path
    assert drilled.where == BESIDE_THE_SITE
    assert drilled.restored.rebuilt.digests == {name: digest for name, (_, digest) in before.items()}
    noted = record.last(site.home, "drill")
    assert noted is not None
    assert (noted.path, noted.sha256, noted.rows) == (second.path, second.sha256, second.manifest.rows)
    assert digests(make(site, target=site.home / "after.zip").path) == before
    if site.database_file is None:
        with request.getfixturevalue("mariadb_server").connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"SHOW DATABASES LIKE '{PREFIX}%'")
            assert cursor.fetchall() == ()


def test_a_drill_finds_the_newest_wherever_it_was_made(shop: Shop, site: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoBackupError, match="There is no backup of this site"):
        newest(site)
    make(site)
    elsewhere = make(site, target=tmp_path / "nas")
    assert newest(site) == elsewhere.path
    third = make(site)
    assert newest(site) == third.path
    third.path.unlink()
    assert newest(site) != elsewhere.path  # the record names the third alone


def test_a_drill_of_a_bad_backup_is_not_noted(shop: Shop, site: Settings) -> None:
    made = make(site)
    made.path.write_bytes(made.path.read_bytes()[:-1])
    with pytest.raises(BackupRefusedError):
        drill(site, made.path)
    assert record.last(site.home, "drill") is None


@pytest.mark.mariadb
def test_without_the_right_to_make_a_database_a_drill_uses_a_file_and_says_so(
    empty_site: EmptySite, old_backup: Path, request: pytest.FixtureRequest
) -> None:
    site = empty_site("mariadb")
    server = request.getfixturevalue("mariadb_server")
    name = site.database_url.rpartition("/")[2]
    server.run(
        "CREATE OR REPLACE USER small@'127.0.0.1' IDENTIFIED BY 'small'",
        f"GRANT ALL ON {name}.* TO small@'127.0.0.1'",
    )
    restore(site, old_backup)
    small = replace(site, database_url=f"mysql+pymysql://small:small@127.0.0.1:{server.port}/{name}")
    drilled = drill(small, make(small).path)
    assert drilled.where.startswith("a SQLite file, because: ")
    assert "may not make a scratch database" in drilled.where
    assert [step.owner for step in drilled.steps] == ["core"] * len(drilled.steps)
    assert drilled.steps


def test_a_backup_is_proved_also_when_the_database_is_gone(old_backup: Path, empty_site: EmptySite) -> None:
    site = replace(empty_site("sqlite"), database_url="mysql+pymysql://shopdb:x@127.0.0.1:1/shopdb")
    assert "does not answer" in drill(site, old_backup).where
    assert drill(empty_site("sqlite"), old_backup).where.startswith("a SQLite file, because: There is no site")
