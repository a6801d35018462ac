"""The life of a plugin, from nothing to nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect as inspected
from sqlalchemy import select

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.exceptions import (
    NeededByPluginsError,
    NothingToRollBackError,
    NotInstallableError,
    NotPermittedError,
    PluginMissingError,
    UnvouchedPluginError,
)
from shopdb.lifecycle import removing, repairing, switching, versions
from shopdb.lifecycle.inspection import inspect
from shopdb.lifecycle.states import PluginState, plugin_states
from shopdb.plugins.packing import pack, sign
from shopdb.plugins.signing import load_key, new_key
from shopdb.plugins.trust import trust_key
from shopdb.services import records as use
from shopdb.store import journal
from shopdb.store.models import Change
from tests.lifecycle.bringing import bring
from tests.lifecycle.conftest import ANA, Reopen, silent, standing
from tests.plugins_on_disk import write_plugin

pytestmark = pytest.mark.usefixtures("untried")


def state_of(shop: Shop, name: str = "gauges") -> PluginState:
    return next(one for one in plugin_states(shop) if one.name == name)


def test_a_plugin_is_installed_and_on_for_whoever_opens_the_shop(here: Shop, gauges: Path, opened: Reopen) -> None:
    outcome = bring(here, gauges)
    assert outcome.told == "gauges 1.0.0 is installed and on"
    shop = opened()
    assert "gauges" in shop.catalog
    assert shop.generation > here.generation
    state = state_of(shop)
    assert (state.state, state.version, state.trust, state.tables) == ("enabled", "1.0.0", "unsigned", ("gauges",))
    with shop.reading() as session:
        assert shop.plugins.plugin("gauges").get_setting(session, "greeting") == "hello"
        actions = session.connection().scalars(select(Change.action).where(Change.action == "plugins.install")).all()
    assert actions == ["plugins.install"]


def test_a_plugin_that_nobody_vouches_for_needs_its_name(here: Shop, gauges: Path) -> None:
    found = inspect(here, gauges)
    before = standing(here)
    with pytest.raises(UnvouchedPluginError, match="not signed"):
        versions.install(here, found, origin=ANA, report=silent)
    assert standing(here) == before


def test_a_plugin_signed_by_somebody_trusted_needs_no_word(here: Shop, gauges: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    public = new_key(key)
    archive = tmp_path / "gauges.zip"
    archive.write_bytes(sign(pack(gauges), load_key(key)))
    here.write(ANA, lambda session: trust_key(session, "Acme", public))
    versions.install(here, inspect(here, archive), origin=ANA, report=silent)
    state = state_of(here.renewed())
    assert (state.trust, state.signer) == ("signed", "Acme")


def test_upgrading_keeps_what_was_typed_and_rolling_back_too(
    here: Shop, gauges: Path, newer_gauges: Path, opened: Reopen
) -> None:
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    bring(shop, newer_gauges)
    newer = opened()
    assert state_of(newer).version == "1.1.0"
    assert versions.rollbacks(newer) == {"gauges": "1.0.0"}
    assert "colour" in newer.catalog["gauges"].fields_by_name
    outcome = versions.rollback(newer, "gauges", origin=ANA, report=silent)
    assert outcome.exported is not None
    assert outcome.exported.exists()
    older = opened()
    assert state_of(older).version == "1.0.0"
    assert "colour" not in {column["name"] for column in inspected(older.engine).get_columns("gauges")}
    with older.reading() as session:
        from shopdb.domain.filters import parse_filter
        from shopdb.domain.listing import ListQuery
        from shopdb.store import records

        page = records.page(session, older.catalog["gauges"], ListQuery(parse_filter("", older.catalog["gauges"])))
    assert [row.label for row in page.rows] == ["Calliper"]
    with pytest.raises(NothingToRollBackError):
        versions.rollback(older, "gauges", origin=ANA, report=silent)


def test_what_a_plugin_brings_goes_when_it_is_off_and_its_data_stays(here: Shop, gauges: Path, opened: Reopen) -> None:
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    switching.disable(shop, "gauges", origin=ANA, report=silent)
    off = opened()
    assert "gauges" not in off.catalog
    assert state_of(off).state == "disabled"
    read_only = off.with_data_of("gauges")
    assert not read_only.catalog["gauges"].writable
    with read_only.reading() as session:
        from shopdb.store import records, search

        assert records.get(session, read_only.catalog["gauges"], 1).label == "Calliper"
        assert search.hits(session, "calliper") == []
    switching.enable(off, "gauges", origin=ANA, report=silent)
    on = opened()
    with on.reading() as session:
        assert [hit.title for hit in search.hits(session, "calliper")] == ["Calliper"]


@pytest.mark.parametrize("choice", ["export", "drop"])
def test_nothing_is_left_of_a_plugin_that_is_removed_with_its_data(
    here: Shop, gauges: Path, opened: Reopen, tmp_path: Path, choice: removing.Choice
) -> None:
    before = standing(here)
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    assert removing.what_would_go(shop, "gauges") == {"gauges": 1}
    outcome = removing.uninstall(shop, "gauges", choice, origin=ANA, report=silent, folder=tmp_path / "kept")
    assert outcome.exported is not None
    assert outcome.exported.is_relative_to(tmp_path / "kept" if choice == "export" else here.settings.home)
    after = standing(opened())
    assert (after.shape, after.files, after.settings) == (before.shape, before.files, before.settings)


def test_data_that_is_kept_is_taken_up_when_the_plugin_comes_again(here: Shop, gauges: Path, opened: Reopen) -> None:
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    removing.uninstall(shop, "gauges", "keep", origin=ANA, report=silent)
    gone = opened()
    assert state_of(gone).state == "removed"
    assert gone.with_data_of("gauges").catalog["gauges"].title == "Gauges"
    bring(gone, gauges)
    again = opened()
    with again.reading() as session:
        from shopdb.store import records

        assert records.get(session, again.catalog["gauges"], 1).label == "Calliper"


def test_a_bundled_plugin_can_be_removed_and_installed_again(here: Shop, opened: Reopen) -> None:
    from shopdb.plugins.loader import bundled_folder

    before = standing(here)
    removing.uninstall(here, "notifications", "drop", origin=ANA, report=silent)
    shop = opened()
    assert state_of(shop, "notifications").state == "not installed"
    versions.install(shop, inspect(shop, bundled_folder() / "notifications"), origin=ANA, report=silent)
    assert standing(opened()).shape == before.shape
    assert state_of(opened(), "notifications").trust == "bundled"


def test_files_that_were_changed_on_disk_are_named_and_put_back(here: Shop, gauges: Path, opened: Reopen) -> None:
    bring(here, gauges)
    place = here.settings.plugin_dirs[0] / "gauges"
    whole = (place / "models.py").read_text()
    (place / "models.py").write_text(whole + "# mine\n")
    (place / "more.py").write_text("")
    shop = opened()
    assert state_of(shop).changed == ("models.py", "more.py")
    repairing.repair(shop, "gauges", origin=ANA, report=silent)
    assert state_of(opened()).changed == ()
    assert (place / "models.py").read_text() == whole
    kept = place.parent / ".changed-gauges-1" / "gauges"
    assert (kept / "models.py").read_text().endswith("# mine\n")


def test_an_author_goes_on_writing_where_the_plugin_is_installed(site: Settings, gauges: Path) -> None:
    at_home = replace(site, plugin_dirs=(gauges.parent,))
    shop = open_shop(at_home)
    bring(shop, gauges)
    shop.close()
    (gauges / "models.py").write_text((gauges / "models.py").read_text() + "# more\n")
    shop = open_shop(at_home)
    assert (gauges / "models.py").read_text().endswith("# more\n")
    assert state_of(shop).changed
    shop.close()


def test_a_host_without_the_files_gets_them_from_the_database(here: Shop, gauges: Path, opened: Reopen) -> None:
    import shutil

    bring(here, gauges)
    shutil.rmtree(here.settings.plugin_dirs[0])
    shop = opened()
    assert "gauges" in shop.catalog
    assert state_of(shop).changed == ()


def test_a_plugin_that_others_need_stays(here: Shop, gauges: Path, tmp_path: Path, opened: Reopen) -> None:
    bring(here, gauges)
    shop = opened()
    bring(shop, write_plugin(tmp_path / "more", "dials", manifest={"dependencies": ["gauges>=1"]}))
    shop = opened()
    with pytest.raises(NeededByPluginsError, match="dials"):
        switching.disable(shop, "gauges", origin=ANA, report=silent)
    with pytest.raises(NeededByPluginsError, match="dials"):
        removing.uninstall(shop, "gauges", "drop", origin=ANA, report=silent)


def test_what_does_not_fit_this_site_is_refused_with_every_reason(here: Shop, tmp_path: Path) -> None:
    wanted = {"core_version": ">=9", "dependencies": ["computers>=7", "nothing"]}
    found = inspect(here, write_plugin(tmp_path / "odd", manifest=wanted))
    with pytest.raises(NotInstallableError) as refused:
        versions.install(here, found, origin=ANA, report=silent, confirmed="gauges")
    assert [problem.split()[0] for problem in refused.value.problems] == ["P020", "P022", "P021"]


def test_who_may_not_install_plugins_cannot(here: Shop, gauges: Path) -> None:
    technician = Origin(actor="bo", door="terminal", permissions=frozenset({"*.view", "*.change"}))
    with pytest.raises(NotPermittedError):
        versions.install(here, inspect(here, gauges), origin=technician, report=silent, confirmed="gauges")
    with pytest.raises(NotPermittedError):
        switching.disable(here, "usb", origin=technician, report=silent)


def test_only_what_is_there_can_be_switched(here: Shop) -> None:
    with pytest.raises(PluginMissingError, match="switched on"):
        switching.enable(here, "usb", origin=ANA, report=silent)
    with pytest.raises(PluginMissingError, match="rolled back"):
        versions.rollback(here, "nothing", origin=ANA, report=silent)


def test_a_plugin_that_is_off_stays_off_when_it_is_upgraded(
    here: Shop, gauges: Path, newer_gauges: Path, opened: Reopen
) -> None:
    bring(here, gauges)
    switching.disable(opened(), "gauges", origin=ANA, report=silent)
    bring(opened(), newer_gauges)
    assert (state_of(opened()).state, state_of(opened()).version) == ("disabled", "1.1.0")


def test_every_operation_is_in_the_journal_with_its_log(here: Shop, gauges: Path) -> None:
    bring(here, gauges)
    with here.engine.connect() as connection:
        newest = journal.operations(connection, plugin="gauges")[0]
    assert (newest.verb, newest.state, newest.actor) == ("install", "done", "ana")
    assert "0001_gauges: The table of gauges." in newest.log
