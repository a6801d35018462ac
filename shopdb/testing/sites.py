"""The sites of tests: one is made for each plugin, and every test gets a copy of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect

from shopdb.boot import prepare_shop
from shopdb.config import Settings, load_settings
from shopdb.exceptions import NoPluginAboveError
from shopdb.plugins.loader import bundled_folder
from shopdb.plugins.manifest import MANIFEST
from shopdb.plugins.needs import needed
from shopdb.store.scratch import empty_scratch, scratch
from shopdb.testing.people import ADMIN, People

SERVER = "PLUGIN_TEST_DATABASE"
"""The variable that names a database server, on which the tests then run as well."""
EMBEDDED = "sqlite://"


def plugin_above(test: Path) -> Path:
    """Return the folder of the plugin that a test belongs to; raises `NoPluginAboveError`."""
    for folder in test.parents:
        if (folder / MANIFEST).is_file():
            return folder
    raise NoPluginAboveError(test)


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites of one run of pytest; whatever is made for them goes with ``stack``."""

    stack: ExitStack
    made: dict[tuple[Path, str], Engine]

    @contextmanager
    def copy(self, plugin: Path, server: str, home: Path) -> Iterator[Settings]:
        """Yield the settings of a ready site in ``home`` with a plugin and all that it needs; gone afterwards."""
        original = self._original(plugin, server, home)
        with scratch(original, rows_of=inspect(original).get_table_names()) as engine:
            yield self._settings(plugin, engine, home)

    def _original(self, plugin: Path, server: str, home: Path) -> Engine:
        if (plugin, server) not in self.made:
            engine = self.stack.enter_context(empty_scratch(create_engine(server or EMBEDDED)))
            settings = self._settings(plugin, engine, home)
            wanted = needed(plugin, (bundled_folder(), *settings.plugin_dirs))
            shop = prepare_shop(settings, plugins={plugin.name, *wanted})
            People(shop).somebody(ADMIN)  # nearly every test asks for one, and a password's hash takes its time
            shop.close()
            self.made[plugin, server] = engine
        return self.made[plugin, server]

    def _settings(self, plugin: Path, engine: Engine, home: Path) -> Settings:
        given = {
            "SHOPDB_HOME": str(home),
            "SHOPDB_ENV": "test",
            "SHOPDB_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "SHOPDB_SECRET_KEY": secrets.token_urlsafe(48),
        }
        return replace(load_settings(given), plugin_dirs=(plugin.parent,))
