"""The bundle of `make bundle`, built and used where there is no Python: one folder, nothing else."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from shopdb import __version__
from tests.deploy.elsewhere import Elsewhere, Terminal, free_port, is_ready, wait_for
from tests.plugins_on_disk import write_plugin

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # building takes three quarters of a minute of a core, and others want that core too
    pytest.mark.skipif(
        not (find_spec("PyInstaller") and shutil.which("objdump")),
        reason="no bundle was tested: it takes PyInstaller and, of binutils, objdump",
    ),
]
HOST = socket.gethostname().partition(".")[0]

# Of what plugins may import: what shopdb itself does not, and what Textual looks for when it is asked for.
STANDARD = """
import colorsys, cProfile, curses.panel, dbm.dumb, ftplib, http.server, mailbox, poplib, wave, xmlrpc.server, zipapp
"""
WIDGETS = """
def get_cli_commands(self):
    import click
    from textual import widgets

    return [click.Command("widgets", callback=lambda: click.echo([getattr(widgets, one) for one in widgets.__all__]))]
"""
SPY = """#!/bin/sh
echo "${LD_LIBRARY_PATH-none}" > %s
exec /usr/bin/dpkg-query "$@"
"""


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a bundle, built once in a run of the suite, by whichever worker needs it first."""
    mine = tmp_path_factory.getbasetemp()
    place = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "bundle"
    program = place / "dist" / "shopdb" / "shopdb"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            folders = ["--distpath", str(place / "dist"), "--workpath", str(place / "build")]
            command = [sys.executable, "-m", "PyInstaller", "--log-level", "WARN", *folders, str(ROOT / "shopdb.spec")]
            subprocess.run(command, cwd=ROOT, check=True)
    return program


@pytest.fixture
def shopdb(bundle: Path, tmp_path: Path) -> Elsewhere:
    """The bundle, with a site that is not set up yet."""
    (tmp_path / "work").mkdir()
    return Elsewhere(bundle, tmp_path / "work" / "home", {"SHOPDB_PORT": free_port()})


def test_it_sets_a_site_up_serves_it_and_takes_this_host_in(shopdb: Elsewhere, tmp_path: Path) -> None:
    assert shopdb("--version") == f"shopdb {__version__}\n"
    assert "with the plugins computers, equipment, network, notifications, printers, usb." in shopdb("init")
    token = shopdb("token", "create", "this host", "--scope", "collector:computers").strip()
    spy = tmp_path / "bin" / "dpkg-query"
    spy.parent.mkdir()
    spy.write_text(SPY % (tmp_path / "libraries"))
    spy.chmod(0o755)
    with shopdb.serving():
        shopdb("collect", "this-host", PATH=f"{spy.parent}:{shopdb.path}", SHOPDB_COLLECTOR_TOKEN=token)
    assert [one["name"] for one in json.loads(shopdb("q", "computers", "--json"))] == [HOST]
    assert (tmp_path / "libraries").read_text() == "none\n"  # not the bundle's: the host's programs are not its own
    states = {one["id"]: one["state"] for one in json.loads(shopdb("doctor", "--json"))}
    assert set(states.values()) <= {"ok", "hint"}


def test_its_migrations_keep_the_rules(shopdb: Elsewhere) -> None:
    assert "core, usb break no rule" in shopdb("db", "lint", "core", "usb")


def test_its_terminal_shows_this_host_and_takes_its_server_with_it(shopdb: Elsewhere) -> None:
    with Terminal(shopdb, "run") as terminal:
        terminal.wait_until_shown(rf"{HOST[:12]}[^\n]*")
        terminal.wait_until_shown("server :")
        terminal.press(b"\x11")  # ctrl-q
        assert terminal.wait_until_ended() == 0
    assert not is_ready(f"http://127.0.0.1:{shopdb.settings['SHOPDB_PORT']}")


def test_a_plugin_is_packed_tried_installed_and_served(shopdb: Elsewhere) -> None:
    shopdb("init")
    folder = write_plugin(shopdb.home.parent, more=STANDARD, hooks=WIDGETS)
    shopdb("plugin", "pack", str(folder))
    shopdb("plugin", "install", "gauges-1.0.0.zip", "--confirm", "gauges", "--yes")
    assert "gauges " in shopdb("plugin", "list")
    assert "DataTable" in shopdb("gauges", "widgets")
    with shopdb.serving() as url, pytest.raises(HTTPError) as refused:
        urlopen(f"{url}/api/gauges", timeout=10)  # noqa: S310 ours, on loopback
    refused.value.close()
    assert refused.value.code == 401


def test_killed_it_leaves_nothing_behind(shopdb: Elsewhere) -> None:
    before = set(shopdb.home.parent.iterdir())
    with Terminal(shopdb, "run") as terminal:
        terminal.wait_until_shown("server :")
        (server,) = psutil.Process(terminal.process.pid).children()
        terminal.process.kill()
        wait_for(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, "end of the server")
    assert set(shopdb.home.parent.iterdir()) - before == {shopdb.home}
