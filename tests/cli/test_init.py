import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from shopdb.boot import open_shop
from shopdb.config import Settings, load_settings
from shopdb.credentials import CredentialStore
from shopdb.services import accounts
from shopdb.tui.opening import REMEMBERED_PASSWORD, REMEMBERED_USER
from tests.cli.conftest import Command

ALL = ["computers", "equipment", "network", "notifications", "printers", "usb"]


def counts(settings: Settings) -> Mapping[str, int]:
    shop = open_shop(settings)
    try:
        with shop.engine.connect() as connection:
            return {
                name: connection.scalar(select(func.count()).select_from(table)) or 0
                for name, table in shop.schema.tables.items()
            }
    finally:
        shop.close()


def signs_in(settings: Settings, name: str, password: str) -> bool:
    shop = open_shop(settings)
    try:
        with shop.reading() as session:
            return accounts.attempt(session, name, password, address="", now=datetime.now(UTC)).proven
    finally:
        shop.close()


def test_init_makes_a_site_once(shopdb_before_init: Command, settings: Settings) -> None:
    first = shopdb_before_init("init")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.endswith(f"{settings.database_label} is ready, with the plugins {', '.join(ALL)}.\n")
    before = counts(settings)
    second = shopdb_before_init("init")
    assert (second.exit_code, second.stdout.count("\n")) == (0, 1)
    assert counts(settings) == before


def test_in_development_the_terminal_signs_in_by_itself(
    shopdb_before_init: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPDB_ENV", "development")
    told = shopdb_before_init("init")
    assert "admin admin: added\n" in told.stdout
    store = CredentialStore(settings.home)
    name, password = store.get(REMEMBERED_USER), store.get(REMEMBERED_PASSWORD)
    assert name == "admin"
    assert password
    assert password not in told.output
    assert signs_in(settings, name, password)
    shopdb_before_init("init")
    assert store.get(REMEMBERED_PASSWORD) == password
    assert counts(settings)["users"] == 1


def test_elsewhere_nobody_is_let_in_unasked(shopdb_before_init: Command, settings: Settings) -> None:
    shopdb_before_init("init")
    assert counts(settings)["users"] == 0


def test_an_admin_gets_the_password_from_standard_input(shopdb_before_init: Command, settings: Settings) -> None:
    admin = ("init", "--admin", "ada", "--password-stdin")
    assert "admin ada: added\n" in shopdb_before_init(*admin, stdin="correct horse\n").stdout
    assert signs_in(settings, "ada", "correct horse")
    assert "admin ada: kept\n" in shopdb_before_init(*admin, stdin="correct horse\n").stdout
    assert "admin ada: given the password\n" in shopdb_before_init(*admin, stdin="another horse\r\nmore\n").stdout
    assert signs_in(settings, "ada", "another horse")
    assert counts(settings)["users"] == 1


def test_init_makes_nobody_an_admin_who_is_something_else(shopdb: Command, site: Settings) -> None:
    assert shopdb("user", "add", "eve", "--role", "viewer", "--password-stdin", stdin="correct horse").exit_code == 0
    refused = shopdb("init", "--admin", "eve", "--password-stdin", stdin="correct horse")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "There is a user named 'eve' already" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--admin", "ada"),
        ("--password-stdin",),
        ("--demo", "0"),
        ("--site-name", "a\nb"),
        ("--plugins",),
    ],
)
def test_wrong_usage_is_exit_2(shopdb: Command, arguments: tuple[str, ...]) -> None:
    answer = shopdb("init", *arguments)
    assert answer.exit_code == 2
    assert "rror: " in answer.stderr


def test_a_site_has_the_plugins_that_were_named_until_more_are(shopdb_before_init: Command) -> None:
    assert shopdb_before_init("init", "--plugins", "printers, usb").stdout.endswith("plugins printers, usb.\n")
    assert shopdb_before_init("init").stdout.endswith("plugins printers, usb.\n")
    shopdb_before_init("db", "upgrade")
    listed = json.loads(shopdb_before_init("plugin", "list", "--json").stdout)
    assert [one["name"] for one in listed if one["state"] == "enabled"] == ["printers", "usb"]
    assert {one["reasons"][0] for one in listed if one["state"] == "not installed"} == {"it is not installed"}
    assert shopdb_before_init("init", "--plugins", "all").exit_code == 0
    listed = json.loads(shopdb_before_init("plugin", "list", "--json").stdout)
    assert sorted(one["name"] for one in listed if one["state"] == "enabled") == ALL


def test_a_plugin_that_is_not_there_is_refused_before_anything_is_done(shopdb_before_init: Command) -> None:
    refused = shopdb_before_init("init", "--plugins", "printers,toasters")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no plugin 'toasters'" in refused.stderr
    assert shopdb_before_init("q", "assets").exit_code == 1


def test_the_site_is_called_as_init_was_told_unless_the_settings_say_otherwise(
    shopdb: Command, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Works 7", "Works 8"):
        shopdb("init", "--site-name", name)
        shop = open_shop(site)
        shop.close()
        assert shop.settings.site_name == name
    monkeypatch.setenv("SHOPDB_SITE_NAME", "Works 9")
    shop = open_shop(load_settings())
    shop.close()
    assert shop.settings.site_name == "Works 9"


def test_a_demo_is_made_up_once(shopdb: Command, site: Settings) -> None:
    first = shopdb("init", "--demo", "20")
    assert "demo: 20 assets" in first.stdout
    assert "none were made up" in shopdb("init", "--demo", "20").stdout
    assert counts(site)["assets"] == 20


def test_a_command_on_no_site_says_how_to_make_one(shopdb_before_init: Command, engine_kind: str) -> None:
    for command in (("q", "assets"), ("db", "check"), ("plugin", "list")):
        refused = shopdb_before_init(*command)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.count("\n") == 1
        assert ("`shopdb init`" if engine_kind == "sqlite" else "`shopdb db upgrade`") in refused.stderr
