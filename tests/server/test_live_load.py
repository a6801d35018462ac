"""Two real servers over one database, asked by eight clients, while plugins are changed again and again."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
import pytest

from shopdb.boot import Shop
from shopdb.config import Settings
from tests.server.callers import make_token
from tests.server.live import Plugins, until
from tests.server.processes import ServerProcess, serving

CLIENTS = 8
CHANGES = 24
SOON_SECONDS = 2.0
JSON = "application/json"
GONE = {"unknown_resource", "plugin_not_found", "not_found"}
"""How a plugin that is off is refused, as a resource, by collectors, and at its own addresses."""


class Load:
    """Clients that ask both servers for all sorts of things until they are told to stop."""

    def __init__(self, servers: list[ServerProcess], versions: set[str], admin: str, pusher: str) -> None:
        self.mistakes: list[Any] = []
        self.counted: Counter[str] = Counter()
        self._versions = versions
        self._servers = servers
        self._admin = admin
        self._pusher = pusher
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Tell them."""
        self._stopping.set()

    def run(self, number: int) -> None:
        """Be one client."""
        for turn, server in enumerate(cycle(self._servers)):
            if self._stopping.is_set():
                return
            ask = (self._core, self._plugin, self._push)[turn // 2 % 3]
            try:
                what, is_well = ask(server, number, turn)
            except Exception as error:  # noqa: BLE001  every one is a mistake
                what, is_well = repr(error), False
            self.counted[what] += 1
            if not is_well:
                self.mistakes.append((number, turn, what))

    def _core(self, server: ServerProcess, _number: int, turn: int) -> tuple[str, bool]:
        path = ("/api/computers?limit=5", "/api/health", "/api/openapi.json", "/api/search?q=ws")[turn % 4]
        answer = server.ask("GET", path, token=self._admin)
        return f"core {answer.status}", answer.status == 200 and isinstance(orjson.loads(answer.data), dict)

    def _plugin(self, server: ServerProcess, _number: int, turn: int) -> tuple[str, bool]:
        path = ("/api/gauges/version", "/api/gauges")[turn % 2]
        answer = server.ask("GET", path, token=self._admin)
        told = orjson.loads(answer.data)
        if answer.status == 404:
            return "gauges 404", told["error"]["code"] in GONE
        is_well = told["version"] in self._versions if "version" in told else told["items"][0]["name"] == "Caliper"
        return f"gauges {answer.status}", answer.status == 200 and is_well

    def _push(self, server: ServerProcess, number: int, turn: int) -> tuple[str, bool]:
        pc = {"hostname": f"WS-{number}", "serial_number": f"5CG884{number}K", "os_name": f"Debian {turn}"}
        answer = server.ask("POST", "/api/collector/computers", pc, token=self._pusher, Content_Type=JSON)
        return f"push {answer.status}", answer.status in (200, 201)


class Changes:
    """What is done to gauges: upgraded twice, switched off, switched on again with another version, and so on."""

    def __init__(self, shop: Shop, servers: list[ServerProcess], admin: str) -> None:
        self._plugins = Plugins(shop)
        self._servers = servers
        self._admin = admin
        self.versions: set[str] = set()

    def make(self, turn: int) -> float:
        """Make a change, and return after how many seconds both servers answer so."""
        wanted = f"1.0.{turn}"
        if turn % 4 == 2:
            self._plugins.switch(enabled=False)
            wanted = "off"
        else:
            self.versions.add(wanted)
            self._plugins.write(wanted)
            self._plugins.enter()
        return until(lambda: all(self._found(server) == wanted for server in self._servers))

    def _found(self, server: ServerProcess) -> str:
        answer = server.ask("GET", "/api/gauges/version", token=self._admin)
        return str(answer.json()["version"]) if answer.status == 200 else "off"


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_every_server_follows_soon_and_no_request_is_lost(site: Settings, shop: Shop, tmp_path: Path) -> None:
    admin, pusher = make_token(shop, "admin"), make_token(shop, "collector:computers")
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(site, tmp_path)) for _ in range(2)]
        changes = Changes(shop, servers, admin)
        changes.make(0)
        answer = servers[0].ask("POST", "/api/gauges", {"name": "Caliper"}, token=admin, Content_Type=JSON)
        assert answer.status == 201
        load = Load(servers, changes.versions, admin, pusher)
        with ThreadPoolExecutor(CLIENTS) as threads:
            clients = [threads.submit(load.run, number) for number in range(CLIENTS)]
            try:
                took = [changes.make(turn) for turn in range(1, CHANGES)]
            finally:
                load.stop()
            assert [client.result(60) for client in clients] == [None] * CLIENTS
        assert {server.terminate() for server in servers} == {0}
    assert load.mistakes == []
    assert set(load.counted) == {"core 200", "gauges 200", "gauges 404", "push 200", "push 201"}
    # Two shared cores stall now and then; where they do not, nearly every change is seen within two seconds.
    assert sorted(took)[len(took) // 4] < SOON_SECONDS
