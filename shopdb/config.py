"""One `.env` and the environment, read into frozen `Settings`; wrong keys are named at once, with its fix.

The `.env` of a site lies in `$SHOPDB_HOME` if the environment names a home, else in the current folder;
what the environment says wins. Nothing is opened, created or connected to here.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from shopdb.credentials import Secret, from_directory, signing_secret
from shopdb.exceptions import ConfigError

ENVIRONMENTS: Final = ("development", "test", "production")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
SECRET_CHARACTERS: Final = 32


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What this process was told about its site; the attribute of ``SHOPDB_PORT`` is ``port``."""

    home: Path
    env: str
    database_url: str = field(repr=False)
    secret_key: Secret
    host: str
    port: int
    site_name: str
    cors_origins: tuple[str, ...]
    threads: int
    plugin_dirs: tuple[Path, ...]
    disable_plugins: frozenset[str]
    log_level: str

    @property
    def database_label(self) -> str:
        """The database URL without password and options, for screens and logs."""
        url = urlsplit(self.database_url)
        userinfo, at, place = url.netloc.rpartition("@")
        return f"{url.scheme}://{userinfo.partition(':')[0]}{at}{place}{url.path}"


@dataclass(frozen=True)
class Key:
    """One setting: how its text is read, and which text stands for it when nobody gives one."""

    read: Callable[[str, Path], Any]
    default: str
    help: str
    secret: bool = False


class _Wrong(ValueError):
    """A text cannot be read; the message completes "SHOPDB_X: ..." and says what to write."""


def _number(lowest: int, highest: int, text: str, _folder: Path) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
        raise _Wrong(f"write a whole number from {lowest} to {highest}")
    return int(text)


def _one_of(choices: tuple[str, ...], text: str, _folder: Path) -> str:
    for choice in choices:
        if text.casefold() == choice.casefold():
            return choice
    raise _Wrong(f"write one of {', '.join(choices)}")


def _line(text: str, _folder: Path) -> str:
    if not text.isprintable() or len(text) > 80:
        raise _Wrong("write one line of at most 80 printable characters")
    return text


def _host(text: str, _folder: Path) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise _Wrong("write one address or name without scheme and port, such as 127.0.0.1 or 0.0.0.0")
    return text


def _folder(text: str, folder: Path) -> Path:
    return (folder / Path(text).expanduser()).resolve()


def _plugin_folders(text: str, folder: Path) -> tuple[Path, ...]:
    folders = tuple(_folder(part, folder) for part in _parts(text))
    missing = [str(path) for path in folders if not path.is_dir()]
    if missing:
        raise _Wrong(f"there is no folder {', '.join(missing)}; create it or correct the path")
    return folders


def _plugin_names(text: str, _folder: Path) -> frozenset[str]:
    names = frozenset(_parts(text))
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
        raise _Wrong("write plugin names with commas between them, such as printers,usb")
    return names


def _origins(text: str, _folder: Path) -> tuple[str, ...]:
    origins = tuple(_parts(text))
    if not all(re.fullmatch(r"https?://[^\s/*@?#]+", origin) for origin in origins):
        raise _Wrong("write full origins with commas between them, such as https://intranet.example")
    return origins


