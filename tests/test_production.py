"""Wrong `.env` files of a production site, each with its one clear answer."""

import os
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from shopdb.config import load_settings
from shopdb.config.rights import complaint
from shopdb.exceptions import ConfigError

GOOD = {
    "SHOPDB_ENV": "production",
    "SHOPDB_SECRET_KEY": "V0nB3rgZuTalUndWiederHinauf_2ndShift-9q",
    "SHOPDB_DATABASE_URL": "mysql+pymysql://shop:p%40ss@db.example/shop",
    "SHOPDB_HOST": "0.0.0.0",  # noqa: S104 it is refused, or a proxy stands in front
    "SHOPDB_TRUSTED_PROXY": "127.0.0.1,172.28.0.0/24",
    "SHOPDB_PUBLIC_URL": "https://shopdb.example",
    "SHOPDB_CORS_ORIGINS": "https://intranet.example,http://10.1.2.3:8080",
}


class Wrong(NamedTuple):
    """What is put in place of a good line (None: taken out), the setting that is named, and what is said of it."""

    told: str
    named: str
    lines: dict[str, str | None]


WRONG = (
    Wrong("needs one of at least 32 characters", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": None}),
    Wrong("needs one of at least 32 characters", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "hunter2"}),
    Wrong("it repeats itself", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "x" * 40}),
    Wrong("it repeats itself", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "q8Zr-t1Lk_" * 4 + "q8Z"}),
    Wrong("it repeats itself", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "abababbbaaabbabababbbabaabbbabaaab"}),
    Wrong("'changeme' is in it", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "please-change-me-before-going-live-ok"}),
    Wrong("'1234567' is in it", "SHOPDB_SECRET_KEY", {"SHOPDB_SECRET_KEY": "12345678901234567890123456789012"}),
    Wrong("where SQLite loses data", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": "sqlite://///nas/share/shop.db"}),
    Wrong("where SQLite loses data", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": r"sqlite:///\\nas\share\shop.db"}),
    Wrong("lies on nfs4", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": "sqlite:////srv/on nas/deep/shop.db"}),
    Wrong("lies on cifs", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": None, "SHOPDB_HOME": "/srv/smb/shopdb"}),
    Wrong("encode : / ? # @", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": "mysql+pymysql://shop:p@ss@db/shop"}),
    Wrong("words in capitals", "SHOPDB_DATABASE_URL", {
        "SHOPDB_DATABASE_URL": "mysql+pymysql://USER:PASSWORD@HOST/DATABASE",
    }),
    Wrong("sqlite:///FILE, or mysql+pymysql", "SHOPDB_DATABASE_URL", {"SHOPDB_DATABASE_URL": "mysql://shop@db/shop"}),
    Wrong("let every web page in", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "*"}),
    Wrong("let every web page in", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "https://*.example"}),
    Wrong("'intranet.example' is no origin", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "intranet.example"}),
    Wrong("'null' is no origin", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "null"}),
    Wrong("is no origin", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "https://intranet.example/board"}),
    Wrong("is no origin", "SHOPDB_CORS_ORIGINS", {"SHOPDB_CORS_ORIGINS": "https://intranet.example:99999"}),
    Wrong("write https://intranet.example,", "SHOPDB_CORS_ORIGINS", {
        "SHOPDB_CORS_ORIGINS": "https://Intranet.example:443/",
    }),
    Wrong("would cross the LAN readable", "SHOPDB_HOST", {"SHOPDB_TRUSTED_PROXY": None}),
    Wrong("would cross the LAN readable", "SHOPDB_HOST", {"SHOPDB_TRUSTED_PROXY": None, "SHOPDB_HOST": "10.1.2.3"}),
    Wrong("would cross the LAN readable", "SHOPDB_HOST", {"SHOPDB_TRUSTED_PROXY": None, "SHOPDB_HOST": "::"}),
    Wrong("would cross the LAN readable", "SHOPDB_HOST", {"SHOPDB_TRUSTED_PROXY": None, "SHOPDB_HOST": "shop-srv"}),
    Wrong("one address or name without scheme", "SHOPDB_HOST", {"SHOPDB_HOST": "http://0.0.0.0"}),
    Wrong("'caddy' is no address", "SHOPDB_TRUSTED_PROXY", {"SHOPDB_TRUSTED_PROXY": "caddy"}),
    Wrong("would believe everybody", "SHOPDB_TRUSTED_PROXY", {"SHOPDB_TRUSTED_PROXY": "10.0.0.1,0.0.0.0/0"}),
    Wrong('write "accepted", or nothing', "SHOPDB_PLAIN_HTTP", {"SHOPDB_PLAIN_HTTP": "yes"}),
    Wrong("write https://", "SHOPDB_PUBLIC_URL", {"SHOPDB_PUBLIC_URL": "http://shopdb.example"}),
    Wrong("is no origin", "SHOPDB_PUBLIC_URL", {"SHOPDB_PUBLIC_URL": "shopdb.example"}),
    Wrong("a whole number from 1 to 65535", "SHOPDB_PORT", {"SHOPDB_PORT": "84200"}),
    Wrong("a whole number from 1 to 64", "SHOPDB_THREADS", {"SHOPDB_THREADS": "0"}),
    Wrong("one of DEBUG, INFO", "SHOPDB_LOG_LEVEL", {"SHOPDB_LOG_LEVEL": "verbose"}),
    Wrong("there is no folder", "SHOPDB_PLUGIN_DIRS", {"SHOPDB_PLUGIN_DIRS": "/nowhere/plugins"}),
    Wrong("commas between them", "SHOPDB_DISABLE_PLUGINS", {"SHOPDB_DISABLE_PLUGINS": "usb;printers"}),
    Wrong("one of development, test, production", "SHOPDB_ENV", {"SHOPDB_ENV": "prod"}),
    Wrong("did you mean SHOPDB_SITE_NAME?", "SHOPDB_SITENAME", {"SHOPDB_SITENAME": "Works 7"}),
    Wrong("did you mean SHOPDB_PORT?", "SHOPBD_PORT", {"SHOPBD_PORT": "9000"}),
    Wrong("did you mean SHOPDB_PORT?", "SHOP_DB_PORT", {"SHOP_DB_PORT": "9000"}),
    Wrong("did you mean SHOPDB_PORT?", "shopdb_port", {"shopdb_port": "9000"}),
    Wrong("remove it; .env.example lists them all", "SHOPDB_FROBNICATE", {"SHOPDB_FROBNICATE": "1"}),
)  # fmt: skip


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return written(tmp_path / ".env", GOOD)


