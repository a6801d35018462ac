"""Power cuts and outages: no push that was answered is lost or doubled, and what was away comes back by itself."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.config import Settings
from tests.mariadb import MariaDB
from tests.server.callers import make_token
from tests.server.processes import ServerProcess, serving

PUSHERS = 4


class Fleet:
    """Machines that push in turns, each push with its key, until it is answered 2xx."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self._server = server
        self._token = token
        self._stop = threading.Event()
        self.answered: Counter[str] = Counter()
        self.said: dict[str, int] = {}

    def push_for_ever(self, pusher: int) -> None:
        """Push one version after another of one machine, sending again what was not answered."""
        turn = 0
        while not self._stop.is_set():
            turn += 1
            payload = {
                "hostname": f"WS-{pusher}",
                "serial_number": f"SERIAL-{pusher:04}",
                "cpu": f"turn {turn}",
                "software": [{"name": f"package {pusher}", "version": str(turn)}],
            }
            if self._delivered(f"{pusher}-{turn}", payload):
                self.said[f"WS-{pusher}"] = turn

    def _delivered(self, key: str, payload: dict[str, Any]) -> bool:
        while not self._stop.is_set():
            try:
                answer = self._server.ask(
                    "POST", "/api/collector/computers", payload, token=self._token, Idempotency_Key=key
                )
            except urllib3.exceptions.HTTPError:
                time.sleep(0.01)
                continue
            if answer.status < 300:
                self.answered[answer.json()["outcome"]] += 1
                return True
            assert answer.status == 503, answer.data
        return False

    def stop(self) -> None:
        """Let the running pushes be the last."""
        self._stop.set()


def kill_and_restart(server: ServerProcess, fleet: Fleet, kills: int) -> None:
    """Kill the server again and again while pushes run."""
    with ThreadPoolExecutor(PUSHERS) as pool:
        pushing = [pool.submit(fleet.push_for_ever, pusher) for pusher in range(PUSHERS)]
        try:
            for _ in range(kills):
                before = fleet.answered.total()
                give_up = time.monotonic() + 30
                while fleet.answered.total() < before + 2 * PUSHERS and time.monotonic() < give_up:
                    time.sleep(0.001)
                server.kill()
                server.start()
        finally:
            fleet.stop()
        for one in pushing:
            one.result(timeout=60)


def assert_nothing_lost_or_doubled(shop: Shop, fleet: Fleet) -> None:
    tables = shop.schema.tables
    assets, computers = tables["assets"], tables["computers"]
    pushes, changes = tables["pushes"], tables["changes"]
    with shop.engine.connect() as connection:
        joined = assets.join(computers, computers.c.asset_id == assets.c.id)
        told = connection.execute(select(assets.c.name, computers.c.cpu).select_from(joined)).all()
        keys = connection.scalars(select(pushes.c.idempotency_key)).all()
        creating = changes.c.table_name == "assets", changes.c.action == "create"
        created = connection.scalars(select(changes.c.subject_id).where(*creating)).all()
        versions = connection.execute(select(tables["installed_software"])).all()
    now = dict(tuple(row) for row in told)
    assert sorted(now) == sorted(fleet.said) == [f"WS-{pusher}" for pusher in range(PUSHERS)]
    for name, turn in fleet.said.items():
        # The last one may have landed although nobody heard of it.
        assert now[name] in (f"turn {turn}", f"turn {turn + 1}")
    assert len(told) == len(created) == PUSHERS
    assert len(keys) == len(set(keys)) == len(versions)
    assert len(keys) - PUSHERS <= fleet.answered.total() <= len(keys)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, id="3 kills"),
        pytest.param(20, id="20 kills", marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
    ],
)
def test_no_push_that_was_answered_is_lost_or_doubled_when_the_server_is_killed(
    shop: Shop, site: Settings, tmp_path: Path, kills: int
) -> None:
    with serving(site, tmp_path) as server:
        fleet = Fleet(server, make_token(shop, "collector:computers"))
        kill_and_restart(server, fleet, kills)
    assert fleet.answered.total() > 2 * kills
    assert_nothing_lost_or_doubled(shop, fleet)


@pytest.mark.mariadb
@pytest.mark.parametrize("engine_kind", ["mariadb"])
def test_a_database_that_stops_is_told_and_comes_back_by_itself(
    mariadb_server: MariaDB, shop: Shop, site: Settings, tmp_path: Path
) -> None:
    token = make_token(shop, "admin")
    pc = {"hostname": "WS-1", "serial_number": "5CG8841K"}
    with serving(site, tmp_path) as server, ThreadPoolExecutor(1) as pool:
        computer = server.ask("POST", "/api/collector/computers", pc, token=token).json()["id"]
        mariadb_server.stop()
        try:
            away = server.ask("GET", f"/api/computers/{computer}", token=token)
            ready = server.ask("GET", "/api/health/ready")
            alive = server.ask("GET", "/api/health")
            # A push that comes while the database is away waits for it as long as a failover may take.
            changed = {**pc, "os_name": "Debian"}
            waiting = pool.submit(server.ask, "POST", "/api/collector/computers", changed, token=token)
        finally:
            mariadb_server.start()
        assert waiting.result(timeout=60).json() == {"outcome": "updated", "id": computer}
        back = server.ask("GET", f"/api/computers/{computer}", token=token)
        ready_again = server.ask("GET", "/api/health/ready")
    assert (away.status, away.json()["error"]["code"]) == (503, "database_away")
    assert away.headers["Retry-After"] == "2"
    assert (ready.status, ready.json()["checks"]["database"]) == (503, "away (OperationalError)")
    assert alive.status == 200
    assert (back.status, back.json()["os_name"]) == (200, "Debian")
    assert ready_again.status == 200
