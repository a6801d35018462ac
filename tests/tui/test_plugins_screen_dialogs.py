"""What the plugins screen shows and asks, and what can be done there without trying a plugin."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import text

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM, Origin
from shopdb.lifecycle.bringing import kept_state
from shopdb.lifecycle.switching import disable
from shopdb.plugins.packing import pack, sign
from shopdb.plugins.signing import fingerprint, load_key, new_key
from shopdb.plugins.trust import trust_key, trusted_keys
from shopdb.store import journal
from shopdb.store.installed import installed
from shopdb.tui.screens.plugins import PluginsScreen
from tests.tui.hostile import HOSTILE
from tests.tui.shop_app import App, Keyboard, at_the_terminal, sign_in_as
from tests.tui.site_plugins import bring, bring_archive, write_gauges
from tests.tui.waiting import until

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])
BEN = Origin("ben", "terminal")


@pytest.fixture
def admin(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "admin")


def stop_in_the_middle(shop: Shop, plugin: str, verb: str = "disable") -> None:
    """Leave behind what a killed process leaves behind."""
    with shop.engine.connect() as connection:
        state = installed(connection)[plugin]
    facts = {
        "former": kept_state(state),
        "to_archive": None,
        "to_version": state.plugin_version,
        "enabled": False,
        "is_new": False,
        "hooks_done": {},
        "tables": list(state.tables),
    }
    journal.begin_operation(shop.engine, verb=verb, plugin=plugin, actor="ben", facts=facts)


def is_on(shop: Shop, plugin: str) -> bool:
    with shop.engine.connect() as connection:
        return installed(connection)[plugin].enabled


async def go_to(keys: Keyboard, plugin: str) -> None:
    """Put the cursor on a plugin."""
    await keys.sees(plugin)
    for _ in range(12):
        if plugin in keys._app.line("> "):  # noqa: SLF001 of the tests' own
            return
        await keys.press("j")
    raise AssertionError(plugin)


@pytest.mark.usefixtures("admin")
async def test_every_plugin_stands_there_with_all_that_is_known_of_it(shop: Shop, site: Settings) -> None:
    problem = "the box [@click=app.quit]x\x1b[2J does not answer"
    journal.note_fault(
        shop.engine, plugin="printers", content_digest=None, program="server", problem=problem, stopped=True
    )
    app = App(site, area="plugins")
    async with at_the_terminal(app, (80, 40)) as keys:
        await keys.sees("Plugins  6")
        assert "shopdb" in app.line("  equipment")
        await go_to(keys, "printers")
        assert "server on" in app.line("> printers")
        await keys.press("enter")
        await keys.sees("What was done to it")
        for words in ("[@click=app.quit]x␛[2J", "(left out there)", "it comes with shopdb", "collector"):
            assert words in app.text, words
        assert "install by shopdb" in app.text
        await keys.press("escape")
        await keys.sees("> printers")
        assert "\x1b" not in app.text


async def test_who_may_only_look_is_offered_nothing_else(shop: Shop, site: Settings) -> None:
    sign_in_as(shop, site, "viewer")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("Plugins  6")
        for words in ("Install", "Switch off", "Remove"):
            assert words not in app.text
        await keys.press("i", "d", "x", "e", "R", "U", "f", "F", "T")
        assert isinstance(app.screen, PluginsScreen)
        await keys.press("K")
        await keys.sees("No key is trusted")
        await keys.press("a")
        assert "Trust which key?" not in app.text
    assert is_on(shop, "computers")


@pytest.mark.usefixtures("admin")
async def test_a_plugin_that_others_need_stays_and_they_are_named(shop: Shop, site: Settings) -> None:
    bring(site, manifest={"dependencies": ["usb"]})
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await go_to(keys, "usb")
        await keys.press("d")
        await keys.sees("Switch usb off?")
        await keys.press("y")
        await keys.sees("usb is needed by gauges")
    assert is_on(shop, "usb")


@pytest.mark.usefixtures("admin")
async def test_what_stopped_in_the_middle_is_told_at_the_start_and_finished_by_one_key(
    shop: Shop, site: Settings
) -> None:
    bring(site)
    stop_in_the_middle(shop, "gauges")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.hears("The disable of gauges")
        await keys.sees("stopped before its first step")
        await keys.press("F")
        await keys.sees("Finish the disable of gauges?")
        await keys.press("y")
        await keys.sees("gauges is off; its data is kept.")
        await keys.press("enter")
        await keys.hears("gauges is off.")
        await until(lambda: "F finishes it" not in app.text)
    assert not is_on(shop, "gauges")


@pytest.mark.usefixtures("admin")
async def test_what_stopped_in_the_middle_is_taken_back_by_another(shop: Shop, site: Settings) -> None:
    stop_in_the_middle(shop, "notifications")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("T takes it back")
        await keys.press("T")
        await keys.sees("Files and tables return")
        await keys.press("y")
        await keys.sees("The disable of notifications is taken back.")
    assert is_on(shop, "notifications")
    with shop.engine.connect() as connection:
        assert journal.operations(connection, plugin="notifications")[0].state == "taken back"


@pytest.mark.usefixtures("admin")
async def test_files_that_somebody_changed_are_told_at_the_start_and_put_back_by_one_key(site: Settings) -> None:
    bring_archive(site)
    changed = site.plugin_dirs[0] / "gauges" / "resources.py"
    written = changed.read_bytes()
    changed.write_bytes(written + b"# changed\n")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.hears("gauges was changed on disk")
        await go_to(keys, "gauges")
        await keys.sees("changed on disk   resources.py")
        await keys.press("f")
        await keys.sees("Put the files of gauges back?")
        await keys.press("y")
        await keys.sees("the files of gauges are as they were installed.")
        await keys.press("enter")
        await until(lambda: "changed on disk" not in app.text)
    assert changed.read_bytes() == written
    assert (site.plugin_dirs[0] / ".changed-gauges-1" / "gauges" / "resources.py").exists()


@pytest.mark.usefixtures("admin")
async def test_the_data_of_a_plugin_that_is_off_is_browsed_and_exported(shop: Shop, site: Settings) -> None:
    bring(site)
    with shop.engine.begin() as connection:
        for name in ("=1+1", "[/foo]\x1b[2J", "Caliper 2"):
            connection.execute(text("INSERT INTO gauges (name) VALUES (:name)"), {"name": name})
    disable(shop, "gauges", origin=SYSTEM, report=lambda _progress: None)
    app = App(site, area="plugins")
    path = site.home / "out" / "gauges.csv"
    async with at_the_terminal(app) as keys:
        await go_to(keys, "gauges")
        await keys.press("b")
        await keys.sees("Which data of gauges?")
        await keys.press("enter")
        await keys.sees("[/foo]␛[2J")
        assert "n New" not in app.text
        await keys.press("slash", *"caliper", "enter")
        await keys.sees("> Caliper 2")
        await keys.press("enter")
        await keys.sees("Name: Caliper 2")
        await keys.press("escape", "escape", "c")
        await keys.sees("Export into which file?")
        await keys.press(*(["backspace"] * 200), *str(path), "enter")
        await keys.hears(f"3 rows are in {path}.")
        await keys.press("c", *(["backspace"] * 200), *str(path), "enter")
        await keys.sees("nothing is written over")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert {row["name"] for row in rows} == {"'=1+1", "[/foo]␛[2J", "Caliper 2"}


@pytest.mark.usefixtures("admin")
async def test_keys_are_trusted_after_their_fingerprint_was_seen_and_removed_again(
    shop: Shop, site: Settings, tmp_path: Path
) -> None:
    key = new_key(tmp_path / "key.pem")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("Plugins  6")
        await keys.press("K", "a", *"no key", "enter")
        await keys.sees("This is not a public key")
        await keys.press(*(["backspace"] * 6), *key, "enter")
        await keys.sees("Under which name?")
        await keys.press(*"Acme [/foo]", "enter")
        await keys.sees(fingerprint(key))
        await keys.press("y")
        await keys.sees("> Acme [/foo]")
        with shop.reading() as session:
            assert [(one.name, one.key) for one in trusted_keys(session)] == [("Acme [/foo]", key)]
        await keys.press("x")
        await keys.sees("Trust Acme [/foo] no longer?")
        await keys.press("y")
        await keys.sees("No key is trusted")
        with shop.reading() as session:
            assert trusted_keys(session) == ()
        await keys.press("u", "y")
        await keys.sees("> Acme [/foo]")
        await keys.press("escape")
        await keys.sees("Plugins  6")


@pytest.mark.usefixtures("admin")
async def test_what_is_no_plugin_is_refused_with_every_reason(site: Settings, tmp_path: Path) -> None:
    (tmp_path / "[foo] x.zip").write_bytes(b"PK\x03\x04 no zip at all")
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("Plugins  6")
        await keys.press("i", *str(tmp_path), "slash", "left_square_bracket")
        await keys.sees("> [foo] x.zip")
        await keys.press("tab", "enter")
        await keys.sees("[foo] x.zip is not taken")
        assert "A0" in app.text
        await keys.press("escape", "i", *"/no/such/thing", "enter")
        await keys.sees("There is nothing under this path.")


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("kind", ["closing tag", "action link", "bidi", "long wide"])
async def test_a_manifest_may_say_what_it_likes(site: Settings, tmp_path: Path, kind: str) -> None:
    told = HOSTILE[kind][:80]
    folder = write_gauges(tmp_path, manifest={"description": told, "author": told})
    path = site.home / "plugin-archives" / "gauges-1.0.0.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(folder))
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("1 new")
        await keys.press("G", "enter")
        await keys.sees("before anything of it runs")
        assert not set(app.text) & set("\x1b\u202e\u2066\x9b")
        await keys.press("escape")
        await keys.sees("> gauges")


@pytest.mark.usefixtures("admin")
async def test_a_signed_plugin_needs_a_yes_and_an_unknown_key_its_name(
    shop: Shop, site: Settings, tmp_path: Path
) -> None:
    folder = write_gauges(tmp_path)
    key = new_key(tmp_path / "key.pem")
    path = tmp_path / "gauges-1.0.0.zip"
    path.write_bytes(sign(pack(folder), load_key(tmp_path / "key.pem")))
    app = App(site, area="plugins")
    async with at_the_terminal(app) as keys:
        await keys.sees("Plugins  6")
        await keys.press("i", *str(path), "enter")
        await keys.sees(f"with an unknown key, {fingerprint(key)}")
        await keys.press("i")
        await keys.sees("Whoever signed it is not trusted here.")
        await keys.press("escape", "escape")
        shop.write(BEN, lambda session: trust_key(session, "Acme", key))
        await keys.press("i", *str(path), "enter")
        await keys.sees("by Acme")
        await keys.press("i")
        await keys.sees("Install gauges 1.0.0?")
        await keys.press("n")
