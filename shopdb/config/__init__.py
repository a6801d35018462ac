"""The `.env` and the environment as frozen `Settings`; wrong keys are named all at once, each with its fix.

The `.env` of a site lies in `$SHOPDB_HOME` if the environment names a home, else in the current folder;
what the environment says wins. Nothing is opened, created or connected to here.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from shopdb.config import readers
from shopdb.config.given import Given, env_folder, read_environment
from shopdb.credentials import Secret, signing_secret
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

    @property
    def database_file(self) -> Path | None:
        """The file of the embedded database; None where a server keeps the data."""
        url = urlsplit(self.database_url)
        return Path(url.path.removeprefix("/")) if url.scheme == "sqlite" else None

    @property
    def site_mark(self) -> str:
        """What tells a server of this site from another's on the same port; says nothing else of the site."""
        return hashlib.sha256(self.database_label.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Key:
    """One setting: how its text is read, and which text stands for it when nobody gives one."""

    read: Callable[[str, Path], Any]
    default: str
    help: str
    secret: bool = False


KEYS: Final[Mapping[str, Key]] = {
    "SHOPDB_HOME": Key(readers.folder, "var", "Folder of this site: its SQLite file, plugins, spool, logs, backups."),
    "SHOPDB_ENV": Key(
        partial(readers.one_of, ENVIRONMENTS),
        "development",
        "development, test or production. Production demands a secret and leaves broken plugins out.",
    ),
    "SHOPDB_DATABASE_URL": Key(
        readers.database_url,
        "",
        "sqlite:///FILE, or mysql+pymysql://USER:PASSWORD@HOST/DATABASE for MariaDB and MySQL. "
        "Without it: shop.db in the home.",
        secret=True,
    ),
    "SHOPDB_SECRET_KEY": Key(
        readers.text,
        "",
        "Signs the logins; at least 32 characters. Without it, development makes one and keeps it; "
        "production does not start.",
        secret=True,
    ),
    "SHOPDB_HOST": Key(
        readers.host, "127.0.0.1", "Address the server listens on; 0.0.0.0 is every address of the host."
    ),
    "SHOPDB_PORT": Key(partial(readers.number, 1, 65535), "8420", "Port the server listens on."),
    "SHOPDB_SITE_NAME": Key(
        readers.line, "My shop", "Name of the site, in the terminal's header and on the server's page."
    ),
    "SHOPDB_CORS_ORIGINS": Key(
        readers.origins,
        "",
        "Origins, with commas between them, whose web pages may call the REST API. Without it: none.",
    ),
    "SHOPDB_THREADS": Key(partial(readers.number, 1, 64), "8", "How many requests the server works on at once."),
    "SHOPDB_PLUGIN_DIRS": Key(
        readers.plugin_folders,
        "",
        "Folders, with commas between them, that hold the site's own plugins; installing goes to the first. "
        "Without it: plugins in the home.",
    ),
    "SHOPDB_DISABLE_PLUGINS": Key(
        readers.plugin_names, "", "Names of plugins, with commas between them, that are never loaded."
    ),
    "SHOPDB_LOG_LEVEL": Key(partial(readers.one_of, LOG_LEVELS), "INFO", "DEBUG, INFO, WARNING or ERROR."),
}

# Read by `shopdb collect` alone, which needs no site.
COLLECTOR_KEYS: Final = ("SHOPDB_COLLECTOR_TOKEN", "SHOPDB_SERVER_URL")

_SECRETS: Final = tuple(name for name, key in KEYS.items() if key.secret)


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Return the settings of this process; ``env_file`` replaces the `.env` that would be looked for.

    Raises ConfigError naming every wrong, missing and unknown key.
    """
    environ = os.environ if environ is None else environ
    given, problems = read_environment(environ, env_file, provided=_SECRETS)
    problems += [_unknown(name, given[name].place) for name in given if name not in (*KEYS, *COLLECTOR_KEYS)]
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        value = given.get(name) or Given(key.default, env_folder(environ, env_file), "the default")
        try:
            values[name] = key.read(value.text, value.folder) if value.text else None
        except readers.Wrong as wrong:
            shown = "" if key.secret else f" is {value.text!r}"
            problems.append(f"{name} ({value.place}){shown}: {wrong}.")
    secret = values["SHOPDB_SECRET_KEY"] or ""
    if values.get("SHOPDB_ENV") == "production" and len(secret) < SECRET_CHARACTERS:
        problems.append(
            f"SHOPDB_SECRET_KEY: production needs one of at least {SECRET_CHARACTERS} characters; "
            'make one with `python3 -c "import secrets; print(secrets.token_urlsafe(48))"`.'
        )
    if problems:
        raise ConfigError(problems)
    return _settings(values, environ)


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
