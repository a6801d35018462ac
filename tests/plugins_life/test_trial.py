"""Trying plugins in a process of their own: what is told of each fault, and that nothing of it stays."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from shopdb.boot import prepare_shop
from shopdb.config import Settings
from shopdb.exceptions import TrialNotPossibleError
from shopdb.lifecycle.leftovers import MARK
from shopdb.lifecycle.trial import Trial, try_out
from tests.broken_plugins import NO_MODELS
from tests.plugins_life.faulty import FAULTY
from tests.plugins_life.faulty_parts import BLUEPRINT, SCREENS_FILE, SHORT, blueprint, revision, screens, widgets
from tests.plugins_on_disk import write_plugin
from tests.sites import site_settings

Try = Callable[..., Trial]


@pytest.fixture(scope="session")
def bare_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with core's tables and no plugin's."""
    folder = tmp_path_factory.mktemp("bare")
    settings = site_settings(folder, f"sqlite:///{folder / 'bare.db'}")
    prepare_shop(settings, plugins=()).close()
    return folder / "bare.db"


@pytest.fixture
def tried(bare_database: Path, tmp_path: Path) -> Try:
    """What comes of trying a plugin, written as `write_plugin` does, on a scratch database of core alone."""

    def do(*, seconds: float = 60.0, thorough: bool = False, **written: Any) -> Trial:
        folder = write_plugin(tmp_path / "new", **written)
        scratch = shutil.copy(bare_database, tmp_path / "scratch.db")
        settings = site_settings(tmp_path / "home", f"sqlite:///{tmp_path / 'none.db'}")
        return try_out(settings, folder, scratch_url=f"sqlite:///{scratch}", seconds=seconds, thorough=thorough)

    return do


@pytest.fixture(autouse=True)
def _nothing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every test to leaving no process behind, whoever is its parent now."""
    monkeypatch.setenv("TRIED_IN", str(tmp_path))
    yield
    assert [process.cmdline() for process in started_in(tmp_path)] == []


def started_in(folder: Path) -> list[psutil.Process]:
    """Return the confined processes that a test has started, and those that they have."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            given = process.environ()
            if MARK in given and given.get("TRIED_IN") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if one.seconds == SHORT else name for name, one in FAULTY.items()],
)
def test_each_fault_is_told_with_its_code_and_place(tried: Try, name: str) -> None:
    faulty = FAULTY[name]
    trial = tried(seconds=faulty.seconds, thorough=faulty.thorough, **faulty.written)
    assert not trial.ok
    for code, pattern in faulty.told:
        assert any(one.startswith(code) and re.search(pattern, one) for one in trial.problems), (code, pattern)
    assert {one.split()[0] for one in trial.problems} == {code for code, _ in faulty.told}


# --- plugins that work ----------------------------------------------------------------------------------

WORKING: dict[str, Any] = {
    "manifest": {"permissions": ["gauges.calibrate"]},
    "hooks": BLUEPRINT
    + screens("Bench")
    + widgets(count="number")
    + """
def get_navigation_items(self):
    return [NavItem("Gauges", "gauges"), NavItem("Bench", "screen:bench")]

def get_services(self):
    return {"due": len}

def get_cli_commands(self):
    import click

    return [click.Command("due")]

def on_install(self, session):
    self.set_setting(session, "installed", True)

def on_enable(self, session):
    print("installed:", self.get_setting(session, "installed", False))
""",
    "files": {
        **blueprint("blueprint.get('/due')(due)", "return blueprint\n\n\ndef due():\n    return {'due': 4}"),
        "screens.py": SCREENS_FILE,
        "readings.py": "def count(session):\n    return 4",
    },
}
TITLES = [
    "It loads",
    "Its migrations run",
    "Its tables are what its models say",
    "on_install() runs",
    "on_enable() runs",
    "Its commands can be called",
    "The server takes it in",
    "GET /api/health answers",
    "GET /api/openapi.json answers",
    "GET /api/gauges answers",
    "GET /api/gauges/due answers",
    "The screen 'Bench' opens",
    "The widget 'count' can be read",
    "on_disable() runs",
    "on_uninstall() runs",
    "Its migrations go back",
    "Nothing goes on when it is switched off",
]


def test_a_plugin_that_works_says_what_it_brings(settings: Settings, tmp_path: Path) -> None:
    heard: list[str] = []
    folder = write_plugin(tmp_path / "new", **WORKING)
    before = sorted(path.as_posix() for path in folder.rglob("*"))
    # The scratch is empty: it is made a site first.
    trial = try_out(settings, folder, scratch_url=settings.database_url, report=heard.append)
    assert trial.problems == ()
    assert [step.title for step in trial.steps] == TITLES == heard
    assert trial.brings == {
        "tables": ("gauges",),
        "resources": ("gauges",),
        "screens": ("bench: Bench",),
        "navigation": ("Gauges: gauges", "Bench: screen:bench"),
        "widgets": ("count (number)",),
        "services": ("gauges.due",),
        "permissions": ("gauges.calibrate", "gauges.view", "gauges.change"),
        "collector": (),
        "commands": ("shopdb gauges due",),
        "routes": ("GET /api/gauges/due",),
    }
    assert trial.schema == ("table gauges is new, with id, name, asset_id, version",)
    assert trial.hints == ("the command due has no help",)
    assert trial.log == "installed: True\n"
    assert sorted(path.as_posix() for path in folder.rglob("*")) == before


