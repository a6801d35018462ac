import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.doctor import database
from shopdb.domain.access import SYSTEM
from shopdb.services import accounts
from shopdb.store import grants
from shopdb.store.base import utc_now
from tests.doctor.conftest import Doctor
from tests.mariadb import MariaDB

# --- MariaDB and MySQL ----------------------------------------------------------------------------------

on_mariadb = pytest.mark.parametrize("engine_kind", [pytest.param("mariadb", marks=pytest.mark.mariadb)])
on_sqlite = pytest.mark.parametrize("engine_kind", ["sqlite"])


@pytest.fixture
def globally(mariadb_server: MariaDB) -> Iterator[MariaDB]:
    """Let a test set variables of the server, which are set back afterwards."""
    names = ("max_allowed_packet", "innodb_flush_log_at_trx_commit")
    with mariadb_server.connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'@@global.{name}' for name in names)}")
        before = cursor.fetchone()
    assert before is not None
    yield mariadb_server
    mariadb_server.run(*(f"SET GLOBAL {name} = {value}" for name, value in zip(names, before, strict=True)))


@on_mariadb
def test_a_server_that_is_set_as_it_should_be_is_well(doctor: Doctor, globally: MariaDB) -> None:
    globally.run("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    assert doctor().state("database_settings") == "ok"


@on_mariadb
def test_each_setting_that_is_not_as_it_should_be_is_named_with_what_it_costs(
    doctor: Doctor, globally: MariaDB, shop: Shop
) -> None:
    globally.run("SET GLOBAL innodb_flush_log_at_trx_commit = 2", "SET GLOBAL max_allowed_packet = 1048576")
    with shop.engine.begin() as connection:
        connection.execute(text("CREATE TABLE usb_leftovers (id INT) ENGINE=Aria CHARACTER SET latin1"))
    try:
        report = doctor()
    finally:
        globally.run("DROP TABLE site.usb_leftovers")
    told = report.told("database_settings")
    assert report.state("database_settings") == "fault"
    assert "usb_leftovers (Aria, latin1_" in told
    assert "innodb_flush_log_at_trx_commit is 2: what was acknowledged in the last second is lost" in told
    assert "max_allowed_packet is 1048576" in told
    assert "max_allowed_packet=16777216" in report.found["database_settings"]["fix"]


@pytest.mark.parametrize(
    ("variable", "good", "bad"),
    [
        ("sql_mode", "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,TRADITIONAL", "ANSI_QUOTES"),
        ("character_set_connection", "utf8mb4", "utf8mb3"),
        ("time_zone", "+00:00", "SYSTEM"),
        ("transaction_isolation", "READ-COMMITTED", "REPEATABLE-READ"),
        ("innodb_ft_min_token_size", "3", "4"),
        ("innodb_flush_log_at_trx_commit", "1", "0"),
        ("max_allowed_packet", "67108864", "1048576"),
    ],
)
def test_a_variable_holds_where_it_is_what_is_wanted(variable: str, good: str, bad: str) -> None:
    (wanted,) = (one for one in database.WANTED if one.variable == variable)
    assert wanted.holds(good)
    assert not wanted.holds(bad)
    assert not (wanted.words and wanted.holds(""))


@on_mariadb
def test_an_account_that_lacks_a_right_is_a_fault_that_names_it(
    doctor: Doctor, site: Settings, mariadb_server: MariaDB, shop: Shop
) -> None:
    account = grants.Account("narrow", "127.0.0.1")
    with shop.engine.connect() as connection:
        tables = grants.table_names(connection)
    given = grants.statements("technician", account, "site", tables)
    mariadb_server.run(f"CREATE USER {account} IDENTIFIED BY 'narrow'", *given)
    url = make_url(site.database_url).set(username="narrow", password="narrow")
    changes = {"SHOPDB_DATABASE_URL": url.render_as_string(hide_password=False)}
    try:
        report = doctor(**changes)
        assert report.state("grants") == "ok"
        assert "what a technician's terminal needs" in report.told("grants")
        assert report.state("change_log") == report.state("migrations") == report.state("plugins") == "ok"
        mariadb_server.run(f"REVOKE INSERT ON site.computers FROM {account}")
        report = doctor(**changes)
    finally:
        mariadb_server.run(f"DROP USER {account}")
    assert (report.state("grants"), report.told("grants")) == ("fault", "The account may not INSERT on computers.")
    assert "`shopdb db grants`" in report.found["grants"]["fix"]


@on_mariadb
def test_an_account_that_may_do_too_much_is_a_warning(doctor: Doctor) -> None:
    report = doctor()
    assert report.state("grants") == "warning"
    assert "may do more than shopdb needs: ALL PRIVILEGES, GRANT OPTION" in report.told("grants")


# --- SQLite ---------------------------------------------------------------------------------------------


@on_sqlite
def test_a_row_that_points_nowhere_is_a_fault(doctor: Doctor, site: Settings) -> None:
    with closing(sqlite3.connect(str(site.database_file))) as file, file:
        file.execute("INSERT INTO tags (name) VALUES ('lost')")
        file.execute("INSERT INTO asset_tags (asset_id, tag_id) SELECT 4711, id FROM tags")
    report = doctor()
    assert report.state("database_settings") == "fault"
    assert "of asset_tags points at a row of assets that is not there" in report.told("database_settings")


@on_sqlite
def test_a_damaged_file_is_a_fault(doctor: Doctor, site: Settings, shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "viewer", "correct horse battery"))
    shop.close()
    assert site.database_file is not None
    with closing(sqlite3.connect(str(site.database_file))) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_batches_made_at'").fetchone()[0]
        size = file.execute("PRAGMA page_size").fetchone()[0]
    with site.database_file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)
    report = doctor()
    assert report.state("database_settings") == "fault"
    assert "restore" in report.found["database_settings"]["fix"] or "failed" in report.told("database_settings")
    assert report.state("files") == "ok"


# --- both -----------------------------------------------------------------------------------------------


def test_clocks_that_differ_are_a_warning(shop: Shop, engine_kind: str) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "viewer", "correct horse battery"))
    assert database.clock(shop.engine, utc_now()).state == "ok"
    behind = database.clock(shop.engine, utc_now() - timedelta(hours=1))
    assert behind.state == "warning"
    told = "ahead of this host's" if engine_kind == "mariadb" else "which this host's clock has not reached"
    assert told in behind.told


def test_the_database_is_named_without_its_password(doctor: Doctor, site: Settings, engine_kind: str) -> None:
    told = doctor().told("database")
    assert told.startswith(f"{site.database_label} answers: {'MariaDB 1' if engine_kind == 'mariadb' else 'SQLite 3.'}")