def _database_url(text: str, _folder: Path) -> str:
    """Accept a SQLite file, or MariaDB and MySQL through PyMySQL with the password encoded."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or len(rest) < 2 or ":memory:" in rest:
            raise _Wrong(
                "name a file: sqlite:////var/lib/shopdb/shop.db (four slashes before an absolute path)"
            )
        return text
    if scheme != "mysql+pymysql":
        raise _Wrong(
            "write sqlite:///FILE, or mysql+pymysql://USER:PASSWORD@HOST/DATABASE for MariaDB and MySQL"
        )
    url = urlsplit(text)
    try:
        url.port  # noqa: B018  reading it is what checks it
    except ValueError as error:
        raise _Wrong(
            "the port is a number; encode : / ? # @ in the password (%3A %2F %3F %23 %40)"
        ) from error
    if "@" in url.path + url.query + url.fragment or url.netloc.count("@") > 1:
        raise _Wrong("encode : / ? # @ in the password (%3A %2F %3F %23 %40)")
    if not (url.hostname or "unix_socket=" in url.query) or not url.path.strip("/"):
        raise _Wrong("name host and database: mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    return text


def _text(text: str, _folder: Path) -> str:
    return text


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


KEYS: Final[Mapping[str, Key]] = {
    "SHOPDB_HOME": Key(
        _folder, "var", "Folder of this site: its SQLite file, plugins, spool, logs, backups."
    ),
    "SHOPDB_ENV": Key(
        partial(_one_of, ENVIRONMENTS),
        "development",
        "development, test or production. Production demands a secret and leaves broken plugins out.",
    ),
    "SHOPDB_DATABASE_URL": Key(
        _database_url,
        "",
        "sqlite:///FILE, or mysql+pymysql://USER:PASSWORD@HOST/DATABASE for MariaDB and MySQL. "
        "Without it: shop.db in the home.",
        secret=True,
    ),
    "SHOPDB_SECRET_KEY": Key(
        _text,
        "",
        "Signs the logins; at least 32 characters. Without it, development makes one and keeps it; "
        "production does not start.",
        secret=True,
    ),
    "SHOPDB_HOST": Key(
        _host, "127.0.0.1", "Address the server listens on; 0.0.0.0 is every address of the host."
    ),
    "SHOPDB_PORT": Key(partial(_number, 1, 65535), "8420", "Port the server listens on."),
    "SHOPDB_SITE_NAME": Key(
        _line, "shopdb", "Name of the site, in the terminal's header and on the server's page."
    ),
    "SHOPDB_CORS_ORIGINS": Key(
        _origins,
        "",
        "Origins, with commas between them, whose web pages may call the REST API. Without it: none.",
    ),
    "SHOPDB_THREADS": Key(partial(_number, 1, 64), "8", "How many requests the server works on at once."),
    "SHOPDB_PLUGIN_DIRS": Key(
        _plugin_folders,
        "",
        "Folders, with commas between them, that hold the site's own plugins; installing goes to the first. "
        "Without it: plugins in the home.",
    ),
    "SHOPDB_DISABLE_PLUGINS": Key(
        _plugin_names, "", "Names of plugins, with commas between them, that are never loaded."
    ),
    "SHOPDB_LOG_LEVEL": Key(partial(_one_of, LOG_LEVELS), "INFO", "DEBUG, INFO, WARNING or ERROR."),
}

# Read by `shopdb collect` alone, which needs no site.
COLLECTOR_KEYS: Final = ("SHOPDB_COLLECTOR_TOKEN", "SHOPDB_SERVER_URL")


@dataclass(frozen=True)
class Given:
    """A value somebody gave: its text, the folder where relative paths in it start, and where it stands."""

    text: str
    folder: Path
    place: str


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Return the settings of this process; ``env_file`` replaces the `.env` that would be looked for.

    Raises ConfigError naming every wrong, missing and unknown key.
    """
    environ = os.environ if environ is None else environ
    given, problems = read_environment(environ, env_file)
    problems += [_unknown(name, given[name].place) for name in given if name not in (*KEYS, *COLLECTOR_KEYS)]
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        value = given.get(name) or Given(key.default, _env_folder(environ, env_file), "the default")
        try:
            values[name] = key.read(value.text, value.folder) if value.text else None
        except _Wrong as wrong:
            shown = "" if key.secret else f" is {value.text!r}"
            problems.append(f"{name} ({value.place}){shown}: {wrong}.")
    if (
        values.get("SHOPDB_ENV") == "production"
        and len(values["SHOPDB_SECRET_KEY"] or "") < SECRET_CHARACTERS
    ):
        problems.append(
            f"SHOPDB_SECRET_KEY: production needs one of at least {SECRET_CHARACTERS} characters; "
            'make one with `python3 -c "import secrets; print(secrets.token_urlsafe(48))"`.'
        )
    if problems:
        raise ConfigError(problems)
    return _settings(values, environ)


def read_environment(
    environ: Mapping[str, str], env_file: Path | None = None
) -> tuple[dict[str, Given], list[str]]:
    """Return every SHOPDB_ value that is given and not empty, and what is wrong with the `.env`.

    A file of the credential directory wins over the environment, the environment over the `.env`.
    """
    given, problems = _read_env_file(environ, env_file)
    here = Path.cwd()
    given |= {name: Given(text, here, "environment") for name, text in environ.items()}
    for name in (name for name, key in KEYS.items() if key.secret):
        provided = from_directory(name, environ)
        if provided is not None:
            given[name] = Given(provided, here, "credential directory")
    return {
        name: value for name, value in given.items() if name.startswith("SHOPDB_") and value.text
    }, problems


def _read_env_file(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, Given], list[str]]:
    path = env_file or _env_folder(environ, env_file) / ".env"
    try:
        with path.open(encoding="utf-8-sig") as lines:
            bindings = list(parse_stream(lines))
    except FileNotFoundError:
        return {}, [f"{path}: there is no such file."] if env_file else []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path}: cannot be read ({error})."]
    given: dict[str, Given] = {}
    problems: list[str] = []
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            problems.append(f"{path} line {binding.original.line}: write NAME=value, or # before a remark.")
        elif binding.key and binding.value is not None:
            place = f"{path} line {binding.original.line}"
            given[binding.key] = Given(binding.value, path.parent.resolve(), place)
    return given, problems


def _env_folder(environ: Mapping[str, str], env_file: Path | None) -> Path:
    return env_file.parent.resolve() if env_file else _folder(environ.get("SHOPDB_HOME") or ".", Path.cwd())


def _unknown(name: str, place: str) -> str:
    near = get_close_matches(name, (*KEYS, *COLLECTOR_KEYS), n=1)
    advice = f"did you mean {near[0]}?" if near else "remove it; .env.example lists them all."
    return f"{name} ({place}) is not a setting; {advice}"


def _settings(values: dict[str, Any], environ: Mapping[str, str]) -> Settings:
    home: Path = values["SHOPDB_HOME"]
    fallbacks: dict[str, Any] = {
        "SHOPDB_DATABASE_URL": f"sqlite:///{(home / 'shop.db').as_posix()}",
        "SHOPDB_SECRET_KEY": partial(signing_secret, home, environ),
        "SHOPDB_CORS_ORIGINS": (),
        "SHOPDB_PLUGIN_DIRS": (home / "plugins",),
        "SHOPDB_DISABLE_PLUGINS": frozenset(),
    }
    values |= {name: values[name] or fallback for name, fallback in fallbacks.items()}
    values["SHOPDB_SECRET_KEY"] = Secret(values["SHOPDB_SECRET_KEY"])
    return Settings(**{name.removeprefix("SHOPDB_").lower(): value for name, value in values.items()})