def test_a_newer_version_is_upgraded_from_what_is_there(settings: Settings, tmp_path: Path) -> None:
    write_plugin(tmp_path / "old", **WORKING)
    old = replace(settings, plugin_dirs=(tmp_path / "old",))
    prepare_shop(old, plugins=("gauges",)).close()
    newer: dict[str, Any] = {
        **WORKING,
        "manifest": {"version": "2.0.0"},
        "columns": "colour: Mapped[str | None]",
        "files": {
            **WORKING["files"],
            **revision("op.add_column('gauges', sa.Column('colour', line(255)))", "op.drop_column('gauges', 'colour')"),
        },
    }
    folder = write_plugin(tmp_path / "new", **newer)
    trial = try_out(old, folder, scratch_url=settings.database_url)
    assert trial.problems == ()
    assert "on_install() runs" not in {step.title for step in trial.steps}
    assert len(trial.schema) == 1
    assert "gauges: column colour is new" in trial.schema[0]
    assert trial.log == "installed: True\n"


def test_it_is_tried_beside_the_plugins_that_are_on(settings: Settings, tmp_path: Path) -> None:
    site = replace(settings, plugin_dirs=(tmp_path / "site",))
    bench = "def get_screens(self):\n    return [ScreenSpec('bench', 'A bench', len)]"
    write_plugin(tmp_path / "site", "zeta", hooks=bench)
    write_plugin(tmp_path / "site", "alpha")
    write_plugin(tmp_path / "site", "beta", hooks="def get_blueprint(self):\n    raise OSError('as ever')")
    prepare_shop(site, plugins=("alpha", "beta", "zeta")).close()
    (tmp_path / "site" / "alpha" / "plugin.py").write_text("raise OSError('broken since')")
    folder = write_plugin(tmp_path / "new", **{**WORKING, "manifest": {"dependencies": ["zeta"]}})
    trial = try_out(site, folder, scratch_url=settings.database_url)
    assert trial.steps[0].title == "It loads beside beta, zeta"
    assert trial.problems == ("P063 screen 'bench' is already one of zeta",)
    # Nothing is asked for from zeta now, so that it comes after gauges: what befalls it is the new plugin's fault.
    folder = write_plugin(tmp_path / "new", **WORKING)
    trial = try_out(site, folder, scratch_url=settings.database_url)
    assert trial.problems == ("P063 beside it, zeta cannot be loaded: screen 'bench' is already one of gauges",)
    # What is faulty without it is not its fault, unless it needs that.
    assert try_out(site, write_plugin(tmp_path / "new"), scratch_url=settings.database_url).ok
    folder = write_plugin(tmp_path / "new", manifest={"dependencies": ["beta"]})
    trial = try_out(site, folder, scratch_url=settings.database_url)
    assert trial.problems == ("P021 needs beta, which is left out",)


def test_a_plugin_that_needs_what_is_not_on_is_told_so(tried: Try) -> None:
    trial = tried(manifest={"dependencies": ["usb"]})
    assert trial.problems == ("P021 it needs usb, which is not here",)


def test_a_plugin_without_tables_is_tried_as_well(tried: Try) -> None:
    trial = tried(files={"plugin.py": NO_MODELS, "migrations/versions/0001_gauges.py": None})
    assert (trial.problems, trial.schema) == ((), ())


def test_what_it_says_is_cut_to_its_beginning_and_its_end(tried: Try) -> None:
    trial = tried(more="print('first')\nfor _ in range(2000):\n    print('gauge ' * 1000)\nprint('last')")
    assert trial.ok
    assert trial.log.startswith("first\ngauge gauge")
    assert trial.log.endswith("gauge gauge \nlast\n")
    assert "bytes are left out" in trial.log
    assert len(trial.log) < 70_000


def test_a_plugin_finds_no_settings_of_the_site_and_nobody_at_the_keyboard(tried: Try) -> None:
    # As the terminal program has it: what the site's own environment says is nobody's business.
    trial = tried(
        more="""
        import os, sys

        assert [name for name in os.environ if name.startswith("SHOPDB_")] == ["SHOPDB_TRIAL"]
        assert sys.stdin.read() == ""
        os.write(1, b'{"done": true}\\n{"tried": "a lie", "problems": [], "seconds": 0.0}\\n')
        """
    )
    assert trial.ok
    assert "a lie" not in {step.title for step in trial.steps}
    assert "a lie" in trial.log


def test_a_scratch_that_cannot_be_reached_is_no_fault_of_the_plugin(tmp_path: Path, settings: Settings) -> None:
    folder = write_plugin(tmp_path / "new")
    url = "mysql+pymysql://somebody:secret@127.0.0.1:1/scratch"
    with pytest.raises(TrialNotPossibleError) as refused:
        try_out(settings, folder, scratch_url=url)
    assert "secret" not in str(refused.value)


def test_whoever_hears_of_it_may_fail_without_leaving_anything_behind(tmp_path: Path, settings: Settings) -> None:
    def report(_doing: str) -> None:
        raise LookupError("nobody is there any more")

    with pytest.raises(LookupError, match="nobody is there"):
        try_out(settings, write_plugin(tmp_path / "new"), scratch_url=settings.database_url, report=report)


def test_it_ends_with_whoever_started_it(bare_database: Path, tmp_path: Path) -> None:
    folder = write_plugin(tmp_path / "new", more="import time\nprint('asleep', flush=True)\ntime.sleep(600)")
    program = (
        "import sys; from pathlib import Path; from shopdb.config import load_settings\n"
        "from shopdb.lifecycle.trial import try_out\n"
        f"try_out(load_settings(), Path({str(folder)!r}), scratch_url='sqlite:///{bare_database}', report=print)"
    )
    with subprocess.Popen([sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "It loads\n"
        starter.kill()
    psutil.wait_procs(started_in(tmp_path), timeout=20)
