"""Opening and preparing a shop: what both front ends stand on."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from shopdb.boot import Shop, open_shop, prepare_shop
from shopdb.config import Settings, load_settings
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import DatabaseUnreachableError, NoSiteError, PluginContractError, SchemaBehindError
from shopdb.store.models import InstalledPlugin, Setting
from tests.sites import site_settings

BROKEN = '''
from shopdb.api import BasePlugin, PluginMeta


class BrokenPlugin(BasePlugin):
    """Fails when it is installed."""

    meta = PluginMeta.beside(__file__)

    def get_blueprint(self):
        return None

    def get_models(self):
        return ()

    def on_install(self, session):
        raise RuntimeError("no room")
'''


def with_broken_plugin(settings: Settings, folder: Path, env: str) -> Settings:
    """Return the settings of the same site with a plugin that cannot be installed."""
    plugin = folder / "plugins" / "broken"
    plugin.mkdir(parents=True)
    (plugin / "__init__.py").write_text('"""Broken."""\n')
    (plugin / "manifest.json").write_text('{"name": "broken", "version": "1.0.0", "description": "Fails."}')
    (plugin / "plugin.py").write_text(BROKEN)
    return load_settings(
        {
            "SHOPDB_HOME": str(settings.home),
            "SHOPDB_ENV": env,
            "SHOPDB_DATABASE_URL": settings.database_url,
            "SHOPDB_SECRET_KEY": "a-secret-of-the-tests-and-of-nobody-else",
            "SHOPDB_PLUGIN_DIRS": str(plugin.parent),
        }
    )


def test_an_empty_database_is_not_opened_but_prepared(settings: Settings) -> None:
    with pytest.raises((SchemaBehindError, NoSiteError)):
        open_shop(settings)
    shop = prepare_shop(settings, plugins=("printers",))
    assert list(shop.plugins.plugins) == ["printers"]
    assert shop.plugins.left_out["usb"].reasons == ("it is not installed",)
    shop.close()


def test_preparing_twice_changes_nothing(site: Settings) -> None:
    shop = prepare_shop(site)
    with shop.reading() as session:
        names = session.scalars(select(InstalledPlugin.name)).all()
        assert len(names) == len(set(names)) == 6
        assert session.scalars(select(Setting.key).where(Setting.key == "site.name")).all() == ["site.name"]
    shop.close()


def test_a_plugin_that_cannot_be_installed_stops_a_developer(site: Settings, tmp_path: Path) -> None:
    with pytest.raises(PluginContractError, match="no room"):
        prepare_shop(with_broken_plugin(site, tmp_path, "test"), plugins=("broken",))


def test_a_plugin_that_cannot_be_installed_is_left_out_in_production(site: Settings, tmp_path: Path) -> None:
    shop = prepare_shop(with_broken_plugin(site, tmp_path, "production"), plugins=("broken",))
    assert "broken" in shop.plugins.left_out
    assert "computers" in shop.plugins.plugins
    shop.close()


def test_safe_starts_without_any_plugin(site: Settings) -> None:
    shop = open_shop(site, safe=True)
    assert not shop.plugins.plugins
    assert "assets" in shop.catalog
    shop.close()


def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "SHOPDB_HOME": str(tmp_path),
            "SHOPDB_ENV": "test",
            "SHOPDB_DATABASE_URL": "mysql+pymysql://shop:geheim@127.0.0.1:1/shop",
            "SHOPDB_SECRET_KEY": "a-secret-of-the-tests-and-of-nobody-else",
        }
    )
    with pytest.raises(DatabaseUnreachableError, match=r"127\.0\.0\.1:1") as refused:
        open_shop(settings)
    assert "geheim" not in str(refused.value)
    assert str(refused.value).endswith("start the server, or correct host and port in SHOPDB_DATABASE_URL.")


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("(1045, \"Access denied for user 'shop'@'db'\")", "The account or its password"),
        ("(1044, \"Access denied for user 'shop'@'db' to database 'shop'\")", "this account has no rights in it"),
        ("(1049, \"Unknown database 'shop'\")", "There is no database of this name"),
        ("(2005, \"Unknown server host 'db'\")", "No host has this name"),
        ("unable to open database file", "Is it running, and is SHOPDB_DATABASE_URL right?"),
    ],
)
def test_a_database_that_is_away_is_told_with_the_likely_cause(reason: str, cause: str) -> None:
    assert cause in str(DatabaseUnreachableError("here", reason))


def test_a_write_is_tried_again_as_a_whole_when_the_database_was_only_busy(shop: Shop) -> None:
    attempts = []

    def work(session: object) -> str:
        from sqlalchemy.exc import OperationalError

        attempts.append(session)
        if len(attempts) < 3:
            raise OperationalError("UPDATE", {}, Exception(1213, "Deadlock found"))
        return "written"

    assert shop.write(SYSTEM, work) == "written"
    assert len(attempts) == 3


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    prepare_shop(site_settings(tmp_path, f"sqlite:///{file}"), plugins=()).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
