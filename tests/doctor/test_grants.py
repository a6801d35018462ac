"""The database accounts of `shopdb db grants`, made for real: what each can do, and what each cannot."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from shopdb.boot import Shop, prepare_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM, Origin
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import DatabaseDeniedError
from shopdb.server.app import make_app
from shopdb.services import accounts, held, records
from shopdb.services.undo import undo
from shopdb.services.upkeep import CHORES
from shopdb.store import chain, grants, search
from shopdb.store import records as stored
from shopdb.store.base import Base, utc_now
from shopdb.store.scratch import empty_scratch
from tests.cli.conftest import called
from tests.mariadb import MariaDB
from tests.server.callers import Caller, make_token
from tests.server.records import Maker
from tests.services.pushes import Pusher
from tests.sites import environment, moved

HOST = "127.0.0.1"
NAMES: dict[grants.Role, str] = {"technician": "it's_tech", "server": "srv", "admin": "adm"}
PASSWORD = "a password of tests"
ADA = Origin("ada", "terminal", label="edit", permissions=frozenset({"*.view", "*.change"}))
PC = {"hostname": "WS-1", "serial_number": "5CG8841K", "software": [{"name": "7-Zip", "version": "23.01"}]}

pytestmark = [pytest.mark.mariadb, pytest.mark.parametrize("engine_kind", ["mariadb"])]
As = Callable[[grants.Role], Shop]


@pytest.fixture
def granted(site: Settings, mariadb_server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The site, after an administrator has made the accounts and run what the command printed for them."""
    for name, value in environment(site).items():
        monkeypatch.setenv(name, value)
    # A quote in a name is refused on the command line; elsewhere it must harm nobody.
    given = called("db", "grants", "--technicians", "tech", "--server", "srv", "--admin", "adm", "--host", HOST)
    assert given.exit_code == 0, given.stderr
    told = given.stdout.replace("'tech'", "'it''s_tech'").replace("'...'", f"'{PASSWORD}'")
    made = [f"DROP USER IF EXISTS {account(role)}" for role in NAMES]
    made += [line.removeprefix("-- ") for line in told.splitlines() if line.startswith("-- CREATE USER")]
    mariadb_server.run(*made, *(line for line in told.splitlines() if line.startswith("GRANT ")))
    yield site
    mariadb_server.run(*(f"DROP USER {account(role)}" for role in NAMES))


@pytest.fixture
def as_(granted: Settings, shop: Shop) -> Iterator[As]:
    """Give the shop as an account opens it."""
    opened: list[Shop] = []

    def by(role: grants.Role) -> Shop:
        opened.append(moved(shop, replace(granted, database_url=url_of(role, granted))))
        return opened[-1]

    yield by
    for one in opened:
        one.close()


def account(role: grants.Role) -> grants.Account:
    return grants.Account(NAMES[role], HOST)


def url_of(role: grants.Role, settings: Settings) -> str:
    url = make_url(settings.database_url).set(username=NAMES[role], password=PASSWORD)
    return url.render_as_string(hide_password=False)


def last_batch(shop: Shop) -> int:
    with shop.engine.connect() as connection:
        return int(connection.scalar(text("SELECT MAX(id) FROM batches")))


# --- what each account can ------------------------------------------------------------------------------


def test_a_technician_works_in_the_terminal(as_: As, shop: Shop) -> None:
    tech = as_("technician")
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "technician", "correct horse battery"))
    for password, comes_in in (("wrong", False), ("correct horse battery", True)):
        with tech.reading() as session:
            tried = accounts.attempt(session, "Ada", password, address="", now=utc_now())
        account = tech.write(accounts.signing_in("terminal"), partial(accounts.sign_in, attempt=tried))
        assert (account is not None) is comes_in
    computers = tech.catalog["computers"]
    made = tech.write(ADA, lambda session: records.create(session, computers, {"name": "WS-9"})).id
    tech.write(ADA, lambda session: records.change(session, computers, made, {"name": "WS-10"}))
    tech.write(ADA.doing("undo"), lambda session: undo(session, last_batch(tech)))
    with tech.reading(ADA) as session:
        assert stored.get(session, computers, made).values["name"] == "WS-9"
        assert [hit.title for hit in search.hits(session, "ws-9")] == ["WS-9"]
        assert stored.page(session, tech.catalog["assets"], ListQuery()).rows
    tech.write(ADA, lambda session: records.remove(session, computers, made))
    tech.write(ADA.doing("undo"), lambda session: undo(session, last_batch(tech)))
    with tech.reading(ADA) as session:
        assert stored.get(session, computers, made).values["name"] == "WS-9"


