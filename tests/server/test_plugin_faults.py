"""Plugins' endpoints fail and hang, and the server goes on: first of all with core's routes."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from shopdb.boot import Shop
from shopdb.server import follower as follower_module
from shopdb.server import visits as visits_module
from tests.server.callers import make_token
from tests.server.live import Gate, LiveServer, Plugins, noted, running, told, until

PAGES = '''
    @pages.get("/exit")
    def leaving():
        raise SystemExit(3)

    @pages.get("/interrupt")
    def interrupted():
        raise KeyboardInterrupt

    @pages.get("/odd")
    def odd():
        class Odd(BaseException):
            """What nobody knows."""

        raise Odd("strange")

    @pages.get("/error")
    def failing():
        raise KeyError("gauge")

    @pages.get("/nonsense")
    def nonsense():
        return object()

    @pages.get("/stream")
    def stream():
        def parts():
            yield b"a"
            raise SystemExit

        return parts()

    @pages.get("/answered")
    def answered():
        raise ZeroDivisionError

    @pages.errorhandler(ZeroDivisionError)
    def badly_answered(error):
        raise SystemExit

    @pages.get("/hang")
    def hang():
        from flask import current_app

        current_app.extensions["test.gate"].wait()
        return "late"

    @pages.get("/trickle")
    def trickle():
        from flask import current_app, stream_with_context

        def parts():
            yield b"begun"
            current_app.extensions["test.gate"].wait()
            yield b"late"

        return stream_with_context(parts())
'''
ENDINGS = ["exit", "interrupt", "odd", "error", "nonsense", "answered"]


@pytest.fixture
def live(shop: Shop, plugins: Plugins, gate: Gate) -> Iterator[LiveServer]:
    """Return a server with the pages above."""
    plugins.write("1.0.0", pages=PAGES)
    plugins.enter()
    with running(shop.renewed()) as server:
        server.swap.current.app.extensions["test.gate"] = gate
        yield server
        gate.open()


# ---------------------------------------------------------------- routes that fail


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_route_that_fails_in_any_way_answers_500_and_keeps_its_thread(
    live: LiveServer, token: str, ending: str
) -> None:
    for _ in range(10):
        answer = live.ask("GET", f"/api/gauges/{ending}", token)
        assert told(answer) == (500, "internal")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert live.ask("GET", "/api/computers", token).status == 200
    assert live.visits.slow() == frozenset()


def test_a_body_that_ends_the_program_ends_its_connection(live: LiveServer, token: str) -> None:
    for _ in range(10):
        with pytest.raises(urllib3.exceptions.ProtocolError):
            live.ask("GET", "/api/gauges/stream", token)
    assert live.ask("GET", "/api/gauges/version", token).status == 200


def test_who_fails_again_and_again_is_noted_and_not_stopped(live: LiveServer, token: str, shop: Shop) -> None:
    for _ in range(visits_module.FAILURES - 1):
        live.ask("GET", "/api/gauges/error", token)
    live.look()
    assert noted(shop) == ()
    live.ask("GET", "/api/gauges/error", token)
    live.look()
    (fault,) = noted(shop)
    assert (fault.plugin, fault.program, fault.stopped) == ("gauges", "server", False)
    assert fault.problem == "it failed 10 times within 5 minutes, at last in GET /api/gauges/error: KeyError: 'gauge'"
    assert fault.content_digest == live.swap.current.loaded.digests["gauges"]
    assert live.ask("GET", "/api/gauges/version", token).status == 200


def test_what_is_refused_on_purpose_is_no_failure(live: LiveServer, token: str, shop: Shop) -> None:
    reader = make_token(shop, "collector:computers")
    for _ in range(visits_module.FAILURES + 1):
        assert live.ask("GET", "/api/gauges/version", reader).status == 403
        assert live.ask("GET", "/api/gauges/nowhere", token).status == 404
    live.look()
    assert noted(shop) == ()


# ---------------------------------------------------------------- routes that hang


Hanging = Callable[[int], list[Future[Any]]]


@pytest.fixture
def hanging(live: LiveServer, clients: ThreadPoolExecutor, token: str, gate: Gate) -> Hanging:
    """Return what begins so many requests that hang, and returns them once as many as may be are inside."""

    def begin(number: int) -> list[Future[Any]]:
        begun = [clients.submit(live.ask, "GET", "/api/gauges/hang", token) for _ in range(number)]
        until(lambda: gate.entered == min(number, 4))
        return begun

    return begin


def test_a_route_that_hangs_takes_half_of_the_threads_and_no_more(
    live: LiveServer, hanging: Hanging, token: str, gate: Gate
) -> None:
    begun = hanging(24)
    assert live.ask("GET", "/api/computers", token).status == 200
    until(lambda: sum(one.done() for one in begun) == 20)
    refused = [one.result() for one in begun if one.done()]
    assert {told(one) for one in refused} == {(503, "plugin_busy")}
    assert refused[0].headers["Retry-After"] == "2"
    assert told(live.ask("GET", "/api/gauges/version", token)) == (503, "plugin_busy")
    assert live.ask("GET", "/api/computers", token).status == 200
    gate.open()
    assert sorted(one.result(30).status for one in begun) == [200] * 4 + [503] * 20
    assert live.ask("GET", "/api/gauges/version", token).status == 200


def test_many_quick_requests_wait_for_their_turn(live: LiveServer, clients: ThreadPoolExecutor, token: str) -> None:
    begun = [clients.submit(live.ask, "GET", "/api/gauges/version", token) for _ in range(300)]
    assert {one.result(60).status for one in begun} == {200}


def test_threads_that_a_plugin_holds_up_are_made_up_for(
    live: LiveServer, hanging: Hanging, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "SLOW_SECONDS", 0.0)
    hanging(4)
    live.look()
    until(lambda: live.workers() == 8 + 4)
    gate.open()
    until(lambda: not live.visits.slow())
    live.look()
    until(lambda: live.workers() == 8)


def test_a_plugin_that_does_not_come_back_is_stopped_whole(
    live: LiveServer, hanging: Hanging, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = hanging(4)
    monkeypatch.setattr(visits_module, "ROUTE_SECONDS", 0.0)
    live.look()
    assert {told(one.result(30)) for one in begun} == {(500, "internal")}
    assert told(live.ask("GET", "/api/gauges/version", token)) == (404, "not_found")
    assert told(live.ask("GET", "/api/gauges", token)) == (404, "unknown_resource")
    assert live.ask("GET", "/api/computers", token).status == 200
    until(lambda: live.workers() == 8 + 4)
    (fault,) = [one for one in noted(shop) if one.stopped]
    assert (fault.plugin, fault.program) == ("gauges", "server")
    assert fault.problem == "GET /api/gauges/hang has not come to an end within 0 seconds"


def test_an_answer_that_was_begun_is_cut_off_when_its_plugin_is_stopped(
    live: LiveServer, clients: ThreadPoolExecutor, token: str, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clients.submit(live.ask, "GET", "/api/gauges/trickle", token)
    until(lambda: gate.entered == 1)
    monkeypatch.setattr(visits_module, "ROUTE_SECONDS", 0.0)
    live.look()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        begun.result(30)
    gate.open()
    until(lambda: not live.visits.given_up())
    assert live.ask("GET", "/api/computers", token).status == 200


def test_a_stopped_plugin_stays_out_until_it_is_switched_on_anew(
    live: LiveServer, plugins: Plugins, hanging: Hanging, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging(1)
    monkeypatch.setattr(visits_module, "ROUTE_SECONDS", 0.0)
    live.look()
    monkeypatch.undo()
    plugins.write("1.0.0", name="tools")
    plugins.enter("tools")
    live.look()
    now = live.swap.current.shop.plugins
    assert "tools" in now.plugins
    assert now.left_out["gauges"].reasons == ("GET /api/gauges/hang has not come to an end within 0 seconds",)
    plugins.switch(enabled=True)
    live.look()
    assert live.ask("GET", "/api/gauges/version", token).status == 200


def test_a_newer_version_does_not_pay_for_the_older_one(
    live: LiveServer, plugins: Plugins, hanging: Hanging, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes in although the older one is stopped in the same moment, and stays though that hangs on."""
    begun = hanging(2)
    plugins.write("2.0.0")
    plugins.enter()
    monkeypatch.setattr(visits_module, "ROUTE_SECONDS", 0.0)
    live.look()
    live.look()
    monkeypatch.undo()
    assert live.ask("GET", "/api/gauges/version", token).json() == {"version": "2.0.0"}
    assert {told(one.result(30)) for one in begun} == {(500, "internal")}
    assert [one.plugin for one in noted(live.swap.current.shop) if one.stopped] == ["gauges"]


# ---------------------------------------------------------------- the thread that looks


def test_looking_after_plugins_survives_an_outage_of_the_database(
    shop: Shop, plugins: Plugins, token: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "POLL_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING), running(shop, following=True) as live:
        rename = "ALTER TABLE {} RENAME TO {}"
        with shop.engine.begin() as connection:
            connection.exec_driver_sql(rename.format("plugin_operations", "elsewhere"))
        until(lambda: "until the database is back" in caplog.text)
        assert live.ask("GET", "/api/computers", token).status == 200
        with shop.engine.begin() as connection:
            connection.exec_driver_sql(rename.format("elsewhere", "plugin_operations"))
        plugins.write("1.0.0")
        plugins.enter()
        until(lambda: live.ask("GET", "/api/gauges/version", token).status == 200)
    assert caplog.text.count("until the database is back") == 1
