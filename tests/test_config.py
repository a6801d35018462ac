import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shopdb.config import KEYS, Settings, load_settings, read_settings
from shopdb.exceptions import ConfigError

LONG = "a river that nobody steps in twice"


def problems(environ: Mapping[str, str], env_file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load_settings(environ, env_file)
    return refused.value.problems


def test_without_any_setting_there_is_a_development_site_under_var(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/shop.db"
    assert settings.plugin_dirs == (tmp_path / "var" / "plugins",)
    assert (settings.env, settings.host, settings.port) == ("development", "127.0.0.1", 8420)
    assert not settings.home.exists()


def test_the_env_file_of_the_current_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SHOPDB_SITE_NAME='West Jefferson'\nSHOPDB_PORT=9000 # behind Caddy\n")
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert (settings.site_name, settings.port) == ("West Jefferson", 9000)


def test_a_home_in_the_environment_brings_its_own_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "site"
    home.mkdir()
    (home / ".env").write_text("SHOPDB_PORT=9001\n")
    (tmp_path / ".env").write_text("SHOPDB_PORT=9000\n")
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"SHOPDB_HOME": "site"})
    assert (settings.home, settings.port) == (home, 9001)


def test_the_environment_wins_over_the_env_file_and_an_empty_value_is_none(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SHOPDB_PORT=9000\nSHOPDB_THREADS=2\n")
    settings = load_settings({"SHOPDB_PORT": "9001", "SHOPDB_THREADS": ""}, env_file)
    assert (settings.port, settings.threads) == (9001, 8)


def test_a_relative_path_starts_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site" / "ours").mkdir(parents=True)
    env_file = tmp_path / "site" / ".env"
    env_file.write_text("SHOPDB_HOME=data\nSHOPDB_PLUGIN_DIRS=ours\n")
    settings = load_settings({}, env_file)
    assert settings.home == tmp_path / "site" / "data"
    assert settings.plugin_dirs == (tmp_path / "site" / "ours",)


def test_values_are_taken_literally(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SHOPDB_SECRET_KEY=$HOME${PATH}" + LONG)
    assert load_settings({}, env_file).secret_key.reveal() == "$HOME${PATH}" + LONG


def test_every_wrong_key_is_named_at_once_with_its_fix() -> None:
    named = problems(
        {
            "SHOPDB_CORS_ORIGINS": "*",
            "SHOPDB_DATABASE_URL": "postgresql://db/shop",
            "SHOPDB_DISABLE_PLUGINS": "usb;printers",
            "SHOPDB_ENV": "prod",
            "SHOPDB_HOST": "http://here",
            "SHOPDB_LOG_LEVEL": "LOUD",
            "SHOPDB_PLUGIN_DIRS": "/nowhere/at/all",
            "SHOPDB_PORT": "70000",
            "SHOPDB_PROT": "8420",
            "SHOPDB_SITE_NAME": "a\x1b[2Jb",
            "SHOPDB_THREADS": "many",
        }
    )
    assert [text.split()[0] for text in named] == [
        "SHOPDB_PROT",
        "SHOPDB_ENV",
        "SHOPDB_HOST",
        "SHOPDB_DATABASE_URL",
        "SHOPDB_PORT",
        "SHOPDB_SITE_NAME",
        "SHOPDB_CORS_ORIGINS",
        "SHOPDB_THREADS",
        "SHOPDB_PLUGIN_DIRS",
        "SHOPDB_DISABLE_PLUGINS",
        "SHOPDB_LOG_LEVEL",
    ]
    assert "did you mean SHOPDB_PORT?" in named[0]
    assert "write one of development, test, production" in named[1]
    assert "write a whole number from 1 to 65535" in named[4]


def test_the_line_of_a_wrong_key_is_named(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("# ours\nSHOPDB_PORT=abc\nSHOPDB_THREADS\n'\nOTHER_PROGRAM=1\nSHOP_PORT=2\n")
    named = problems({}, env_file)
    assert [text for text in named if f"{env_file} line 3" in text]
    assert [text for text in named if f"{env_file} line 4" in text]
    assert [text for text in named if f"SHOPDB_PORT ({env_file} line 2) is 'abc'" in text]
    assert len(named) == 3


def test_an_env_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    assert "no such file" in problems({}, tmp_path / ".env")[0]
    (tmp_path / "latin").write_bytes(b"# ours\nSHOPDB_SITE_NAME=Z\xfcrich")
    assert problems({}, tmp_path / "latin")[0].endswith("latin line 2: it is not UTF-8; save the file as UTF-8.")
    assert "cannot be read" in problems({}, tmp_path)[0]


def test_the_collectors_keys_are_known() -> None:
    environ = {"SHOPDB_COLLECTOR_TOKEN": "shp_1_x", "SHOPDB_SERVER_URL": "http://127.0.0.1:8420"}
    assert load_settings(environ).port == 8420


def test_an_option_of_the_command_line_wins_and_is_named_as_that() -> None:
    environ = {"SHOPDB_PORT": "9000", "SHOPDB_THREADS": "2"}
    assert load_settings(environ, options={"SHOPDB_PORT": "9001"}).port == 9001
    with pytest.raises(ConfigError) as refused:
        load_settings(environ, options={"SHOPDB_HOST": "http://here"})
    (named,) = refused.value.problems
    assert named.startswith("SHOPDB_HOST (the command line) is 'http://here'")


def test_a_secret_comes_from_the_credential_directory_first(tmp_path: Path) -> None:
    (tmp_path / "SHOPDB_SECRET_KEY").write_text(LONG + "\n")
    environ = {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "SHOPDB_ENV": "production",
        "SHOPDB_SECRET_KEY": "too short",
    }
    assert load_settings(environ).secret_key.reveal() == LONG


def test_development_makes_a_secret_once_and_keeps_it(tmp_path: Path) -> None:
    environ = {"SHOPDB_HOME": str(tmp_path)}
    secret = load_settings(environ).secret_key.reveal()
    assert len(secret) >= 32
    assert load_settings(environ).secret_key.reveal() == secret
    assert load_settings({"SHOPDB_HOME": str(tmp_path / "other")}).secret_key.reveal() != secret


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/shopdb/shop.db",
        "sqlite:///shop.db",
        "mysql+pymysql://shop:p%40ss%2Fw@db.example:3307/shop?charset=utf8mb4",
        "mysql+pymysql://shop@[::1]/shop",
        "mysql+pymysql://shop:x@/shop?unix_socket=/run/mysqld/mysqld.sock",
    ],
)
def test_an_accepted_database_url_is_one_that_sqlalchemy_reads(url: str) -> None:
    assert sa.make_url(load_settings({"SHOPDB_DATABASE_URL": url}).database_url).database


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://shop:hunter2@db/shop",
        "mysql+pymysql://shop:hunter2@db",
        "mysql+pymysql://shop:hunter2@/shop",
        "mysql+pymysql://shop:hunter2@db:port/shop",
        "mysql+pymysql://shop:hunter2@x@db/shop",
        "mysql+pymysql://shop:hunter2/x@db/shop",
        "mysql+pymysql://shop:hunter2#x@db/shop",
        "mysql+pymysql://shop:1?hunter2@db/shop",
        "hunter2",
    ],
)
def test_a_refused_database_url_is_not_repeated(url: str) -> None:
    (named,) = problems({"SHOPDB_DATABASE_URL": url})
    assert named.startswith("SHOPDB_DATABASE_URL")
    assert "hunter2" not in named