def test_a_technician_decides_what_is_held_and_it_is_taken_in(as_: As, shop: Shop) -> None:
    pushed = Pusher(as_("server"))
    first = pushed(PC)
    doubtful = pushed({"hostname": "WS-1"})
    assert (first.outcome, doubtful.outcome) == ("created", "held")
    tech = as_("technician")
    assert doubtful.held_id is not None
    (answer,) = tech.write(
        ADA,
        lambda session: held.decide(session, tech.plugins.collector_schemas, doubtful.held_id or 0, "same"),
    )
    assert answer.id == first.id


@pytest.mark.parametrize("role", ["technician", "server"])
def test_records_of_every_type_are_made_changed_deleted_and_brought_back(
    as_: As, shop: Shop, role: grants.Role
) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "admin", "correct horse battery"))
    caller = signed_in(make_app(as_(role)))
    maker = Maker(shop, caller)
    for resource in (one for one in shop.catalog.values() if one.writable):
        made = maker.make(resource, 1)
        place = f"/api/{resource.name}/{made['id']}"
        assert caller.patch(place, maker.values(resource, 2)).status_code == 200, resource.name
        assert caller.post(f"/api/batches/{last_batch(shop)}/undo").status_code == 200, resource.name
        assert caller.delete(place).status_code in (200, 204), resource.name
        assert caller.post(f"/api/batches/{last_batch(shop)}/undo").status_code == 200, resource.name
        assert caller.get(place).status_code == 200, resource.name


def signed_in(app: Flask) -> Caller:
    """Return a caller whom the account itself has let in."""
    client = app.test_client()
    body = {"name": "Ada", "password": "correct horse battery"}
    return Caller(client, client.post("/api/auth/login", json=body).get_json()["access_token"])


def test_the_server_takes_pushes_in_and_keeps_the_log(as_: As, shop: Shop) -> None:
    server = as_("server")
    caller = Caller(make_app(server).test_client(), make_token(shop, "collector:computers"))
    assert caller.post("/api/collector/computers", PC).status_code == 201
    assert caller.post("/api/collector/computers", PC).json["outcome"] == "unchanged"
    changed = {**PC, "software": [], "os_name": "Debian"}
    assert caller.post("/api/collector/computers", changed).json["outcome"] == "updated"
    for chore in CHORES:
        later = utc_now() + timedelta(days=40)
        while server.write(SYSTEM, partial(chore.do, now=later)):
            pass
    with server.reading() as session:
        assert chain.broken_at(session) is None
    with shop.engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM batches WHERE seal IS NULL")) == 0


@pytest.mark.parametrize("role", ["technician", "server"])
def test_a_backup_needs_no_more_than_reading(
    granted: Settings, monkeypatch: pytest.MonkeyPatch, role: grants.Role
) -> None:
    monkeypatch.setenv("SHOPDB_DATABASE_URL", url_of(role, granted))
    made = called("backup")
    assert (made.exit_code, made.stderr) == (0, "")


def test_the_admin_s_account_makes_a_site_and_upgrades_it(
    granted: Settings, mariadb_server: MariaDB, tmp_path: Path
) -> None:
    mariadb_server.run("CREATE DATABASE works_7 CHARACTER SET utf8mb4", "CREATE DATABASE worksX7")
    try:
        mariadb_server.run(*grants.statements("admin", account("admin"), "works_7", ()))
        url = make_url(url_of("admin", granted)).set(database="works_7").render_as_string(hide_password=False)
        settings = replace(granted, home=tmp_path, database_url=url)
        for _ in range(2):
            prepare_shop(settings).close()
        with closing(prepare_shop(settings)) as shop, empty_scratch(shop.engine) as scratch:
            assert scratch.connect().scalar(text("SELECT DATABASE()")).startswith("shopdb_scratch_")
            with pytest.raises(OperationalError, match="denied"), shop.engine.connect() as connection:
                connection.execute(text("CREATE TABLE worksX7.mine (id INT)"))
    finally:
        mariadb_server.run("DROP DATABASE works_7", "DROP DATABASE worksX7")


