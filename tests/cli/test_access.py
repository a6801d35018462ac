import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.exceptions import TokenRefusedError
from shopdb.services import accounts, tokens
from shopdb.store.models import Batch, User
from tests.cli.conftest import Command

NOW = datetime.now(UTC)


def test_a_token_is_all_that_standard_output_gets(shopdb: Command, shop: Shop) -> None:
    made = shopdb("token", "create", "PC collector", "--scope", "collector:computers", "--scope", "read")
    assert (made.exit_code, made.stderr) == (0, "")
    assert re.fullmatch(r"shp_[0-9a-f]{8}_[0-9a-f]{48}\n", made.stdout)
    with shop.reading() as session:
        facts = tokens.check_token(session, made.stdout.strip(), address="192.0.2.1", now=NOW)
        labels = session.scalars(select(Batch.label).where(Batch.door == "cli")).all()
    assert facts.scopes == {"collector:computers", "read"}
    assert labels == ["create token PC collector"]


def test_a_token_expires_and_works_from_its_networks_alone(shopdb: Command, shop: Shop) -> None:
    text = shopdb("token", "create", "x", "--scope", "read", "--days", "2", "--from", "10.0.0.0/8").stdout.strip()
    with shop.reading() as session:
        assert tokens.check_token(session, text, address="10.1.1.1", now=NOW + timedelta(days=1)).name == "x"
        for address, days in (("10.1.1.1", 3), ("192.0.2.1", 1)):
            with pytest.raises(TokenRefusedError):
                tokens.check_token(session, text, address=address, now=NOW + timedelta(days=days))


