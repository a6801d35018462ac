"""Bringing backups into databases: across engines, whole or not at all."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import (
    BackupKeyError,
    DatabaseBrokeOffError,
    DatabaseNotEmptyError,
    NoSiteError,
    NotASiteError,
    RestoreBusyError,
    RestoreUnfinishedError,
    RowsRefusedError,
    SchemaBehindError,
)
from shopdb.keeping.backup import make
from shopdb.keeping.restore import LOCK, check_empty, look_at, restore
from shopdb.keeping.upgrade import finish
from shopdb.services.accounts import ensure_admin
from shopdb.store import chain, drift, records, search
from shopdb.store.dump import export_tables, verify
from shopdb.store.dump.cipher import Encrypting
from shopdb.store.dump.rebuilding import MARKER
from shopdb.store.dump.writing import Progress
from shopdb.store.exclusive import only_one
from shopdb.store.models import Person
from shopdb.store.revisions import core_owner
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import ANNA, digests, engine_of, make_up, rewritten, silent
from tests.keeping.test_tables import FACTS
from tests.sites import environment

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


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


def test_an_encrypted_backup_comes_back_with_its_passphrase_alone(
    target: Settings, old_backup: Path, tmp_path: Path
) -> None:
    path = tmp_path / "backup.zip.sealed"
    with path.open("wb") as file:
        writer = Encrypting(file, "correct horse battery staple")
        writer.write(old_backup.read_bytes())
        writer.finish()
    for wrong in (None, "another passphrase"):
        with pytest.raises(BackupKeyError):
            restore(target, path, wrong)
        check_empty(target)
    assert restore(target, path, "correct horse battery staple").manifest.counts == verify(old_backup).counts


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
    target: Settings, old_backup: Path, tmp_path: Path
) -> None:
    twice = tmp_path / "twice.zip"
    twice.write_bytes(rewritten(old_backup, "vendors", lambda rows: [*rows, [10**6, *rows[0][1:]]]))
    look_at(twice)
    with pytest.raises(RowsRefusedError, match=r"The rows of vendors cannot be put into this database: \S"):
        restore(target, twice)
    check_empty(target)
    assert target.database_file is None or not target.database_file.exists()
    assert target.database_file is not None or tables_of(target) == set()
    assert restore(target, old_backup).manifest.rows > 1000


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


@pytest.mark.mariadb
def test_a_database_that_goes_away_meanwhile_holds_no_site_and_takes_the_next_try(
    empty_site: EmptySite, old_backup: Path, request: pytest.FixtureRequest
) -> None:
    target = empty_site("mariadb")
    server, name = request.getfixturevalue("mariadb_server"), target.database_url.rpartition("/")[2]

    def told(progress: Progress) -> None:
        if (progress.table, progress.step) == ("vendors", "load"):
            with server.connection() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
                for (number,) in cursor.fetchall():
                    cursor.execute(f"KILL {number}")

    with pytest.raises(DatabaseBrokeOffError, match=r"broke it off .* then do it again"):
        restore(target, old_backup, told=told)
    assert restore(target, old_backup).manifest.rows > 1000


def test_two_restores_at_once_are_one(target: Settings, old_backup: Path) -> None:
    with engine_of(target) as engine, only_one(engine, LOCK, 1.0), pytest.raises(RestoreBusyError):
        restore(target, old_backup)
    restore(target, old_backup)


@pytest.mark.mariadb
def test_who_waits_for_another_s_restore_finds_its_site_and_leaves_it_alone(
    empty_site: EmptySite, old_backup: Path, request: pytest.FixtureRequest
) -> None:
    target = empty_site("mariadb")
    server, name = request.getfixturevalue("mariadb_server"), target.database_url.rpartition("/")[2]
    with engine_of(target) as engine, ThreadPoolExecutor() as pool:
        with only_one(engine, LOCK, 1.0), server.connection() as connection, connection.cursor() as cursor:
            second = pool.submit(restore, target, old_backup)
            while not cursor.execute(
                "SELECT 1 FROM information_schema.processlist WHERE db = %s AND info LIKE 'SELECT GET_LOCK%%'", (name,)
            ):
                assert not second.done()
            cursor.execute(f"CREATE TABLE {name}.assets (id INTEGER PRIMARY KEY)")
        with pytest.raises(DatabaseNotEmptyError, match="holds the tables assets"):
            second.result(PATIENCE_SECONDS)
    assert tables_of(target) == {"assets"}


@pytest.mark.mariadb
def test_a_restore_that_was_killed_at_its_very_end_is_a_site(empty_site: EmptySite, old_backup: Path) -> None:
    target = empty_site("mariadb")
    restore(target, old_backup)
    with engine_of(target) as engine, engine.begin() as connection:
        # All that can be left is the marker without its row.
        connection.execute(text(f"CREATE TABLE {MARKER} (note VARCHAR(32) PRIMARY KEY)"))
    with pytest.raises(DatabaseNotEmptyError):
        restore(target, old_backup)
    assert MARKER not in verify(make(target).path).counts
    finish(target, silent)
    open_shop(target).close()


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
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and not is_far_enough():
            assert time.monotonic() < deadline
        assert process.poll() is None, "it was over before it could be killed"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_restore_is_no_site_and_the_next_one_begins_again(
    target: Settings, old_backup: Path, tmp_path: Path
) -> None:
    path = tmp_path / "many.zip"
    more = [[number, f"Person {number}", None, None, None, None, 1] for number in range(100, 30_000)]
    path.write_bytes(rewritten(old_backup, "people", lambda rows: rows + more))
    draft = target.database_file and target.database_file.with_name("shop.db.restoring")

    def some_rows_are_in() -> bool:
        if draft is not None:
            return draft.exists() and draft.stat().st_size > 1_000_000
        with engine_of(target) as engine, engine.connect() as connection:
            there = inspect(connection).get_table_names()
            return "usb_devices" in there and bool(connection.scalar(text("SELECT COUNT(*) FROM batches")))

    killed_in(target, path, some_rows_are_in)
    with pytest.raises((NoSiteError, SchemaBehindError), match=r"There is no site|restore unfinished"):
        open_shop(target)
    with pytest.raises((NoSiteError, RestoreUnfinishedError)):
        make(target)
    assert restore(target, path).manifest.counts["people"] == 12 + len(more)
    if draft is not None:
        assert list(draft.parent.glob(f"{draft.name}*")) == []
    finish(target, silent)
    open_shop(target).close()
