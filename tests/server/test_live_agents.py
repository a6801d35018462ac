"""The inventory agents that are installed here, unmodified, and our own collector: all of them see one computer."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.config import Settings
from tests.server.callers import make_token
from tests.server.processes import ServerProcess, serving
from tests.services.pushes import SEEN, contents

FUSION, OCS = "fusioninventory-agent", "ocsinventory-agent"
MOVING = SEEN | {"observed_at", "body_digest", "last_used", "free_mb", "last_boot", "last_user", "seal", "chain_hash"}
"""What passes between two looks at one machine without anybody changing it."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (shutil.which(FUSION) and shutil.which(OCS)), reason="the agents are not installed; apt install both"
    ),
]


def without_boot(row: tuple[Any, ...]) -> list[Any]:
    """Return a row with its document, but not what moves in that."""
    return [
        {name: one for name, one in cell.items() if name not in MOVING} if isinstance(cell, dict) else cell
        for cell in row
    ]


class Agents:
    """The programs, each pointed at one server."""

    def __init__(self, server: ServerProcess, token: str, folder: Path) -> None:
        self._folder = folder
        self._token = token
        self._url = f"http://127.0.0.1:{server.port}"
        self._door = f"127.0.0.1:{server.port}/api/collector/agent"

    def run(self, name: str) -> None:
        """Let one of them look at this machine and push."""
        commands = {
            FUSION: [FUSION, f"--server=http://collector:{self._token}@{self._door}", "--force"],
            OCS: [OCS, "--nolocal", "--force", f"--basevardir={self._folder / 'ocs'}",
                  f"--server=http://{self._door}?token={self._token}"],
            "shopdb": [sys.executable, "-m", "shopdb", "collect", "this-host", "--server", self._url],
        }  # fmt: skip
        own = {"SHOPDB_COLLECTOR_TOKEN": self._token, "SHOPDB_HOME": str(self._folder / "collector")}
        done = subprocess.run(
            commands[name], env={**os.environ, **own}, capture_output=True, text=True, timeout=200, check=False
        )
        # FusionInventory's exit code is 0 even when nobody listens: what counts is what the server has.
        assert done.returncode == 0, done.stdout + done.stderr

    def forget(self) -> None:
        """Remove what FusionInventory keeps of a server, in a folder that bears the token's name."""
        for state in Path("/var/lib/fusioninventory-agent").glob(f"*{self._token}*"):
            shutil.rmtree(state)


@pytest.fixture
def server(site: Settings, tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(site, tmp_path) as started:
        yield started


@pytest.fixture
def agents(shop: Shop, server: ServerProcess, tmp_path: Path) -> Iterator[Agents]:
    pointed = Agents(server, make_token(shop, "collector:computers", "collector:usb", "collector:printers"), tmp_path)
    yield pointed
    pointed.forget()


@pytest.mark.parametrize(
    ("engine_kind", "order"),
    [
        ("sqlite", (FUSION, OCS, "shopdb")),
        pytest.param("mariadb", (OCS, "shopdb", FUSION), marks=pytest.mark.mariadb),
    ],
)
def test_this_machine_is_one_computer_whoever_pushes_first(
    shop: Shop, server: ServerProcess, agents: Agents, order: tuple[str, ...]
) -> None:
    token = make_token(shop, "read")

    def ask(path: str) -> Any:
        return server.ask("GET", path, token=token).json()

    for name in order:
        agents.run(name)
    (computer,) = ask("/api/computers")["items"]
    read = ask(f"/api/computers/{computer['id']}")
    assert computer["name"] == os.uname().nodename.partition(".")[0]
    assert read["memory_mb"] > 0
    assert read["os_name"]
    software = ask("/api/installed_software?filter=removed_at:none&limit=1000")["items"]
    assert len(software) > 100
    assert ask("/api/installed_software?filter=removed_at:any&limit=1")["items"] == [], "they agree on every program"
    assert ask("/api/network_addresses")["items"]
    assert ask("/api/held_items")["items"] == []
    sources = {row[3] for row in contents(shop, {"id"})["observations"]}
    assert len(sources) == len(order)

    before = contents(shop, MOVING | {"section_digests", "version"})
    for name in order:
        agents.run(name)
    after = contents(shop, MOVING | {"section_digests", "version"})
    after["pushes"] = [push for push in after["pushes"] if "unchanged" not in push]
    after["programs"] = before["programs"]  # the server says again and again that it is there
    for found in (before, after):
        # An agent works the moment of the last boot out from the seconds since, which end at another time each run.
        found["observations"] = [without_boot(row) for row in found["observations"]]
    assert {name for name in before if before[name] != after[name]} == set()