def test_settings_never_show_a_secret() -> None:
    url = "mysql+pymysql://shop:hunter2@db:3306/shop?ssl_key=/etc/key"
    settings = load_settings({"SHOPDB_DATABASE_URL": url, "SHOPDB_SECRET_KEY": LONG})
    assert settings.database_label == "mysql+pymysql://shop@db:3306/shop"
    for shown in (repr(settings), str(settings), f"{settings.secret_key}", settings.database_label):
        assert "hunter2" not in shown
        assert LONG not in shown


def test_a_site_is_known_again_by_whoever_reaches_its_database() -> None:
    def mark(url: str) -> str:
        return load_settings({"SHOPDB_DATABASE_URL": url}).site_mark

    server = mark("mysql+pymysql://shopdb_server:one@db:3306/shop")
    assert mark("mysql+pymysql://shopdb_technician:two@db:3306/shop?ssl_ca=/etc/ca.crt") == server
    assert mark("mysql+pymysql://shopdb_server:one@db:3306/other") != server
    assert mark("mysql+pymysql://shopdb_server:one@db2:3306/shop") != server


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.text(max_size=40) | st.sampled_from(["~no/x", "~"])))
def test_any_text_gives_settings_or_a_config_error(environ: dict[str, str]) -> None:
    with suppress(ConfigError):
        assert isinstance(load_settings(environ), Settings)


def test_the_process_environment_is_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPDB_PORT", "9002")
    assert load_settings().port == 9002
    assert "SHOPDB_HOME" in os.environ


def test_what_is_read_and_what_is_wrong_with_it_come_together(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SHOPDB_ENV=production\nSHOPDB_HOST=10.1.2.3\n")
    reading = read_settings({"SHOPDB_SECRET_KEY": LONG}, env_file)
    assert reading.settings is not None
    assert reading.settings.host == "10.1.2.3"
    assert [problem.split()[0] for problem in reading.problems] == [str(env_file), "SHOPDB_HOST"]
    assert reading.places == {
        "SHOPDB_ENV": f"{env_file} line 1",
        "SHOPDB_HOST": f"{env_file} line 2",
        "SHOPDB_SECRET_KEY": "environment",
    }
    assert read_settings({"SHOPDB_PORT": "x"}).settings is None
