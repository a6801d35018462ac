"""A ready site for each test: copied from a template, because migrating one takes seconds."""

# ruff: noqa: S608  the names in these statements are those of our own tables

import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from shopdb.config import Settings, load_settings
from tests.mariadb import MariaDB

if TYPE_CHECKING:
    from shopdb.boot import Shop

SECRET = "a-secret-of-the-tests-and-of-nobody-else"
LAYOUT = """
    SELECT table_name, column_name, column_type FROM information_schema.columns
    WHERE table_schema = %s ORDER BY table_name, column_name
"""


def site_settings(home: Path, database_url: str) -> Settings:
    """Return the settings of a site over this database."""
    given = {"SHOPDB_HOME": str(home), "SHOPDB_ENV": "test", "SHOPDB_DATABASE_URL": database_url}
    return load_settings(given | {"SHOPDB_SECRET_KEY": SECRET})


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give another process of this host the same settings."""
    return {
        "SHOPDB_HOME": str(settings.home),
        "SHOPDB_ENV": settings.env,
        "SHOPDB_DATABASE_URL": settings.database_url,
        "SHOPDB_SECRET_KEY": settings.secret_key.reveal(),
        "SHOPDB_PORT": str(settings.port),
        "SHOPDB_TRUSTED_PROXY": ",".join(map(str, settings.trusted_proxy)),
        "SHOPDB_PLAIN_HTTP": "accepted" if settings.plain_http else "",
        "SHOPDB_PUBLIC_URL": settings.public_url,
    }


def moved(shop: "Shop", site: Settings) -> "Shop":
    """Return the shop as `open_shop` opens it for the site, with the same plugins: loading them takes 70 ms."""
    from shopdb.store.engine import is_mysql, open_engine

    engine = open_engine(site.database_url)
    return replace(shop, settings=site, engine=engine, write_lock=nullcontext() if is_mysql(engine) else Lock())


class SqliteTemplate:
    """A prepared SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        self._settings = site_settings(folder, f"sqlite:///{self._file}")
        _prepare(self._settings)

    def copy(self, folder: Path) -> str:
        """Return the URL of a copy in the folder."""
        return f"sqlite:///{shutil.copy(self._file, folder / 'site.db')}"

    def open(self) -> "Shop":
        """Return the template's own shop, to be `moved`; nothing is connected."""
        from shopdb.boot import open_shop

        shop = open_shop(self._settings)
        shop.close()
        return shop


class LoadedShop:
    """The template's own shop, for tests to share; loaded anew after a test that let go of a plugin's code."""

    def __init__(self, template: SqliteTemplate) -> None:
        self._template = template
        self._shop = template.open()

    def get(self) -> "Shop":
        """Return it, with every plugin's code as this process has it now."""
        kinds = [type(plugin) for plugin in self._shop.plugins.plugins.values()]
        if any(getattr(sys.modules.get(kind.__module__), kind.__name__, None) is not kind for kind in kinds):
            self._shop = self._template.open()
        return self._shop


class MariaDBTemplate:
    """A prepared database, `site_template`, and one that is made equal to it before each test, `site`.

    Emptying and filling all tables takes some ten milliseconds; making and dropping them takes half a second.
    """

    def __init__(self, server: MariaDB, folder: Path) -> None:
        self._server = server
        server.run("CREATE DATABASE site_template CHARACTER SET utf8mb4")
        _prepare(site_settings(folder, server.url("site_template")))
        with server.connection() as connection, connection.cursor() as cursor:
            cursor.execute("USE site_template")
            tables = [row[0] for row in _rows(cursor, "SHOW TABLES")]
            made = [_rows(cursor, f"SHOW CREATE TABLE `{table}`")[0][1] for table in tables]
            filled = [table for table in tables if _rows(cursor, f"SELECT 1 FROM `{table}` LIMIT 1")]
            self._layout = _rows(cursor, LAYOUT, "site_template")
        fresh = ["DROP DATABASE IF EXISTS site", "CREATE DATABASE site CHARACTER SET utf8mb4", "USE site"]
        self._making = [*fresh, *made]
        self._filling = [
            "BEGIN",
            *(f"DELETE FROM site.`{table}`" for table in tables),
            *(f"INSERT INTO site.`{table}` SELECT * FROM site_template.`{table}`" for table in filled),
            "COMMIT",
        ]

    def copy(self) -> str:
        """Return the URL of the database, now in the template's state; there is only one at a time."""
        with self._server.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            same = _rows(cursor, LAYOUT, "site") == self._layout
            for statement in (*(() if same else self._making), *self._filling):
                cursor.execute(statement)
        return self._server.url("site")


def _prepare(settings: Settings) -> None:
    from shopdb.boot import prepare_shop  # most tests open no shop and need not load one

    prepare_shop(settings).close()


def _rows(cursor: Any, statement: str, *values: str) -> Any:
    cursor.execute(statement, values)
    return cursor.fetchall()
