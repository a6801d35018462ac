"""The `.env` and the environment as frozen `Settings`; wrong keys are named all at once, each with its fix.

The `.env` of a site lies in `$SHOPDB_HOME` if the environment names a home, else in the current folder;
what the environment says wins. Nothing is opened, created or connected to here.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from shopdb.config import production, readers, rights
from shopdb.config.given import COMMAND_LINE, Given, env_folder, env_path, read_environment
from shopdb.config.keys import COLLECTOR_KEYS, KEYS, Key
from shopdb.config.readers import Network
from shopdb.credentials import Secret, signing_secret
from shopdb.exceptions import ConfigError

__all__ = ["COLLECTOR_KEYS", "KEYS", "Key", "Reading", "Settings", "load_settings", "read_settings"]

_PREFIX: Final = "SHOPDB_"
_NAMES: Final = (*KEYS, *COLLECTOR_KEYS)
_SECRETS: Final = tuple(name for name, key in KEYS.items() if key.secret)
_ALIKE: Final = 0.85  # one letter of the prefix forgotten, or two exchanged


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What this process was told about its site; the attribute of ``SHOPDB_PORT`` is ``port``."""

    home: Path
    env: str
    database_url: str = field(repr=False)
    secret_key: Secret
    host: str
    port: int
    trusted_proxy: tuple[Network, ...]
    plain_http: bool
    public_url: str
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
        return readers.database_file(self.database_url)

    @property
    def site_mark(self) -> str:
        """What tells a server of this site from another's on the same port; says nothing else of the site.

        It is the same for each of the database's accounts: the server's is not the technicians' (ADR 009).
        """
        url = urlsplit(self.database_url)
        return hashlib.sha256(f"{url.netloc.rpartition('@')[2]}{url.path}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Reading:
    """What was read, and all that is wrong with it; ``settings`` is None where a value cannot be read at all.

    ``places`` says of each setting that somebody gave where it stands.
    """

    settings: Settings | None
    problems: tuple[str, ...]
    places: Mapping[str, str]
    env_file: Path


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None, options: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of this process; ``env_file`` replaces the `.env` that would be looked for.

    ``options`` are values of a command's options, which win. Raises ConfigError naming every wrong, missing and
    unknown key, and all that production refuses.
    """
    reading = read_settings(environ, env_file, options)
    if reading.problems or reading.settings is None:
        raise ConfigError(reading.problems)
    return reading.settings


def read_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None, options: Mapping[str, str] | None = None
) -> Reading:
    """Return the settings as far as they can be read, with their faults, for `shopdb doctor`."""
    environ = os.environ if environ is None else environ
    given, problems = read_environment(environ, env_file, provided=_SECRETS)
    given |= {name: Given(text, Path.cwd(), COMMAND_LINE) for name, text in (options or {}).items()}
    problems += [told for name, value in given.items() if (told := _misnamed(name, value.place))]
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for name, key in KEYS.items():
        value = given.get(name) or Given(key.default, env_folder(environ, env_file), "the default")
        try:
            values[name] = key.read(value.text, value.folder) if value.text else None
        except readers.Wrong as refused:
            wrong.append((name, str(refused)))
    is_whole = not wrong
    place = env_path(environ, env_file)
    if values.get("SHOPDB_ENV") == "production":
        wrong += production.complaints(values)
        told = rights.complaint(place, values.get("SHOPDB_HOME", place.parent))
        problems += [f"{place} {told}."] if told else []
    problems += [_complaint(name, given.get(name), told) for name, told in wrong]
    settings = _settings(values, environ) if is_whole else None
    return Reading(settings, tuple(problems), {name: one.place for name, one in given.items()}, place)


def _complaint(name: str, value: Given | None, told: str) -> str:
    if value is None:
        return f"{name}: {told}."
    shown = "" if KEYS[name].secret else f" is {value.text!r}"
    return f"{name} ({value.place}){shown}: {told}."


def _misnamed(name: str, place: str) -> str:
    """Return the complaint about a name that is none of ours, "" where it is one or another program's."""
    if name in _NAMES:
        return ""
    head, _, rest = name.upper().replace("SHOP_DB_", _PREFIX, 1).partition("_")
    is_ours = name.startswith(_PREFIX)
    if not is_ours and not get_close_matches(f"{head}_", (_PREFIX,), n=1, cutoff=_ALIKE):
        return ""
    near = get_close_matches(rest, [known.removeprefix(_PREFIX) for known in _NAMES], n=1)
    advice = f"did you mean {_PREFIX}{near[0]}?" if near else "remove it; .env.example lists them all."
    return f"{name} ({place}) is not a setting; {advice}" if near or is_ours else ""


def _settings(values: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    home: Path = values["SHOPDB_HOME"]
    fallbacks: dict[str, Any] = {
        "SHOPDB_DATABASE_URL": f"sqlite:///{(home / 'shop.db').as_posix()}",
        "SHOPDB_SECRET_KEY": partial(signing_secret, home, environ),
        "SHOPDB_TRUSTED_PROXY": (),
        "SHOPDB_PLAIN_HTTP": False,
        "SHOPDB_PUBLIC_URL": "",
        "SHOPDB_CORS_ORIGINS": (),
        "SHOPDB_PLUGIN_DIRS": (home / "plugins",),
        "SHOPDB_DISABLE_PLUGINS": frozenset(),
    }
    whole = {**values, **{name: values[name] or fallback for name, fallback in fallbacks.items()}}
    whole["SHOPDB_SECRET_KEY"] = Secret(whole["SHOPDB_SECRET_KEY"])
    return Settings(**{name.removeprefix(_PREFIX).lower(): value for name, value in whole.items()})