@pytest.fixture(autouse=True)
def _mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with two network file systems, as its kernel would tell it."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "filesystems").write_text("nodev\tproc\n\text4\n")
    (tmp_path / "proc" / "self" / "mounts").write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        "nas:/export /srv/on\\040nas nfs4 rw 0 0\n"
        "//nas/shop /srv/smb cifs rw 0 0\n"
        "/dev/sdb1 /srv/smb/local ext4 rw 0 0\n"
    )
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))


def written(path: Path, lines: dict[str, str], mode: int = 0o600) -> Path:
    path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    path.chmod(mode)
    return path


def problems(env_file: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load_settings({}, env_file)
    return refused.value.problems


def test_a_good_production_site_starts(env_file: Path) -> None:
    settings = load_settings({}, env_file)
    assert (settings.env, settings.host, settings.plain_http) == ("production", GOOD["SHOPDB_HOST"], False)
    assert settings.public_url == "https://shopdb.example"
    assert [str(network) for network in settings.trusted_proxy] == ["127.0.0.1/32", "172.28.0.0/24"]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.named}: {wrong.told}")
def test_a_wrong_file_gets_one_clear_answer(tmp_path: Path, wrong: Wrong) -> None:
    lines = {name: value for name, value in (GOOD | wrong.lines).items() if value is not None}
    env_file = written(tmp_path / ".env", lines)
    (told,) = problems(env_file)
    assert told.startswith(wrong.named)
    assert wrong.told in told
    assert "hunter2" not in told
    if wrong.named in lines:
        assert f"({env_file} line {[*lines].index(wrong.named) + 1})" in told


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    env_file = written(
        tmp_path / ".env",
        {
            "SHOPDB_ENV": "production",
            "SHOPDB_HOST": "10.1.2.3",
            "SHOPDB_PUBLIC_URL": "http://shopdb.example",
            "SHOPDB_DATABASE_URL": "sqlite:////srv/smb/shop.db",
            "SHOPDB_CORS_ORIGINS": "*",
            "SHOPDB_PROT": "80",
        },
        mode=0o644,
    )
    assert [told.split(" ", 1)[0].rstrip(":") for told in problems(env_file)] == [
        "SHOPDB_PROT",
        str(env_file),
        "SHOPDB_CORS_ORIGINS",
        "SHOPDB_SECRET_KEY",
        "SHOPDB_HOST",
        "SHOPDB_PUBLIC_URL",
        "SHOPDB_DATABASE_URL",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_a_server_that_only_its_host_reaches_needs_no_proxy(tmp_path: Path, host: str) -> None:
    lines = {name: value for name, value in GOOD.items() if name != "SHOPDB_TRUSTED_PROXY"}
    assert load_settings({}, written(tmp_path / ".env", lines | {"SHOPDB_HOST": host})).host == host


def test_plain_http_goes_where_somebody_accepted_it_in_writing(tmp_path: Path) -> None:
    lines = {name: value for name, value in GOOD.items() if name != "SHOPDB_TRUSTED_PROXY"}
    lines |= {"SHOPDB_PLAIN_HTTP": "accepted", "SHOPDB_PUBLIC_URL": "http://10.1.2.3:8420"}
    assert load_settings({}, written(tmp_path / ".env", lines)).plain_http


def test_a_disk_of_this_host_below_a_network_mount_is_good(tmp_path: Path) -> None:
    lines = GOOD | {"SHOPDB_DATABASE_URL": "sqlite:////srv/smb/local/shop.db"}
    assert load_settings({}, written(tmp_path / ".env", lines)).database_file == Path("/srv/smb/local/shop.db")


def test_a_setting_that_stands_twice_is_refused(env_file: Path) -> None:
    with env_file.open("a") as more:
        more.write("SHOPDB_HOST=127.0.0.1\n")
    (told,) = problems(env_file)
    assert told == f"{env_file} line 8: SHOPDB_HOST stands in {env_file} line 4 too; keep one of them."


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (0o644, "can be read by everybody on this host (mode 644); run `chmod o-rwx "),
        (0o604, "can be read by everybody on this host (mode 604); run `chmod o-rwx "),
        (0o660, "can be changed by its whole group (mode 660); run `chmod g-w "),
        (0o602, "can be changed by everybody on this host (mode 602); run `chmod 600 "),
    ],
)
def test_a_file_that_others_may_use_stops_production_alone(env_file: Path, mode: int, told: str) -> None:
    env_file.chmod(mode)
    (named,) = problems(env_file)
    assert named.startswith(f"{env_file} {told}")
    written(env_file, GOOD | {"SHOPDB_ENV": "development"}, mode)
    assert load_settings({}, env_file).env == "development"


def test_technicians_may_read_the_file_by_its_group(env_file: Path) -> None:
    env_file.chmod(0o640)
    assert load_settings({}, env_file).env == "production"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_stops_production(env_file: Path, tmp_path: Path) -> None:
    os.chown(env_file, 12345, -1)
    (named,) = problems(env_file)
    assert named.startswith(f"{env_file} belongs to user 12345, who could change it; run `chown 0 ")
    home = tmp_path / "home of the site"
    home.mkdir()
    os.chown(home, 12345, -1)
    assert complaint(env_file, home) == ""