# --- what no account but the admin's can ----------------------------------------------------------------


FORBIDDEN = (
    "DROP TABLE computers",
    "ALTER TABLE computers ADD COLUMN mine INT",
    "TRUNCATE TABLE changes",
    "CREATE TABLE mine (id INT)",
    "DELETE FROM changes",
    "UPDATE changes SET after_doc = NULL",
    "DELETE FROM batches",
    "UPDATE batches SET actor = 'nobody'",
    "DELETE FROM chain_heads",
    "INSERT INTO users (name, role_id, password_hash) VALUES ('eve', 1, '')",
    "UPDATE users SET role_id = 1",
    "UPDATE users SET password_hash = ''",
    "DELETE FROM users",
    "UPDATE roles SET name = 'mine'",
    "INSERT INTO permissions (role_id, name) VALUES (1, '*')",
    "UPDATE api_tokens SET enabled = 1",
    "INSERT INTO settings (`key`) VALUES ('mine')",
    "UPDATE plugins SET enabled = 0",
    "UPDATE alembic_version SET version_num = 'mine'",
    "GRANT SELECT ON site.* TO 'adm'@'127.0.0.1'",
    "SELECT 1 INTO OUTFILE '/tmp/shopdb-grants'",
    "CREATE DATABASE shopdb_scratch_mine",
    "SELECT COUNT(*) FROM mysql.user",
)
OF_THE_SERVER = ("UPDATE batches SET seal = NULL", "UPDATE chain_heads SET seal = 0", "DELETE FROM pushes")


@pytest.mark.parametrize("role", ["technician", "server"])
@pytest.mark.parametrize("statement", [*FORBIDDEN, *OF_THE_SERVER])
def test_what_an_account_is_not_for_is_refused(as_: As, role: grants.Role, statement: str) -> None:
    with as_(role).engine.connect() as connection:
        if role == "server" and statement in OF_THE_SERVER:
            connection.execute(text(statement))
            connection.rollback()
            return
        with pytest.raises(OperationalError, match=r"denied|not allowed") as refused:
            connection.execute(text(statement))
        assert refused.value.orig is not None
        assert refused.value.orig.args[0] in (1044, 1045, 1142, 1143, 1227)


def test_what_the_account_lacks_is_said_in_words(as_: As, shop: Shop) -> None:
    tech = as_("technician")
    adding = partial(accounts.add_user, name="Eve", role="viewer", password="correct horse battery")
    with pytest.raises(DatabaseDeniedError, match=r"INSERT command denied to user .*users.*`shopdb db grants`"):
        tech.write(SYSTEM, adding)


def test_each_account_has_what_it_needs_and_no_more(as_: As) -> None:
    shops = {role: as_(role) for role in NAMES}
    with shops["admin"].engine.connect() as connection:
        tables = grants.table_names(connection)
    found: dict[grants.Role, grants.Held] = {}
    for role, one in shops.items():
        with one.engine.connect() as connection:
            found[role] = grants.held(connection)
    assert [held.powers for held in found.values()] == [(), (), ()]
    assert {role: held.changes_tables for role, held in found.items()} == {
        "technician": False,
        "server": False,
        "admin": True,
    }
    for role, held_rights in found.items():
        assert held_rights.lacks(grants.wanted("technician", tables)) == (), role
    assert found["server"].lacks(grants.wanted("server", tables)) == ()
    assert "UPDATE on chain_heads" in found["technician"].lacks(grants.wanted("server", tables))


def test_a_table_that_came_later_is_lacking_until_the_grants_are_run_again(as_: As) -> None:
    tables = ["computers", "later"]
    with as_("technician").engine.connect() as connection:
        assert grants.held(connection).lacks(grants.wanted("technician", tables)) == (
            "INSERT on later",
            "UPDATE on later",
            "DELETE on later",
        )


