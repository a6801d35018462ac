"""Plugins are installed, upgraded, switched and removed while the server answers."""

import logging
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
import pytest

from shopdb.boot import Shop
from shopdb.plugins.importing import PACKAGE
from shopdb.server import follower as follower_module
from shopdb.store import journal
from shopdb.store.journal import NotedFault
from tests.broken_plugins import schema
from tests.server.callers import make_token
from tests.server.live import LiveServer, Plugins, running, until

COLOUR = "colour: Mapped[str | None] = mapped_column(line(20))"
WAITING = """
    @pages.get("/wait")
    def wait():
        from flask import current_app

        gate = current_app.extensions["test.gate"]
        gate["entered"].set()
        gate["open"].wait(60)
        return jsonify(version=VERSION)
"""


@pytest.fixture
def plugins(shop: Shop) -> Plugins:
    return Plugins(shop)


@pytest.fixture
def live(shop: Shop) -> Iterator[LiveServer]:
    with running(shop) as server:
        yield server


@pytest.fixture
def token(shop: Shop) -> str:
    return make_token(shop, "admin")


def version(live: LiveServer, token: str) -> Any:
    """Return the version of gauges that answers, or the status if none does."""
    answer = live.ask("GET", "/api/gauges/version", token)
    return answer.json()["version"] if answer.status == 200 else answer.status


def error(answer: Any) -> Any:
    return (answer.status, orjson.loads(answer.data)["error"]["code"])


def noted(shop: Shop) -> tuple[NotedFault, ...]:
    with shop.engine.connect() as connection:
        return journal.faults(connection)


def is_behind(shop: Shop, generation: int) -> bool:
    """Whether some server answers with an older generation."""
    with shop.engine.connect() as connection:
        return bool(journal.servers_behind(connection, generation))


def loaded_code() -> set[str]:
    """Return the names of the modules of all plugins that Python holds."""
    return {name for name in sys.modules if name.startswith(PACKAGE)}


def test_a_plugin_comes_changes_goes_and_comes_back(live: LiveServer, plugins: Plugins, token: str) -> None:
    assert version(live, token) == 404
    plugins.write("1.0.0")
    plugins.enter()
    assert version(live, token) == 404
    live.look()
    assert version(live, token) == "1.0.0"
    assert live.ask("POST", "/api/gauges", token, json={"name": "Caliper"}).status == 201
    plugins.write("2.0.0")
    plugins.enter()
    live.look()
    assert version(live, token) == "2.0.0"
    plugins.switch(enabled=False)
    live.look()
    assert version(live, token) == 404
    assert error(live.ask("GET", "/api/gauges", token)) == (404, "unknown_resource")
    assert "/api/gauges" not in live.ask("GET", "/api/openapi.json").json()["paths"]
    plugins.switch(enabled=True)
    live.look()
    assert version(live, token) == "2.0.0"
    assert live.ask("GET", "/api/gauges", token).json()["items"][0]["name"] == "Caliper"


def test_nothing_stays_of_former_code(live: LiveServer, plugins: Plugins, token: str, shop: Shop) -> None:
    """Twenty upgrades and a removal leave one application, and no class, module or table of any version."""
    gone: list[weakref.ref[Any]] = []
    modules: set[str] = set()
    for turn in range(20):
        gone.append(weakref.ref(live.swap.current.app))
        plugins.write(f"1.0.{turn}")
        plugins.enter()
        live.look()
        assert live.ask("GET", "/api/gauges", token).status == 200
        assert version(live, token) == f"1.0.{turn}"
        registry = live.swap.current.shop.plugins
        plugin, model = registry.plugins["gauges"], registry.contributions["gauges"].models[0]
        module = type(plugin).__module__
        gone += [weakref.ref(one) for one in (plugin, type(plugin), model, model.__table__, sys.modules[module])]
        modules.add(module)
        del registry, plugin, model
    gone.append(weakref.ref(live.swap.current.app))
    plugins.remove()
    live.look()
    assert version(live, token) == 404
    live.pool.clear()
    until(lambda: all(one() is None for one in gone[1:]))
    assert len(modules) == 20
    assert loaded_code() & modules == set()
    assert "computers" in live.swap.current.shop.plugins.plugins
    assert shop.plugins.plugins.keys() == live.swap.current.shop.plugins.plugins.keys()


def test_a_push_to_a_plugin_that_was_just_removed_is_refused_clearly(live: LiveServer, plugins: Plugins) -> None:
    plugins.write("1.0.0", files=schema())
    plugins.enter()
    live.look()
    pusher = make_token(live.swap.current.shop, "collector:gauges")
    assert live.ask("POST", "/api/collector/gauges", pusher, json=[]).status == 200
    plugins.remove()
    live.look()
    answer = live.ask("POST", "/api/collector/gauges", pusher, json=[])
    assert error(answer) == (404, "plugin_not_found")
    assert "no plugin 'gauges'" in answer.json()["error"]["message"]


def test_a_request_ends_in_the_generation_that_it_began_in(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop
) -> None:
    """And until it has, this server says that it answers with that generation."""
    plugins.write("1.0.0", pages=WAITING)
    first = plugins.enter()
    live.look()
    gate = {"entered": threading.Event(), "open": threading.Event()}
    live.swap.current.app.extensions["test.gate"] = gate
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(live.ask, "GET", "/api/gauges/wait", token)
        assert gate["entered"].wait(30)
        plugins.write("2.0.0")
        second = plugins.enter()
        live.look()
        assert version(live, token) == "2.0.0"
        assert is_behind(shop, second)
        assert not is_behind(shop, first)
        gate["open"].set()
        assert late.result(30).json() == {"version": "1.0.0"}
    live.look()
    assert not is_behind(shop, second)


def test_a_generation_that_a_request_does_not_leave_is_let_go_of_all_the_same(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "DRAIN_SECONDS", 0.0)
    plugins.write("1.0.0", pages=WAITING)
    plugins.enter()
    live.look()
    gate = {"entered": threading.Event(), "open": threading.Event()}
    live.swap.current.app.extensions["test.gate"] = gate
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(live.ask, "GET", "/api/gauges/wait", token)
        assert gate["entered"].wait(30)
        second = plugins.remove()
        live.look()
        gate["open"].set()
        assert late.result(30).status == 200
    assert not is_behind(shop, second)
    fault = next(one for one in noted(shop) if one.plugin == "gauges")
    assert fault.problem.startswith("it leaves 1 threads running")
    assert not fault.stopped


def test_other_plugins_are_the_same_code_before_and_after(live: LiveServer, plugins: Plugins) -> None:
    former = {name: type(plugin) for name, plugin in live.swap.current.shop.plugins.plugins.items()}
    plugins.write("1.0.0")
    plugins.enter()
    live.look()
    now = live.swap.current.shop.plugins.plugins
    assert {name: type(now[name]) for name in former} == former


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


def test_a_server_is_known_while_it_runs_and_says_what_it_answers_with(
    live: LiveServer, plugins: Plugins, shop: Shop
) -> None:
    live.look()
    plugins.write("1.0.0")
    now = plugins.enter()
    with shop.engine.connect() as connection:
        assert live.server.address in journal.servers_behind(connection, now)[0]
    live.look()
    assert not is_behind(shop, now)


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
