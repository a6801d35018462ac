"""A plugin's life from the keyboard, with every step as it really is: tried in a process of its own, told, and done."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.plugins.packing import pack
from shopdb.store import journal
from shopdb.store.installed import InstalledState, installed
from shopdb.tui.screens.plugin_inspection import InspectionScreen
from tests.tui.shop_app import App, Keyboard, at_the_terminal, sign_in_as
from tests.tui.site_plugins import write_gauges
from tests.tui.waiting import until

sqlite_alone = pytest.mark.parametrize("engine_kind", ["sqlite"])
TRIES = 9
"""Times the patience of other tests: a trial starts a whole shopdb, twice on a busy machine."""


@pytest.fixture(autouse=True)
def admin(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")


def state(shop: Shop, name: str = "gauges") -> InstalledState | None:
    with shop.engine.connect() as connection:
        return installed(connection).get(name)


def tables(shop: Shop) -> set[str]:
    return {name for name in inspect(shop.engine).get_table_names() if "gauges" in name}


def archive(site: Settings, version: str = "1.0.0", **more: object) -> Path:
    """Put an archive into the folder that the screen offers from."""
    folder = site.home / "plugin-archives"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"gauges-{version}.zip"
    path.write_bytes(pack(write_gauges(site.home / "sources" / version, version, **more)))
    return path


async def long_until(app: App, holds: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        try:
            await until(holds)
        except AssertionError:
            continue
        return
    raise AssertionError(f"it did not come to hold\n{app.text}\nsaid: {app.told}")


async def done(app: App, keys: Keyboard, words: str) -> None:
    """Wait for the end of what was begun, and close its dialog."""
    await long_until(app, lambda: "enter or esc closes" in app.text)
    assert words in " ".join(app.text.replace("│", " ").split()), app.text
    await keys.press("enter")


async def look_into_and_install(app: App, keys: Keyboard, shop: Shop) -> None:
    await keys.press("G", "enter")
    await keys.sees("gauges 1.0.0: before anything of it runs")
    for words in ("A plugin runs with all rights", "by nobody", "gauges (id, version,", "0001_gauges"):
        assert words in app.text, words
    await keys.press("i", *"gauge", "enter")
    await keys.sees("Type gauges, or esc.")
    assert state(shop) is None
    await keys.hit("s", "enter")
    await done(app, keys, "gauges 1.0.0 is installed and on.")
    await keys.hears("gauges 1.0.0 is here.")
    await keys.sees("Bench")
    assert "nobody" in app.line("> gauges")


async def export_and_remove(app: App, keys: Keyboard, folder: Path) -> None:
    await keys.press("x")
    await keys.sees("0  gauges")
    await keys.press("j", "enter")
    await keys.sees("Export into which folder?")
    await keys.press(*(["backspace"] * 300), *str(folder), "enter")
    await keys.sees("0 rows go from the database")
    await keys.hit("y")
    await done(app, keys, "gauges is removed with its data")
    await keys.sees("offered")


async def test_a_plugin_comes_goes_off_and_goes_away_from_the_keyboard(shop: Shop, site: Settings) -> None:
    archive(site)
    app = App(site, area="plugins")
    async with at_the_terminal(app, (100, 40)) as keys:
        await keys.sees("1 new in the folder of archives")
        await keys.sees("Plugins  1 new")
        await look_into_and_install(app, keys, shop)
        found = state(shop)
        assert found is not None
        assert (found.enabled, found.trust, found.plugin_version) == (True, "unsigned", "1.0.0")
        await keys.hit("d", "y")
        await done(app, keys, "gauges is off; its data is kept")
        await keys.sees("disabled")
        assert "Bench" not in app.text
        assert tables(shop) == {"gauges", "alembic_version_gauges"}
        await export_and_remove(app, keys, site.home / "out")
    assert tables(shop) == set()
    assert state(shop) is None
    assert len(list((site.home / "out").glob("gauges-*.zip"))) == 1


async def install_out_of_sight(app: App, keys: Keyboard, path: Path) -> None:
    await keys.press("i", *str(path), "enter")
    await keys.sees("before anything of it runs")
    await keys.hit("i", *"gauges", "enter")
    await keys.sees("the work goes on")
    await keys.hit("escape")
    await keys.sees("> computers")
    await keys.hit("ctrl+q")
    await keys.sees("It stops in the middle.")
    await keys.hit("n")
    await long_until(app, lambda: any("gauges 1.0.0 is installed" in told for told in app.told))
    await keys.settled()


async def rehearse_and_upgrade(app: App, keys: Keyboard, shop: Shop) -> None:
    await keys.press("j", "j")
    await keys.sees("U Upgrade")
    await keys.press("U")
    await keys.sees("1.0.0 is here and would be upgraded")
    await keys.hit("r")
    await done(app, keys, "The rehearsal went well; nothing of this site was changed.")
    await keys.sees("it went well")
    assert not has_size(shop)
    await keys.hit("i", *"gauges", "enter")
    await done(app, keys, "gauges is upgraded from 1.0.0 to 1.1.0.")
    assert has_size(shop)


def has_size(shop: Shop) -> bool:
    return "size" in {column["name"] for column in inspect(shop.engine).get_columns("gauges")}


@sqlite_alone
async def test_a_version_is_upgraded_to_and_rolled_back_from(shop: Shop, site: Settings) -> None:
    path = archive(site)
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("1 new")
        await install_out_of_sight(app, keys, path)
        archive(site, "1.1.0")
        await keys.press("r")
        await until(lambda: "1.1.0 is offered" in app.line("gauges"))
        await rehearse_and_upgrade(app, keys, shop)
        await keys.hit("R")
        await keys.sees("Roll gauges back to 1.0.0?")
        await keys.hit("y")
        await done(app, keys, "gauges is rolled back from 1.1.0 to 1.0.0.")
        assert not has_size(shop)
        await keys.press("enter", "G")
        await keys.sees("rollback by admin")
        assert "upgrade by admin" in app.text
        await keys.press("enter")
        await keys.sees("begun")
        await keys.press("escape", "escape")
        await keys.sees("> gauges")


@sqlite_alone
async def test_what_fails_leaves_files_and_tables_as_they_were_and_says_why(shop: Shop, site: Settings) -> None:
    hooks = 'def on_enable(self, session):\n    raise RuntimeError("[/foo]\\x1b[2J not today")'
    archive(site, hooks=hooks)
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("1 new")
        await keys.press("G", "enter")
        await keys.sees("before anything of it runs")
        await keys.hit("i", *"gauges", "enter")
        await long_until(app, lambda: "enter or esc closes" in app.text)
        await keys.sees("[/foo]␛[2J not today")
        assert "Files and tables are as they were before." in " ".join(app.text.replace("│", " ").split())
        await keys.press("enter", "enter")
        await keys.sees("before anything of it runs")
        await keys.hit("r")
        await done(app, keys, "The rehearsal failed:")
        await keys.sees("not today")
        assert "i installs" not in app.text
        await keys.press("i")
        assert isinstance(app.screen, InspectionScreen)
        assert "\x1b" not in app.text
    assert state(shop) is None
    assert tables(shop) == set()
    assert not (site.plugin_dirs[0] / "gauges").exists()
    with shop.engine.connect() as connection:
        assert journal.operations(connection, plugin="gauges")[0].state == "taken back"
