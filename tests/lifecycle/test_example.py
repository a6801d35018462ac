"""The example of docs/examples, a stranger's plugin, lives its whole life in a site whose server answers meanwhile."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from urllib3.exceptions import HTTPError

from shopdb.boot import Shop, prepare_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.lifecycle import removing, switching, versions
from shopdb.lifecycle.inspection import inspect
from shopdb.plugins.archive import archive_of
from shopdb.plugins.packing import pack, packed_name, sign
from shopdb.plugins.signing import load_key, new_key
from shopdb.plugins.trust import trust_key
from shopdb.services import demo
from tests.lifecycle.conftest import ANA, Reopen, silent, standing
from tests.server.callers import make_token
from tests.server.processes import ServerProcess, serving

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "gauges"
NEWER = "certificate"
"""What 1.1.0 has and 1.0.0 has not: a column, its field, and the revision that adds it."""
PATIENCE_SECONDS = 60.0
"""Long after the server should have followed; a busy machine is no reason to fail."""
PAUSE_SECONDS = 0.03
DUE_ON = "2027-01-01"
GAUGE = {"serial_number": "A031774", "name": "Calliper 4", "battery": 81}


@pytest.fixture
def archives(tmp_path: Path, here: Shop) -> dict[str, Path]:
    """The packed example by its versions, signed by somebody whom the site trusts."""
    key = tmp_path / "key.pem"
    public = new_key(key)
    here.write(ANA, lambda session: trust_key(session, "Stranger Ltd", public))
    older = tmp_path / "older" / "gauges"
    shutil.copytree(EXAMPLE, older, ignore=shutil.ignore_patterns("__pycache__", f"0002_{NEWER}.py"))
    take_lines_out(older / "models.py", NEWER)
    take_lines_out(older / "resources.py", NEWER)
    manifest = older / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"1.1.0"', '"1.0.0"'), "utf-8")
    made = {}
    for folder in (older, EXAMPLE):
        raw = sign(pack(folder), load_key(key))
        meta = archive_of(raw).meta
        made[meta.version] = tmp_path / packed_name(meta)
        made[meta.version].write_bytes(raw)
    assert sorted(made) == ["1.0.0", "1.1.0"]
    return made


def take_lines_out(path: Path, word: str) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    left = [line for line in lines if word not in line]
    assert len(left) == len(lines) - 1
    path.write_text("".join(left), "utf-8")


class Load:
    """What others ask the server for meanwhile; every answer that is not the wanted one is kept."""

    ASKED: ClassVar[tuple[tuple[int, str, str], ...]] = (
        (200, "GET", "/api/computers?limit=5"),
        (200, "GET", "/api/openapi.json"),
        (200, "GET", "/api/search?q=calliper"),
        (201, "POST", "/api/vendors"),
    )

    def __init__(self, server: ServerProcess, token: str) -> None:
        self.failures: list[str] = []
        self.answers = 0
        self._server, self._token = server, token
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask for all of it, again and again, while the block lasts."""
        threads = [threading.Thread(target=self._ask, args=asked) for asked in self.ASKED]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, wanted: int, method: str, path: str) -> None:
        number = 0
        while not self._over.wait(PAUSE_SECONDS):
            number += 1
            body = {"name": f"Vendor {number}"} if method == "POST" else None
            try:
                answer = asked(self._server, method, path, body, self._token)
            except HTTPError as broken:
                self.failures.append(f"{method} {path}: {broken!r}")
                continue
            self.answers += 1
            if answer.status != wanted:
                self.failures.append(f"{method} {path}: {answer.status} {answer.data[:200]!r}")


