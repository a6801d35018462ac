"""The settings that there are: how each is read, what stands for it when nobody gives one, and whom it concerns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from shopdb.config import readers

ENVIRONMENTS: Final = ("development", "test", "production")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

REQUIRED: Final = "Required in production"
ON_THE_LAN: Final = "Required in production where others than this host reach the server"
OPTIONAL: Final = "Optional"
OF_COLLECTORS: Final = "Read by `shopdb collect` alone, which needs no site"
SECTIONS: Final = (REQUIRED, ON_THE_LAN, OPTIONAL, OF_COLLECTORS)


@dataclass(frozen=True)
class Key:
    """One setting: how its text is read, and which text stands for it when nobody gives one."""

    read: Callable[[str, Path], Any]
    default: str
    help: str
    section: str = OPTIONAL
    secret: bool = False


KEYS: Final[Mapping[str, Key]] = {
    "SHOPDB_ENV": Key(
        partial(readers.one_of, ENVIRONMENTS),
        "development",
        "development, test or production. Production refuses to start on what is not safe, and leaves broken plugins "
        "out.",
        REQUIRED,
    ),
    "SHOPDB_SECRET_KEY": Key(
        readers.text,
        "",
        "Signs the logins: at least 32 characters made by chance. Without it, development makes one and keeps it; "
        "production does not start, and says how to make one.",
        REQUIRED,
        secret=True,
    ),
    "SHOPDB_HOST": Key(
        readers.host,
        "127.0.0.1",
        "Address the server listens on; 0.0.0.0 is every address of the host. Beyond the host itself, production wants "
        "one of the next two.",
        ON_THE_LAN,
    ),
    "SHOPDB_TRUSTED_PROXY": Key(
        readers.networks,
        "",
        "Addresses or networks, with commas between them, of the proxies in front that speak TLS. What they say of a "
        "client's address is believed, and production serves nobody else on the LAN.",
        ON_THE_LAN,
    ),
    "SHOPDB_PLAIN_HTTP": Key(
        readers.accepted,
        "",
        'Write "accepted" to let production speak plain HTTP on the LAN: passwords and tokens can then be read on the '
        "way.",
        ON_THE_LAN,
    ),
    "SHOPDB_PUBLIC_URL": Key(
        readers.origin,
        "",
        "Where people and collectors reach the server, such as https://shopdb.example; `shopdb doctor` looks at the "
        "certificate there.",
        ON_THE_LAN,
    ),
    "SHOPDB_HOME": Key(readers.folder, "var", "Folder of this site: its SQLite file, plugins, spool, logs, backups."),
    "SHOPDB_DATABASE_URL": Key(
        readers.database_url,
        "",
        "sqlite:///FILE, or mysql+pymysql://USER:PASSWORD@HOST/DATABASE for MariaDB and MySQL. "
        "Without it: shop.db in the home.",
        secret=True,
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

COLLECTOR_KEYS: Final[Mapping[str, Key]] = {
    "SHOPDB_SERVER_URL": Key(
        readers.text, "", "Where to push to. Without it: the server of this host's own site.", OF_COLLECTORS
    ),
    "SHOPDB_COLLECTOR_TOKEN": Key(
        readers.text, "", "The API token to push with, as `shopdb token create` printed it.", OF_COLLECTORS, secret=True
    ),
}
