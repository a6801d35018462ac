"""A server in this process, on the loopback, and what is done to a site's plugins while it runs."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import urllib3
from sqlalchemy import MetaData

from shopdb.boot import Shop
from shopdb.plugins.importing import PACKAGE, content_digest
from shopdb.server.app import make_app
from shopdb.server.follower import Follower
from shopdb.server.front import in_front
from shopdb.server.swap import Generation, Swap
from shopdb.server.visits import Visits
from shopdb.server.wire import Limits, Server
from shopdb.store import journal, migrate
from shopdb.store.base import utc_now
from shopdb.store.engine import writing_engine
from shopdb.store.installed import InstalledState, installed, put_installed
from shopdb.store.revisions import Owner
from tests.plugins_on_disk import write_plugin

PATIENCE_SECONDS = 60.0
PAGES = '''
"""The pages of gauges."""

from flask import Blueprint, jsonify

VERSION = "{version}"


def made():
    pages = Blueprint("{name}", __name__)

    @pages.get("/version")
    def version():
        return jsonify(version=VERSION)

{pages}
    return pages
'''
HOOKS = """
def get_blueprint(self):
    from .pages import made

    return made()

"""


class Gate:
    """What a plugin's code waits for: it hangs until somebody opens it."""

    def __init__(self) -> None:
        self.entered = 0
        self._lock = threading.Lock()
        self._open = threading.Event()

    def wait(self) -> None:
        """Hang."""
        with self._lock:
            self.entered += 1
        self._open.wait(100)

    def open(self) -> None:
        """Let everybody through, now and later."""
        self._open.set()


class Plugins:
    """The plugins of a site, changed as an admin's commands change them."""

    def __init__(self, shop: Shop) -> None:
        self.folder = shop.settings.plugin_dirs[0]
        self._engine = shop.engine

    def write(self, version: str, *, name: str = "gauges", pages: str = "", hooks: str = "", **parts: Any) -> Path:
        """Write a version of a plugin to disk, with ``pages`` in its blueprint; "" comes from none before."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        files: Mapping[str, str] = {"pages.py": PAGES.format(version=version, name=name, pages=pages)}
        return write_plugin(
            self.folder,
            name,
            manifest={"version": version},
            hooks=HOOKS + hooks,
            files={**files, **parts.pop("files", {})},
            **parts,
        )

    def enter(self, name: str = "gauges", *, enabled: bool = True) -> int:
        """Install, upgrade or switch what is on disk; return the new generation."""
        root = self.folder / name
        if (root / "migrations").is_dir():
            migrate.upgrade(self._engine, [Owner(name, root / "migrations", MetaData())])
        digest, now = content_digest(root), utc_now()
        return self._put(
            InstalledState(name=name, plugin_version="1.0.0", content_digest=digest, installed_at=now, enabled=enabled)
        )

    def switch(self, name: str = "gauges", *, enabled: bool) -> int:
        """Switch a plugin on or off and return the new generation."""
        with self._engine.connect() as connection:
            state = installed(connection)[name]
        return self._put(replace(state, enabled=enabled))

    def remove(self, name: str = "gauges") -> int:
        """Remove a plugin, with its files, and keep its data; return the new generation."""
        with self._engine.connect() as connection:
            state = installed(connection)[name]
        shutil.rmtree(self.folder / name)
        return self._put(replace(state, removed_at=utc_now()))

    def _put(self, state: InstalledState) -> int:
        verb, actor = "a test's", "a test"
        operation = journal.begin_operation(self._engine, verb=verb, plugin=state.name, actor=actor, facts={})
        with writing_engine(self._engine).begin() as connection:
            put_installed(connection, state)
            journal.forget_faults(connection, state.name)
            journal.end_operation(connection, operation, journal.DONE)
            return journal.generation(connection)


class LiveServer:
    """A server over a shop in this process; ``look`` does what its own thread does each second, if it is not run."""

    def __init__(self, shop: Shop) -> None:
        settings = shop.settings
        self.visits = Visits(settings.threads)
        self.swap = Swap(Generation(make_app(shop, self.visits), shop.plugins))
        self.server = Server(
            in_front(self.swap, settings),
            "127.0.0.1",
            0,
            threads=settings.threads,
            limits=Limits(drain=5),
            lane_of=self.swap.lane_of,
        )
        self.follower = Follower(self.swap, self.visits, self.server)
        self.stopping = threading.Event()
        self.pool = urllib3.PoolManager(retries=False, maxsize=32)

    def ask(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        """Return the answer to one request."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.pool.request(method, f"{self.server.address}{path}", headers=headers, timeout=60.0, **options)

    def workers(self) -> int:
        """Return how many threads answer, apart from the one for health."""
        return sum(one.name.startswith("waitress-") for one in threading.enumerate()) - 1

    def look(self) -> None:
        """Look after the plugins once."""
        self.follower.look()


@contextmanager
def running(shop: Shop, *, following: bool = False) -> Iterator[LiveServer]:
    """Give a server that answers; with ``following`` it looks after its plugins by itself."""
    live = LiveServer(shop)
    threads = [threading.Thread(target=live.server.serve, args=(live.stopping,), name="serving")]
    if following:
        threads.append(threading.Thread(target=live.follower.follow, args=(live.stopping,), name="following"))
    for thread in threads:
        thread.start()
    try:
        yield live
    finally:
        live.stopping.set()
        live.server.wake()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        live.pool.clear()


def until(happened: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until something has happened and return how long that took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, "it does not happen"
        time.sleep(0.01)
    return time.monotonic() - began


def told(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal, which is in the one shape."""
    error = orjson.loads(answer.data)["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["request_id"] == answer.headers.get("X-Request-ID", error["request_id"])
    return answer.status, error["code"]


def version(live: LiveServer, token: str) -> Any:
    """Return the version of gauges that answers, or the status if none does."""
    answer = live.ask("GET", "/api/gauges/version", token)
    return answer.json()["version"] if answer.status == 200 else answer.status


def noted(shop: Shop) -> tuple[journal.NotedFault, ...]:
    """Return the faults of plugins that were noted, newest first."""
    with shop.engine.connect() as connection:
        return journal.faults(connection)


def is_behind(shop: Shop, generation: int) -> bool:
    """Whether some server answers with an older generation."""
    with shop.engine.connect() as connection:
        return bool(journal.servers_behind(connection, generation))


def loaded_code() -> set[str]:
    """Return the names of the modules of all plugins that Python holds."""
    return {name for name in sys.modules if name.startswith(PACKAGE)}