class Site:
    """The site as an admin works on it, and its server as others see it."""

    def __init__(self, opened: Reopen, server: ServerProcess, token: str) -> None:
        self.opened = opened
        self._server, self._token = server, token

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        return asked(self._server, method, path, body, token or self._token)

    def install(self, archive: Path) -> None:
        shop = self.opened()
        found = inspect(shop, archive)
        assert (found.trust.state, found.trust.signer, found.problems) == ("signed", "Stranger Ltd", ())
        versions.install(shop, found, origin=ANA, report=silent)

    def uninstall(self, choice: removing.Choice, folder: Path | None = None) -> Path | None:
        done = removing.uninstall(self.opened(), "gauges", choice, origin=ANA, report=silent, folder=folder)
        return done.exported

    def has(self, *, gauges: bool) -> bool:
        """Whether the server knows gauges, or nothing of them, wherever it could show it."""
        described = self.ask("GET", "/api/openapi.json").json()["paths"]
        shown = {path for path in described if "gauge" in path}
        statuses = {self.ask("GET", path).status for path in ("/api/gauges", "/api/gauges/due")}
        return (bool(shown), statuses) == ((True, {200}) if gauges else (False, {404}))

    def one_gauge(self, pusher: str) -> str:
        """Let a collector make a gauge known, calibrate it, and return its path."""
        answer = self.ask("POST", "/api/collector/gauges", GAUGE, token=pusher)
        assert answer.status == 201
        path = f"/api/gauges/{answer.json()['id']}"
        done = {"result": "passed", "on": "2026-01-01"}
        assert self.ask("POST", f"{path}/calibrations", done).json()["due_on"] == DUE_ON
        return path

    def takes(self, field: str) -> bool:
        """Whether the server knows a field of gauges."""
        return bool(self.ask("GET", f"/api/gauges?fields={field}").status == 200)

    def soon(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, which nobody has to ask the server for."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < PATIENCE_SECONDS, "the server has not followed"
            time.sleep(0.05)


@pytest.fixture
def running(opened: Reopen, here: Shop, tmp_path: Path) -> Iterator[Site]:
    """The site with a server of its own process that answers under a load, of which not one request fails."""
    token = make_token(here, "admin")
    with serving(here.settings, tmp_path) as server:
        load = Load(server, token)
        with load.running():
            yield Site(opened, server, token)
        assert load.failures == []
        assert load.answers > 100


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_strangers_plugin_comes_changes_and_rests_while_the_server_answers(
    running: Site, archives: dict[str, Path]
) -> None:
    site = running
    site.install(archives["1.0.0"])
    site.soon(lambda: site.has(gauges=True))
    pusher = make_token(site.opened(), "collector:gauges")
    path = site.one_gauge(pusher)

    site.install(archives["1.1.0"])
    site.soon(lambda: site.takes(NEWER))
    assert site.ask("PATCH", path, {NEWER: "C-77"}).status == 200
    assert site.ask("GET", path).json()["due_on"] == DUE_ON

    done = versions.rollback(site.opened(), "gauges", origin=ANA, report=silent)
    assert done.exported is not None
    site.soon(lambda: not site.takes(NEWER))
    assert site.ask("GET", path).json()["due_on"] == DUE_ON

    switching.disable(site.opened(), "gauges", origin=ANA, report=silent)
    site.soon(lambda: site.has(gauges=False))
    assert site.ask("POST", "/api/collector/gauges", GAUGE, token=pusher).status == 404
    switching.enable(site.opened(), "gauges", origin=ANA, report=silent)
    site.soon(lambda: site.has(gauges=True))
    assert site.ask("POST", "/api/collector/gauges", GAUGE, token=pusher).json()["outcome"] == "unchanged"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("untried")
def test_a_strangers_plugin_goes_with_or_without_its_data_while_the_server_answers(
    running: Site, archives: dict[str, Path], tmp_path: Path
) -> None:
    site = running
    before = standing(site.opened())
    site.install(archives["1.1.0"])
    site.soon(lambda: site.has(gauges=True))
    path = site.one_gauge(make_token(site.opened(), "collector:gauges"))

    assert site.uninstall("keep") is None
    site.soon(lambda: site.has(gauges=False))
    site.install(archives["1.1.0"])
    site.soon(lambda: site.has(gauges=True))
    assert site.ask("GET", path).json()["due_on"] == DUE_ON

    exported = site.uninstall("export", tmp_path / "kept")
    assert exported is not None
    assert exported.parent == tmp_path / "kept"
    site.soon(lambda: site.has(gauges=False))
    assert standing(site.opened()) == before

    site.install(archives["1.1.0"])
    site.soon(lambda: site.has(gauges=True))
    assert site.ask("GET", "/api/gauges").json()["items"] == []
    backup = site.uninstall("drop")
    assert backup is not None
    assert backup.is_relative_to(site.opened().settings.home)
    site.soon(lambda: site.has(gauges=False))
    assert standing(site.opened()) == before


def asked(server: ServerProcess, method: str, path: str, body: Any, token: str) -> Any:
    """Return the answer to one request."""
    headers = {} if body is None else {"Content_Type": "application/json"}
    return server.ask(method, path, body, token=token, **headers)


def test_the_made_up_shop_has_gauges(settings: Settings) -> None:
    shop = prepare_shop(replace(settings, plugin_dirs=(EXAMPLE.parent,)), plugins=["gauges"])
    try:
        shop.write(SYSTEM.doing("demo"), lambda session: demo.build(session, 100))
        with shop.reading() as session:
            lines = shop.plugins.plugin("gauges").get_dashboard_widgets()[0].read(session)
        assert shop.catalog["gauges"].title == "Gauges"
    finally:
        shop.close()
    assert lines
