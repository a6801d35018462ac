"""docs/HARDENING.md says what is so: its figures and commands, and what no other test holds."""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
import pytest

from shopdb.boot import Shop
from shopdb.cli import main
from shopdb.config import Settings
from shopdb.config.production import SECRET_CHARACTERS
from shopdb.credentials import Secret
from shopdb.domain.access import SYSTEM
from shopdb.server.access import REMEMBERED_SECONDS
from shopdb.server.app import TOKEN_LIFETIME, make_app
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.server.envelope import SECURITY_HEADERS
from shopdb.server.wire import Limits
from shopdb.services import accounts, passwords
from tests.cli.conftest import called
from tests.server.callers import Caller, make_token

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "HARDENING.md").read_text().split())
LOGIN = {"name": "Ada", "password": "correct horse battery"}


def test_its_figures_are_the_program_s() -> None:
    limits = Limits()
    assert f"shorter than {SECRET_CHARACTERS} characters" in PAGE
    assert f"hold {limits.from_one_address} connections at once, of {limits.connections} in all" in PAGE
    assert (limits.receive, passwords.LONGEST_PAUSE.total_seconds()) == (60, 60)
    assert (accounts.FREE_FOR_NAME, accounts.FREE_FOR_ADDRESS) == (5, 20)
    assert (REMEMBERED_SECONDS, TOKEN_LIFETIME.total_seconds()) == (5, 8 * 3600)
    assert f"at most {DEFAULT_CAPS.received // 2**20} MB, {DEFAULT_CAPS.unpacked // 2**20} MB unpacked" in PAGE


def test_it_names_the_headers_of_every_answer() -> None:
    assert [name for name in SECURITY_HEADERS if name not in PAGE] == []
    assert "script-src" not in SECURITY_HEADERS["Content-Security-Policy"]


def test_it_names_commands_and_options_that_there_are() -> None:
    named = [text.split() for text in re.findall(r"shopdb ((?:[a-z]+ ?)+[^`|]*)", PAGE)]
    found = [words for words in named if words[0] in main.list_commands(click.Context(main))]
    assert len(found) > 10
    for words in found:
        command = _command(iter(words))
        options = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, words


def _command(words: Iterator[str]) -> click.Command:
    found: click.Command = main
    while isinstance(found, click.Group) and (word := next(words, "")).isalpha():
        found = found.get_command(click.Context(found), word) or found
    return found


def test_another_secret_signs_everybody_out_and_one_site_s_sign_in_opens_nothing_at_another(shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, LOGIN["name"], "viewer", LOGIN["password"]))
    here = Caller(make_app(shop).test_client())
    jwt = here.post("/api/auth/login", LOGIN).json["access_token"]
    elsewhere = replace(
        shop, settings=replace(shop.settings, secret_key=Secret("of another site, as long as it takes"))
    )
    asked = {"Authorization": f"Bearer {jwt}"}
    assert here.get("/api/auth/me", headers=asked).status_code == 200
    assert Caller(make_app(elsewhere).test_client()).get("/api/auth/me", headers=asked).status_code == 401


def test_a_token_of_one_site_opens_nothing_at_another(site: Settings, shop: Shop, tmp_path: Path) -> None:
    from shopdb.boot import prepare_shop

    token = make_token(shop, "admin")
    other = replace(site, home=tmp_path / "other", database_url=f"sqlite:///{tmp_path / 'other.db'}")
    with closing(prepare_shop(other)) as elsewhere:
        assert Caller(make_app(elsewhere).test_client(), token).get("/api/computers").status_code == 401
    assert Caller(make_app(shop).test_client(), token).get("/api/computers").status_code == 200


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no modes")
def test_what_a_new_site_makes_is_kept_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("SHOPDB_HOME", str(home))
    before = os.umask(0)
    try:
        assert called("init").exit_code == 0
        assert called("backup").exit_code == 0
    finally:
        os.umask(before)
    modes = {path.relative_to(home).as_posix(): path.stat().st_mode & 0o777 for path in home.rglob("*")}
    assert home.stat().st_mode & 0o777 == 0o700
    assert modes["shop.db"] == 0o600
    assert (modes["credentials"], modes["backups"]) == (0o700, 0o700)
    kept = {name: mode for name, mode in modes.items() if name.startswith(("credentials/", "backups/"))}
    assert len(kept) >= 2
    assert set(kept.values()) == {0o600}