def test_the_account_that_owns_the_server_has_too_much(shop: Shop) -> None:
    with shop.engine.connect() as connection:
        assert "ALL PRIVILEGES" in grants.held(connection).powers
        assert "GRANT OPTION" in grants.held(connection).powers


# --- what SHOW GRANTS says, on either server ------------------------------------------------------------


def test_every_table_of_operation_has_rights_of_its_own(engine_kind: str) -> None:
    unlogged = {name for name, table in Base.metadata.tables.items() if not table.info["logged"]}
    assert unlogged <= set(grants.EXCEPTIONS) <= set(Base.metadata.tables)


@pytest.mark.parametrize(
    ("lines", "powers", "lacks"),
    [
        (["GRANT ALL PRIVILEGES ON `works\\_7`.* TO `a`@`%`"], (), ()),
        (["GRANT ALL PRIVILEGES ON `works_7`.* TO `a`@`%` WITH GRANT OPTION"], ("GRANT OPTION",), ()),
        (["GRANT ALL PRIVILEGES ON `works%`.* TO `a`@`%`"], ("every database like works%",), ()),
        (["GRANT ALL PRIVILEGES ON `shopdb\\_scratch\\_%`.* TO `a`@`%`"], (), ("INSERT on changes",)),
        (["GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*0'"], (), ("INSERT on changes",)),
        (["GRANT INSERT, UPDATE (`a`, `b`) ON `works_7`.`changes` TO `a`@`%`"], (), ()),
        (["GRANT INSERT (`a`) ON `works_7`.`changes` TO `a`@`%`"], (), ("INSERT on changes",)),
        (["GRANT `role`@`%` TO `a`@`%`", "GRANT INSERT ON `works_7`.* TO `role`@`%`"], (), ()),
        (["GRANT SELECT, INSERT ON `books`.* TO `a`@`%`"], ("the database books",), ("INSERT on changes",)),
        (["GRANT SELECT ON `books`.`pages` TO `a`@`%`"], ("the database books",), ("INSERT on changes",)),
        (["GRANT SELECT, INSERT, FILE, SUPER ON *.* TO `a`@`%`"],
         ("FILE", "SUPER", "INSERT on *.*", "SELECT on *.*"), ()),
        (["GRANT PROXY ON ''@'%' TO 'a'@'%' WITH GRANT OPTION"], ("GRANT OPTION", "PROXY"), ("INSERT on changes",)),
    ],
)  # fmt: skip
def test_grants_are_read_as_the_server_means_them(
    lines: list[str], powers: tuple[str, ...], lacks: tuple[str, ...], engine_kind: str
) -> None:
    held = grants.read(lines, "works_7")
    assert held.powers == powers
    assert held.lacks({"changes": {"INSERT": grants.WHOLE}}) == lacks


@pytest.mark.parametrize("name", ["a'b", "a`b", "a b", "a\\b", "x" * 61, "a\nb"])
def test_a_name_that_sql_would_read_otherwise_is_refused(granted: Settings, name: str) -> None:
    refused = called("db", "grants", "--server", name)
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_sqlite_site_has_no_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_kind: str) -> None:
    monkeypatch.setenv("SHOPDB_HOME", str(tmp_path))
    assert called("db", "upgrade").exit_code == 0
    refused = called("db", "grants")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "which knows no accounts" in refused.stderr


def test_the_statements_are_those_that_both_servers_read(granted: Settings) -> None:
    lines: list[Any] = called("db", "grants").stdout.splitlines()
    assert "GRANT SELECT ON `site`.* TO 'shopdb_technician'@'localhost';" in lines
    assert "GRANT INSERT, UPDATE (`size`) ON `site`.`batches` TO 'shopdb_technician'@'localhost';" in lines
    assert "GRANT INSERT ON `site`.`changes` TO 'shopdb_server'@'localhost';" in lines
    assert "GRANT INSERT, UPDATE, DELETE ON `site`.`computers` TO 'shopdb_server'@'localhost';" in lines
    assert not [line for line in lines if line and not line.startswith(("GRANT ", "-- "))]
