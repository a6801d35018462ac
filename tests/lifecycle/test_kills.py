"""A process that is killed after any step: the next one says where it stopped, and finishes it or takes it back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.exceptions import OperationUnfinishedError
from shopdb.lifecycle import recovery, switching
from shopdb.lifecycle.bringing import BRINGING, ROLLING_BACK
from shopdb.lifecycle.removing import DROPPING
from shopdb.lifecycle.tables import own_tables
from shopdb.services import records as use
from tests.lifecycle.bringing import bring
from tests.lifecycle.conftest import ANA, Reopen, silent, standing
from tests.sites import environment

pytestmark = pytest.mark.usefixtures("untried")

DOING = """
import os, signal, sys
from pathlib import Path
from shopdb.boot import open_shop
from shopdb.config import load_settings
from shopdb.lifecycle import bringing, removing, versions
from shopdb.lifecycle.trial import Trial
from shopdb.store import journal
from tests.lifecycle.bringing import bring
from tests.lifecycle.conftest import ANA, silent

verb, when, folder = sys.argv[1:]
bringing.tried = lambda *_: Trial()
noted = journal.note_step


def note_step(engine, operation_id, step, facts, log):
    if when == f"in {step}":
        os.kill(os.getpid(), signal.SIGKILL)
    noted(engine, operation_id, step, facts, log)
    if when == f"after {step}":
        os.kill(os.getpid(), signal.SIGKILL)


journal.note_step = note_step
shop = open_shop(load_settings())
if verb in ("install", "upgrade"):
    bring(shop, Path(folder))
elif verb == "rollback":
    versions.rollback(shop, "gauges", origin=ANA, report=silent)
else:
    removing.uninstall(shop, "gauges", "drop", origin=ANA, report=silent)
"""
COURSES = {"install": BRINGING, "upgrade": BRINGING, "rollback": ROLLING_BACK, "uninstall": DROPPING}
STEPS = [(verb, step.name) for verb, course in COURSES.items() for step in course.steps]


def killed(site: Settings, verb: str, when: str, folder: Path) -> None:
    """Let another process do it, and kill itself in the middle."""
    done = subprocess.run(
        [sys.executable, "-c", DOING, verb, when, str(folder)],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SHOPDB_")},
            **environment(site),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def stand_ready(here: Shop, opened: Reopen, verb: str, gauges: Path, newer_gauges: Path) -> Path:
    """Bring the site to where the verb has something to do, and return the plugin's folder for it."""
    if verb == "install":
        return gauges
    bring(here, gauges)
    shop = opened()
    shop.write(ANA, lambda session: use.create(session, shop.catalog["gauges"], {"name": "Calliper"}))
    if verb == "rollback":
        bring(shop, newer_gauges)
    return newer_gauges


@pytest.fixture(params=STEPS, ids=" ".join)
def killing(request: pytest.FixtureRequest) -> tuple[str, str]:
    """What is being done, and the step in or after which its process is killed."""
    pair: tuple[str, str] = request.param
    return pair


def test_what_was_killed_is_taken_back_or_finished(
    here: Shop, opened: Reopen, gauges: Path, newer_gauges: Path, killing: tuple[str, str]
) -> None:
    verb, step = killing
    folder = stand_ready(here, opened, verb, gauges, newer_gauges)
    before = standing(opened())

    killed(here.settings, verb, f"in {step}", folder)
    shop = opened()
    stopped = recovery.unfinished(shop.engine)
    assert stopped is not None
    assert (stopped.verb, stopped.plugin) == (verb, "gauges")
    with pytest.raises(OperationUnfinishedError, match="recover"):
        switching.disable(shop, "usb", origin=ANA, report=silent)
    recovery.give_up(shop, origin=ANA, report=silent)
    back = opened()
    after = standing(back)
    assert (after.shape, after.files, after.settings) == (before.shape, before.files, before.settings)
    assert recovery.unfinished(back.engine) is None
    assert ("gauges" in back.plugins.plugins) is (verb != "install")

    killed(here.settings, verb, f"after {step}", folder)
    recovery.finish(opened(), origin=ANA, report=silent)
    end = opened()
    assert recovery.unfinished(end.engine) is None
    if verb == "uninstall":
        assert "gauges" not in end.plugins.plugins
        assert own_tables(end.engine, "gauges") == set()
    else:
        version = {"install": "1.0.0", "upgrade": "1.1.0", "rollback": "1.0.0"}[verb]
        assert end.plugins.plugin("gauges").meta.version == version
    assert [path.name for path in end.settings.plugin_dirs[0].iterdir() if path.name.startswith(".")] == []
