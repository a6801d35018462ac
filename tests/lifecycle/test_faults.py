"""Whatever goes wrong while a plugin comes or goes: all is as it was before, and the reason is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopdb.boot import Shop
from shopdb.exceptions import OperationFailedError
from shopdb.lifecycle import removing, switching, versions
from shopdb.plugins import placing
from shopdb.services import records as use
from shopdb.store import journal
from tests.lifecycle.bringing import bring
from tests.lifecycle.conftest import ANA, COLOUR, GREETING, Reopen, silent, standing
from tests.plugins_on_disk import REVISION, write_plugin

INSTALLING = {
    "a module that cannot be imported": (
        {"files": {"models.py": "from shopdb.api import nothing_like_it\n"}},
        "nothing_like_it",
    ),
    "an exit while it is imported": ({"files": {"resources.py": "raise SystemExit(3)\n"}}, "SystemExit"),
    "bad SQL in its first revision": ({"files": {"migrations/versions/0001_gauges.py": "BAD SQL"}}, "nowhere"),
    "a table, and then nothing more": ({"files": {"migrations/versions/0001_gauges.py": "HALF"}}, "half way"),
    "an exit in its revision": ({"files": {"migrations/versions/0001_gauges.py": "EXIT"}}, "7"),
    "a second revision that fails": ({"files": {"migrations/versions/0002_colour.py": "SECOND"}}, "second"),
    "on_install that raises": ({"hooks": "def on_install(self, session): raise RuntimeError('no room')"}, "no room"),
    "on_enable after on_install wrote": (
        {"hooks": f"{GREETING}\ndef on_enable(self, session): raise OSError('not today')"},
        "not today",
    ),
    "an exit in on_enable": ({"hooks": "def on_enable(self, session): raise SystemExit"}, "SystemExit"),
    "a hook that returns nonsense": ({"hooks": "def get_navigation_items(self): return 7"}, "P037"),
    "a table that is not its own": ({"more": "class Thief(Numbered, Base):\n    __tablename__ = 'assets'"}, "assets"),
}
BODIES = {
    "BAD SQL": REVISION.format(name="gauges").replace(
        "def upgrade():", "def upgrade():\n    op.execute('SELECT 1 FROM nowhere')"
    ),
    "HALF": REVISION.format(name="gauges").replace(
        "def downgrade", "    raise RuntimeError('half way')\n\n\ndef downgrade"
    ),
    "EXIT": REVISION.format(name="gauges").replace("def downgrade", "    raise SystemExit(7)\n\n\ndef downgrade"),
    "SECOND": COLOUR.replace("def downgrade", "    raise RuntimeError('the second')\n\n\ndef downgrade"),
}


def with_bodies(changes: dict[str, object]) -> dict[str, object]:
    files = changes.get("files")
    if not isinstance(files, dict):
        return changes
    return {**changes, "files": {path: BODIES.get(body, body) for path, body in files.items()}}


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("fault", INSTALLING)
def test_an_install_that_fails_leaves_nothing(here: Shop, tmp_path: Path, opened: Reopen, fault: str) -> None:
    changes, told = INSTALLING[fault]
    before = standing(here)
    plugin = write_plugin(tmp_path / "faulty", **with_bodies(changes))  # type: ignore[arg-type]
    with pytest.raises(OperationFailedError, match=told) as failed:
        bring(here, plugin)
    assert failed.value.left == ()
    shop = opened()
    assert standing(shop) == before
    assert "gauges" not in shop.plugins.left_out
    assert len(shop.plugins.plugins) == 6
    with shop.engine.connect() as connection:
        assert journal.operations(connection, plugin="gauges")[0].state == "taken back"
        assert journal.generation(connection) == here.generation


def test_a_plugin_that_fails_its_rehearsal_does_not_come_near_the_site(here: Shop, tmp_path: Path) -> None:
    before = standing(here)
    plugin = write_plugin(tmp_path / "faulty", hooks="def on_install(self, session): import os; os._exit(9)")
    with pytest.raises(OperationFailedError, match="P093"):
        bring(here, plugin)
    assert standing(here) == before


UPGRADING = {
    "a revision that fails half way": {
        "files": {
            "migrations/versions/0002_colour.py": COLOUR.replace(
                "def downgrade", "    raise ValueError('half')\n\n\ndef downgrade"
            )
        }
    },
    "code that cannot be loaded": {
        "files": {"migrations/versions/0002_colour.py": COLOUR, "models.py": "from shopdb.api import nothing_like_it\n"}
    },
    "a hook that fails": {"hooks": "def on_enable(self, session): raise RuntimeError('no')"},
}


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("fault", UPGRADING)
def test_an_upgrade_that_fails_leaves_the_version_before_at_work(
    here: Shop, gauges: Path, tmp_path: Path, opened: Reopen, fault: str
) -> None:
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    before = standing(shop)
    plugin = write_plugin(tmp_path / "second", manifest={"version": "1.1.0"}, **UPGRADING[fault])  # type: ignore[arg-type]
    with pytest.raises(OperationFailedError):
        bring(shop, plugin)
    again = opened()
    assert standing(again) == before
    assert again.plugins.plugin("gauges").meta.version == "1.0.0"
    with again.reading() as session:
        from shopdb.store import records

        assert records.get(session, again.catalog["gauges"], 1).label == "Calliper"


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("step", ["write_data", "forget_resources", "own_tables"])
def test_a_removal_that_fails_leaves_the_plugin_with_its_data(
    here: Shop, gauges: Path, opened: Reopen, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    before = standing(shop)
    with monkeypatch.context() as broken:
        calls: list[object] = []

        def fails(*arguments: object) -> object:
            calls.append(arguments)
            if len(calls) == (3 if step == "own_tables" else 1):
                raise OSError("the disk is full")
            return original(*arguments)

        original: Callable[..., object] = getattr(removing, step)
        broken.setattr(removing, step, fails)
        with pytest.raises(OperationFailedError, match="the disk is full"):
            removing.uninstall(shop, "gauges", "drop", origin=ANA, report=silent)
    again = opened()
    assert "gauges" in again.plugins.plugins
    after = standing(again)
    assert (after.shape, after.files, after.settings) == (before.shape, before.files, before.settings)


@pytest.mark.usefixtures("untried")
def test_a_plugin_whose_hooks_fail_can_still_be_switched_off_and_removed(
    here: Shop, tmp_path: Path, opened: Reopen
) -> None:
    hooks = """
    def on_disable(self, session): raise RuntimeError('I stay')
    def on_uninstall(self, session): raise SystemExit
    """
    bring(here, write_plugin(tmp_path / "clinging", hooks=hooks))
    outcome = switching.disable(opened(), "gauges", origin=ANA, report=silent)
    assert "I stay" in outcome.log
    outcome = removing.uninstall(opened(), "gauges", "drop", origin=ANA, report=silent)
    assert "is removed" in outcome.told


@pytest.mark.usefixtures("untried")
def test_a_file_that_cannot_be_put_in_place_leaves_the_version_before(
    here: Shop, gauges: Path, newer_gauges: Path, opened: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(here, gauges)
    before = standing(opened())
    original = placing.unstage

    def fails(parent: Path, name: str) -> None:
        original(parent, name)
        raise PermissionError("read-only")

    with monkeypatch.context() as broken:
        broken.setattr(placing, "unstage", fails)
        with pytest.raises(OperationFailedError, match="read-only"):
            bring(opened(), newer_gauges)
    # The last thing to be taken back failed as well: that stays to be done.
    from shopdb.lifecycle import recovery

    recovery.give_up(opened(), origin=ANA, report=silent)
    assert standing(opened()) == before
    assert versions.rollbacks(opened()) == {}
