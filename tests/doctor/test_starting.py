"""What does not start says why: at the command line, and on the terminal's first screen."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.tui.screens.trouble import TroubleScreen
from tests.cli.conftest import called
from tests.sites import environment
from tests.tui.shop_app import App, at_the_terminal

BEHIND = "core is at older, wanted "


@pytest.fixture
def behind(site: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A site whose tables are those of another version."""
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    for name, value in environment(site).items():
        monkeypatch.setenv(name, value)
    return site


@pytest.mark.parametrize("command", ["serve", "q computers"])
def test_on_tables_of_another_version_no_command_starts(behind: Settings, command: str) -> None:
    refused = called(*command.split())
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert BEHIND in refused.stderr
    assert "Run `shopdb db upgrade`." in refused.stderr


def test_on_tables_of_another_version_the_terminal_says_so(behind: Settings) -> None:
    async def look() -> None:
        app = App(behind)
        async with at_the_terminal(app) as keys:
            await keys.sees(BEHIND)
            assert isinstance(app.screen, TroubleScreen)
            assert "shopdb db upgrade" in " ".join(app.text.split())

    asyncio.run(look())


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_host_that_an_option_names_is_refused_like_one_of_the_settings(
    site: Settings, monkeypatch: pytest.MonkeyPatch, engine_kind: str
) -> None:
    for name, value in {**environment(site), "SHOPDB_ENV": "production"}.items():
        monkeypatch.setenv(name, value)
    refused = called("serve", "--host", "10.1.2.3")
    assert refused.exit_code == 1
    assert "SHOPDB_HOST (the command line) is '10.1.2.3': passwords and tokens would cross the LAN" in refused.stderr


@pytest.mark.parametrize("command", ["serve", "q computers", "init", "db upgrade", "backup"])
def test_no_command_starts_a_production_site_that_is_not_safe(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPDB_ENV", "production")
    monkeypatch.setenv("SHOPDB_HOME", str(tmp_path))
    refused = called(*command.split())
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "SHOPDB_SECRET_KEY: production needs one" in refused.stderr
    assert [*tmp_path.iterdir()] == []
