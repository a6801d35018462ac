"""Plugins are installed, upgraded, switched and removed while the server answers."""

import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.server import follower as follower_module
from shopdb.store import journal
from tests.broken_plugins import schema
from tests.server.callers import make_token
from tests.server.live import (
    Gate,
    LiveServer,
    Plugins,
    is_behind,
    loaded_code,
    noted,
    running,
    told,
    until,
    version,
)

WAITING = """
    @pages.get("/wait")
    def wait():
        from flask import current_app

        current_app.extensions["test.gate"].wait()
        return jsonify(version=VERSION)
"""


@pytest.fixture
def live(shop: Shop) -> Iterator[LiveServer]:
    with running(shop) as server:
        yield server


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
    assert told(live.ask("GET", "/api/gauges", token)) == (404, "unknown_resource")
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
    assert told(answer) == (404, "plugin_not_found")
    assert "no plugin 'gauges'" in answer.json()["error"]["message"]


def test_a_request_ends_in_the_generation_that_it_began_in(
    live: LiveServer, plugins: Plugins, token: str, shop: Shop, gate: Gate
) -> None:
    """And until it has, this server says that it answers with that generation."""
    plugins.write("1.0.0", pages=WAITING)
    first = plugins.enter()
    live.look()
    live.swap.current.app.extensions["test.gate"] = gate
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(live.ask, "GET", "/api/gauges/wait", token)
        until(lambda: gate.entered == 1)
        plugins.write("2.0.0")
        second = plugins.enter()
        live.look()
        assert version(live, token) == "2.0.0"
        assert is_behind(shop, second)
        assert not is_behind(shop, first)
        gate.open()
        assert late.result(30).json() == {"version": "1.0.0"}

    def follows() -> bool:
        live.look()  # the answer is with its caller a moment before the request has left
        return not is_behind(shop, second)

    until(follows)


def test_a_generation_that_a_request_does_not_leave_is_let_go_of_all_the_same(
    live: LiveServer, plugins: Plugins, shop: Shop, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "DRAIN_SECONDS", 0.0)
    token = make_token(shop, "admin")
    plugins.write("1.0.0", pages=WAITING)
    plugins.enter()
    live.look()
    live.swap.current.app.extensions["test.gate"] = gate
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(live.ask, "GET", "/api/gauges/wait", token)
        until(lambda: gate.entered == 1)
        second = plugins.remove()
        live.look()
        gate.open()
        assert late.result(30).status == 200
    assert not is_behind(shop, second)
    fault = next(one for one in noted(shop) if one.plugin == "gauges")
    assert fault.problem.startswith("it leaves 1 threads running")
    assert not fault.stopped


def test_other_plugins_are_the_same_code_before_and_after(live: LiveServer, plugins: Plugins) -> None:
    plugins.write("1.0.0")
    plugins.enter()
    live.look()  # other tests of this process may have let go of what the first shop had loaded
    former = {name: type(plugin) for name, plugin in live.swap.current.shop.plugins.plugins.items()}
    plugins.write("2.0.0")
    plugins.enter()
    live.look()
    now = live.swap.current.shop.plugins.plugins
    assert {name for name in former if type(now[name]) is not former[name]} == {"gauges"}


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
