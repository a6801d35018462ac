"""Changes to plugins that a running server cannot take up: it goes on as it was, and says why."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shopdb.boot import Shop
from shopdb.server import follower as follower_module
from shopdb.store import journal
from tests.server.live import LiveServer, Plugins, is_behind, loaded_code, noted, running, until, version

COLOUR = "colour: Mapped[str | None] = mapped_column(line(20))"


@pytest.fixture
def live(shop: Shop) -> Iterator[LiveServer]:
    with running(shop) as server:
        yield server


def test_what_cannot_be_built_in_development_leaves_all_as_it_was(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    plugins.write("1.0.0")
    first = plugins.enter()
    live.look()
    plugins.write("2.0.0", hooks="def get_services(self):\n    raise KeyError('x')")
    second = plugins.enter()
    with caplog.at_level(logging.ERROR):
        live.look()
        live.look()
    assert version(live, token) == "1.0.0"
    assert caplog.text.count("goes on with its plugins as they are") == 1
    assert is_behind(shop, second)
    assert not is_behind(shop, first)
    (fault,) = noted(shop)
    assert (fault.plugin, fault.program, fault.stopped) == ("gauges", "server", False)
    assert "P036 get_services() raised KeyError" in fault.problem
    plugins.write("3.0.0")
    plugins.enter()
    live.look()
    assert version(live, token) == "3.0.0"
    assert noted(shop) == ()


def test_what_fails_its_own_test_is_not_answered_with(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop
) -> None:
    """The model has a column that no migration makes: it loads well, and nothing of it can be read."""
    plugins.write("1.0.0", columns=COLOUR, fields='Field("colour", "Colour", listed=True)')
    plugins.enter()
    former, known = live.swap.current, loaded_code()
    live.look()
    assert live.swap.current is former
    assert version(live, token) == 404
    (fault,) = noted(shop)
    assert (fault.plugin, fault.program, fault.stopped) == ("gauges", "server", True)
    assert fault.problem.startswith("the table gauges cannot be read: ")
    assert loaded_code() == known


def test_tables_that_wait_to_be_migrated_leave_all_as_it_was(live: LiveServer, plugins: Plugins, shop: Shop) -> None:
    plugins.write("1.0.0")
    plugins.enter()
    revision = "revision = '0002'\ndown_revision = '0001_gauges'"
    (plugins.folder / "gauges" / "migrations" / "versions" / "0002.py").write_text(revision)
    live.look()
    assert "gauges" not in live.swap.current.shop.plugins.plugins
    (fault,) = noted(shop)
    assert fault.problem == "its tables are at 0001_gauges, wanted is 0002; run `shopdb db upgrade`"


def test_what_could_not_be_taken_up_is_tried_again_later(
    live: LiveServer, plugins: Plugins, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its author mends a file, or somebody runs the migrations."""
    plugins.write("1.0.0", hooks="def get_services(self):\n    raise KeyError('x')")
    plugins.enter()
    live.look()
    plugins.write("1.0.0")
    live.look()
    assert version(live, token) == 404
    monkeypatch.setattr(follower_module, "RETRY_SECONDS", 0.0)
    plugins.write("1.0.0", hooks="def get_services(self):\n    raise KeyError('y')")
    plugins.enter()
    live.look()
    plugins.write("1.0.0")
    live.look()
    assert version(live, token) == "1.0.0"


def test_a_plugin_that_fails_in_production_is_left_out_and_noted(shop: Shop, plugins: Plugins, token: str) -> None:
    shop = replace(shop, settings=replace(shop.settings, env="production"))
    with running(shop) as live:
        plugins.write("1.0.0")
        plugins.enter()
        live.look()
        assert version(live, token) == "1.0.0"
        plugins.write("2.0.0", hooks="def get_services(self):\n    raise KeyError('x')")
        plugins.enter()
        live.look()
        assert version(live, token) == 404
        (fault,) = noted(shop)
        assert (fault.plugin, fault.program, fault.stopped) == ("gauges", "server", True)
        assert fault.content_digest == live.swap.current.loaded.digests["gauges"]
        items = {one["name"]: one for one in live.ask("GET", "/api/plugins", token).json()["items"]}
        assert items["gauges"]["state"] == "left out"
        assert items["gauges"]["reasons"] == fault.problem.splitlines()


def test_a_plugin_that_is_being_worked_on_is_no_fault(shop: Shop, plugins: Plugins) -> None:
    plugins.write("1.0.0")
    plugins.enter()
    with running(replace(shop, settings=replace(shop.settings, env="production"))) as live:
        operation = journal.begin_operation(shop.engine, verb="upgrade", plugin="gauges", actor="ada", facts={})
        revision = "revision = '0002'\ndown_revision = '0001_gauges'"
        (plugins.folder / "gauges" / "migrations" / "versions" / "0002.py").write_text(revision)
        live.look()
        left_out = live.swap.current.shop.plugins.left_out["gauges"]
        assert left_out.reasons == ("its upgrade is not finished",)
        assert noted(shop) == ()
        assert operation


def test_faults_found_at_the_start_are_noted(shop: Shop, plugins: Plugins) -> None:
    plugins.write("1.0.0", hooks="def get_services(self):\n    raise KeyError('x')")
    plugins.enter()
    production = replace(shop, settings=replace(shop.settings, env="production"))
    with running(production.renewed()) as live:
        live.look()
        assert [(one.plugin, one.stopped) for one in noted(shop)] == [("gauges", True)]


def test_loading_that_does_not_end_stops_nobody(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first generation goes on; whoever comes later is not built either, as the importing waits for the first."""
    gate = threading.Event()
    monkeypatch.setattr(follower_module, "BUILD_SECONDS", 0.5)
    monkeypatch.setattr(threading, "test_gate", gate, raising=False)
    plugins.write(
        "1.0.0", files={"models.py": "import threading\nthreading.test_gate.wait(60)\nraise ImportError('x')"}
    )
    plugins.enter()
    live.look()
    assert version(live, token) == 404
    assert live.ask("GET", "/api/computers", token).status == 200
    (fault,) = noted(shop)
    assert (fault.plugin, fault.stopped) == ("gauges", True)
    assert fault.problem.startswith("loading it has not come to an end within")
    plugins.write("2.0.0")
    plugins.enter()
    live.look()
    assert version(live, token) == 404
    gate.set()
    monkeypatch.setattr(follower_module, "BUILD_SECONDS", 20.0)

    def is_taken_up() -> bool:
        live.look()
        return bool(version(live, token) == "2.0.0")

    until(is_taken_up)