def test_a_token_is_switched_off_and_on_by_its_name(shopdb: Command, shop: Shop) -> None:
    text = shopdb("token", "create", "x", "--scope", "read").stdout.strip()
    assert shopdb("token", "disable", "x").exit_code == 0
    with shop.reading() as session, pytest.raises(TokenRefusedError):
        tokens.check_token(session, text, address="", now=NOW)
    assert shopdb("token", "enable", "X ").exit_code == 0
    with shop.reading() as session:
        assert tokens.check_token(session, text, address="", now=NOW).name == "x"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("create", "x", "--scope", "read"), "There is a token named 'x' already"),
        (("create", "y", "--scope", "collector:toasters"), "collector:printers"),
        (("create", "y", "--scope", "read", "--from", "the office"), "neither an address nor a network"),
        (("create", "\x1b[31my", "--scope", "read"), "printable"),
        (("disable", "z"), "There is no token named 'z'"),
    ],
)
def test_a_token_that_cannot_be_is_refused(shopdb: Command, arguments: tuple[str, ...], hint: str) -> None:
    shopdb("token", "create", "x", "--scope", "read")
    refused = shopdb("token", *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert hint in refused.stderr


@pytest.mark.parametrize("arguments", [("create", "x"), ("create", "--scope", "read"), ("create", "x", "--days", "0")])
def test_wrong_usage_of_token_is_exit_2(shopdb: Command, arguments: tuple[str, ...]) -> None:
    assert shopdb("token", *arguments).exit_code == 2


def test_a_user_is_added_with_a_password_that_nothing_repeats(shopdb: Command, shop: Shop) -> None:
    added = shopdb("user", "add", "Ada", "--role", "technician", "--password-stdin", stdin="correct horse\n")
    assert (added.exit_code, added.output) == (0, "Ada may sign in as technician.\n")
    with shop.reading() as session:
        assert accounts.attempt(session, "ada", "correct horse", address="", now=NOW).proven
    listed = shopdb("q", "users", "--json").stdout
    assert json.loads(listed)[0]["role"]["label"] == "technician"
    assert "argon2" not in listed + shopdb("history", "users", "Ada", "--json").stdout


def test_a_user_gets_another_password(shopdb: Command, shop: Shop) -> None:
    shopdb("user", "add", "Ada", "--role", "viewer", "--password-stdin", stdin="correct horse\n")
    told = shopdb("user", "password", "Ada", "--password-stdin", stdin="battery staple\n")
    assert (told.exit_code, told.output) == (0, "Ada has the new password.\n")
    with shop.reading() as session:
        assert accounts.attempt(session, "Ada", "battery staple", address="", now=NOW).proven
        assert not accounts.attempt(session, "Ada", "correct horse", address="", now=NOW).proven
    assert "password set" in shopdb("history", "users", "Ada").stdout


def test_a_user_is_switched_off_and_on_by_name_and_the_list_says_so(shopdb: Command, shop: Shop) -> None:
    for name in ("Ada", "Bob"):
        shopdb("user", "add", name, "--role", "viewer", "--password-stdin", stdin="correct horse\n")
    assert shopdb("user", "disable", "Ada").exit_code == 0
    with shop.reading() as session:
        assert not accounts.attempt(session, "Ada", "correct horse", address="", now=NOW).proven
    listed = json.loads(shopdb("user", "list", "--json").stdout)
    assert [(one["name"], one["role"]["label"], one["enabled"]) for one in listed] == [
        ("Ada", "viewer", False),
        ("Bob", "viewer", True),
    ]
    assert shopdb("user", "enable", "Ada").exit_code == 0
    with shop.reading() as session:
        assert accounts.attempt(session, "Ada", "correct horse", address="", now=NOW).proven
    assert "Ada" in shopdb("user", "list").stdout


def test_a_role_of_the_sites_own_holds_what_it_is_given(shopdb: Command, shop: Shop) -> None:
    made = shopdb("role", "add", "printing", "printers.change", "*.view")
    assert (made.exit_code, made.output) == (0, "There is the role printing; it may do *.view, printers.change.\n")
    shopdb("user", "add", "Ada", "--role", "viewer", "--password-stdin", stdin="correct horse\n")
    assert shopdb("user", "role", "Ada", "printing").output == "Ada is now printing.\n"
    with shop.reading() as session:
        ada = session.scalar(select(User.id))
        assert ada is not None
        assert accounts.permissions_of(session, ada) == {"*.view", "printers.change"}
    assert shopdb("role", "grant", "printing", "plugins.install", "*.view").output == (
        "printing may also do plugins.install.\n"
    )
    assert shopdb("role", "grant", "printing", "*.view").output == "printing could do all that before.\n"
    assert shopdb("role", "revoke", "printing", "printers.change").output == (
        "printing may no longer do printers.change.\n"
    )
    listed = json.loads(shopdb("role", "list", "--json").stdout)
    assert {"name": "printing", "permissions": ["*.view", "plugins.install"]} in listed
    assert "printing    plugins.install" not in shopdb("role", "list").stdout
    assert re.search(r"^printing +\*\.view$", shopdb("role", "list").stdout, re.MULTILINE)


def test_a_role_goes_when_nobody_has_it_and_comes_back_by_undo(shopdb: Command) -> None:
    shopdb("role", "add", "printing", "printers.*")
    shopdb("user", "add", "Ada", "--role", "printing", "--password-stdin", stdin="correct horse\n")
    refused = shopdb("role", "remove", "printing")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "printing is still used by 1 users" in refused.stderr
    shopdb("user", "role", "Ada", "viewer")
    assert shopdb("role", "remove", "printing").output == "The role printing is gone.\n"
    batch = json.loads(shopdb("q", "batches", 'label:"remove role printing"', "--json").stdout)[0]["id"]
    assert shopdb("undo", str(batch)).exit_code == 0
    assert {"name": "printing", "permissions": ["printers.*"]} in json.loads(shopdb("role", "list", "--json").stdout)


def test_what_can_be_given_is_what_there_is_here(shopdb: Command) -> None:
    known = {one["name"]: one["source"] for one in json.loads(shopdb("role", "permissions", "--json").stdout)}
    assert known["printers.view"] == known["plugins.install"] == "shopdb"
    assert list(known) == sorted(known)
    assert shopdb("role", "permissions").stdout.count("\n") == len(known) + 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("add", "viewer"), "There is a role named 'viewer' already"),
        (("add", "\x1b[31mred"), "printable"),
        (("add", "new", "printer.change", "x.y"), "no permission 'printer.change', 'x.y' there; near 'printer.change'"),
        (("grant", "viewer", "printers.chnge"), "printers.change"),
        (("grant", "nobody", "*"), "There is no role 'nobody'; there are admin, technician, viewer"),
        (("revoke", "viewer", "printers.change"), "no permission 'printers.change' there"),
        (("revoke", "admin", "*"), "nobody could give anybody anything"),
        (("remove", "admin"), "nobody could give anybody anything"),
        (("remove", "nobody"), "There is no role 'nobody'"),
    ],
)
def test_a_role_that_cannot_be_so_is_refused_and_stays(shopdb: Command, arguments: tuple[str, ...], hint: str) -> None:
    before = shopdb("role", "list").stdout
    refused = shopdb("role", *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert hint in refused.stderr
    assert shopdb("role", "list").stdout == before


@pytest.mark.parametrize("command", ["password", "disable", "enable"])
def test_nobody_of_that_name_is_refused(shopdb: Command, command: str) -> None:
    given = ("--password-stdin",) if command == "password" else ()
    refused = shopdb("user", command, "Eve", *given, stdin="correct horse\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "There is no user named 'Eve'; `shopdb user list`" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "hint"),
    [
        (("Ada", "--role", "viewer"), "correct horse", "There is a user named 'Ada' already"),
        (("Eve", "--role", "root"), "correct horse", "There is no role 'root'; there are admin, technician, viewer"),
        (("Eve", "--role", "viewer"), "short", "A password has 8 to 1024 characters"),
        (("Eve", "--role", "viewer"), "", "A password has 8 to 1024 characters"),
        (("E\tve", "--role", "viewer"), "correct horse", "printable"),
    ],
)
def test_a_user_who_cannot_be_is_refused(shopdb: Command, arguments: tuple[str, ...], stdin: str, hint: str) -> None:
    shopdb("user", "add", "Ada", "--role", "viewer", "--password-stdin", stdin="correct horse")
    refused = shopdb("user", "add", *arguments, "--password-stdin", stdin=stdin)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert hint in refused.stderr


def test_nobody_is_asked_for_a_password_without_a_terminal(shopdb: Command) -> None:
    answer = shopdb("user", "add", "Ada", "--role", "viewer")
    assert answer.exit_code == 2
    assert "--password-stdin" in answer.stderr
