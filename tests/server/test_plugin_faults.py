"""Plugins fail, hang and overreach in a server, and it goes on: first of all with core's routes."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
import pytest
import urllib3

from shopdb.boot import Shop
from shopdb.exceptions import PluginContractError
from shopdb.server import follower as follower_module
from shopdb.server import visits as visits_module
from shopdb.server.app import make_app
from shopdb.server.application import Application
from shopdb.store import journal
from shopdb.store.journal import NotedFault
from tests.server.callers import make_token
from tests.server.live import Gate, LiveServer, Plugins, running, until
from tests.server.shapes import assert_refused

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
def plugins(shop: Shop) -> Plugins:
    return Plugins(shop)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Return what hanging code waits for; it is opened in the end, so that no thread stays."""
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def live(shop: Shop, plugins: Plugins, gate: Gate) -> Iterator[LiveServer]:
    """Return a server with the pages above."""
    plugins.write("1.0.0", pages=PAGES)
    plugins.enter()
    with running(shop.renewed()) as server:
        server.swap.current.app.extensions["test.gate"] = gate
        yield server
        gate.open()


@pytest.fixture
def token(shop: Shop) -> str:
    return make_token(shop, "admin")


def noted(shop: Shop) -> tuple[NotedFault, ...]:
    with shop.engine.connect() as connection:
        return journal.faults(connection)


def told(answer: Any) -> Any:
    """Return status and code of a refusal, which is in the one shape."""
    error = orjson.loads(answer.data)["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["request_id"] == answer.headers.get("X-Request-ID", error["request_id"])
    return answer.status, error["code"]


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


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as threads:
        yield threads


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


# ---------------------------------------------------------------- hooks for everybody's requests

EVERYWHERE = {
    "before_request": "app.before_request({})",
    "after_request": "app.after_request({})",
    "teardown_request": "app.teardown_request({})",
    "teardown_appcontext": "app.teardown_appcontext({})",
    "url_value_preprocessor": "app.url_value_preprocessor({})",
    "context_processor": "app.context_processor({})",
}
"""How a function for everybody's requests is registered, by what it is called."""
CORE_PATHS = ("/", "/api/health", "/api/computers", "/api/openapi.json", "/api/plugins", "/api/usb_devices")


def joining(plugins: Plugins, *lines: str) -> None:
    """Install gauges whose init_app consists of these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    plugins.write("1.0.0", hooks=f"def init_app(self, app):\n{body}")
    plugins.enter()


def asked(app: Application, path: str, token: str) -> Any:
    return app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("failure", ["1 / 0", "exit(3)", "__import__('flask').abort(500)"])
@pytest.mark.parametrize("kind", EVERYWHERE)
def test_what_a_plugin_does_in_everybodys_requests_fails_alone(
    shop: Shop, plugins: Plugins, token: str, kind: str, failure: str
) -> None:
    joining(plugins, EVERYWHERE[kind].format(f"lambda *given, **named: {failure}"))
    app = make_app(shop.renewed())
    usual = make_app(shop)
    for path in CORE_PATHS:
        with_it, without = asked(app, path, token), asked(usual, path, token)
        assert (
            (with_it.status_code, with_it.mimetype)
            == (without.status_code, without.mimetype)
            == (200, with_it.mimetype)
        )
        assert with_it.headers["X-Request-ID"]
    for _ in range(visits_module.FAILURES if kind != "context_processor" else 0):
        asked(app, "/api/computers", token)
    told = [one.last for one in app.visits.failing()]
    assert all(one.startswith(f"its {kind}: ") for one in told)
    assert told or kind == "context_processor"


@pytest.mark.parametrize("answer", ["5", "object()", "('x', 'y', 'z', 'w')"])
@pytest.mark.parametrize("kind", ["before_request", "after_request"])
def test_what_no_hook_may_return_is_passed_over(
    shop: Shop, plugins: Plugins, token: str, kind: str, answer: str
) -> None:
    joining(plugins, EVERYWHERE[kind].format(f"lambda *given: {answer}"))
    assert asked(make_app(shop.renewed()), "/api/computers", token).json["items"] == []


def test_a_plugin_may_refuse_requests_and_add_to_answers(shop: Shop, plugins: Plugins, token: str) -> None:
    joining(
        plugins,
        "from flask import abort, request",
        "app.before_request(lambda: abort(403) if 'quiet' in request.args else None)",
        "@app.after_request",
        "def add(response):",
        "    response.headers['X-Gauges'] = 'here'",
        "    return response",
    )
    app = make_app(shop.renewed())
    assert_refused(asked(app, "/api/computers?quiet", token), 403)
    assert asked(app, "/api/computers", token).headers["X-Gauges"] == "here"
    assert "X-Gauges" not in asked(app, "/api/health", token).headers


def test_a_hook_that_hangs_holds_up_nobody_for_long(
    shop: Shop, plugins: Plugins, clients: ThreadPoolExecutor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "SLOW_SECONDS", 0.2)
    token = make_token(shop, "admin")
    joining(plugins, "app.before_request(lambda: app.extensions['test.gate'].wait())")
    with running(shop.renewed()) as live:
        live.swap.current.app.extensions["test.gate"] = gate
        begun = [clients.submit(live.ask, "GET", "/api/computers", token) for _ in range(8)]
        until(lambda: gate.entered == 8)
        assert live.ask("GET", "/api/health").status == 200
        until(lambda: len(live.visits.slow()) == 8)
        live.look()
        assert live.ask("GET", "/api/computers", token).status == 200
        monkeypatch.setattr(visits_module, "HOOK_SECONDS", 0.0)
        live.look()
        assert {told(one.result(30)) for one in begun} == {(500, "internal")}
        assert "gauges" in live.swap.current.shop.plugins.left_out
        (fault,) = noted(shop)
        assert fault.problem == "its before_request has not come to an end within 0 seconds"
        gate.open()


OVERREACHING = {
    "app.config['DEBUG'] = 'yes'": "app.config['DEBUG']",
    "app.config.pop('JWT_ALGORITHM')": "app.config['JWT_ALGORITHM']",
    "app.wsgi_app = lambda environ, start: [b'x']": "app.wsgi_app",
    "app.json = object()": "app.json",
    "app.session_interface = object()": "app.session_interface",
    "app.request_class = object": "app.request_class",
    "app.extensions['flask-jwt-extended'] = None": "app.extensions['flask-jwt-extended']",
    "app.url_map.converters['int'] = app.url_map.converters['string']": "the URL converter 'int'",
    "app.view_functions['health.alive'] = lambda: 'fine'": "the view health.alive",
    "app.before_request_funcs[None].clear()": "a before_request that is not its own",
    "app.add_url_rule('/api/computers/all', 'all', lambda: 'x')": "the path /api/computers/all",
    "app.add_url_rule('/', 'gauges', lambda: 'x')": "the path /;",
}


@pytest.mark.parametrize("line", OVERREACHING)
def test_a_plugin_that_takes_the_place_of_something_is_left_out(
    shop: Shop, plugins: Plugins, token: str, line: str
) -> None:
    joining(plugins, line)
    renewed = shop.renewed()
    with pytest.raises(PluginContractError) as refused:
        make_app(renewed)
    assert f"P083 it replaces {OVERREACHING[line]}" in str(refused.value)
    app = make_app(replace(renewed, plugins=replace(renewed.plugins, strict=False)))
    assert asked(app, "/api/computers", token).json["items"] == []
    assert app.shop.plugins.left_out["gauges"].faulty


def test_a_plugin_may_add_endpoints_below_its_name_by_itself(shop: Shop, plugins: Plugins, token: str) -> None:
    joining(plugins, "app.add_url_rule('/api/gauges/direct', 'gauges_direct', lambda: exit(1))")
    app = make_app(shop.renewed())
    assert_refused(asked(app, "/api/gauges/direct", token), 500, "internal")
    assert app.owners["gauges_direct"] == "gauges"


def test_error_handlers_of_a_plugin_answer_its_own_requests_alone(shop: Shop, plugins: Plugins, token: str) -> None:
    plugins.write(
        "1.0.0",
        pages="    @pages.get('/lost')\n    def lost():\n        from flask import abort\n        abort(404)\n",
        hooks="def init_app(self, app):\n    app.register_error_handler(404, lambda error: ('mine', 404))\n"
        "    app.register_error_handler(Exception, lambda error: ('mine', 500))",
    )
    plugins.enter()
    app = make_app(shop.renewed())
    assert asked(app, "/api/gauges/lost", token).text == "mine"
    assert_refused(asked(app, "/api/computers/999", token), 404)
    assert_refused(asked(app, "/nowhere", token), 404)


@pytest.mark.parametrize("kind", ["after_request", "teardown_request"])
def test_what_fails_after_a_plugins_own_answer_does_not_spoil_it(
    shop: Shop, plugins: Plugins, token: str, kind: str
) -> None:
    plugins.write("1.0.0", pages=f"    @pages.{kind}\n    def last(given):\n        raise SystemExit\n")
    plugins.enter()
    answer = asked(make_app(shop.renewed()), "/api/gauges/version", token)
    assert (answer.status_code, answer.json) == (200, {"version": "1.0.0"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "page",
    [
        "    pages.record(lambda state: 1 / 0)\n",
        "    pages.record(lambda state: exit(1))\n",
        "    pages.record(lambda state: state.app.config.update(DEBUG='yes'))\n",
        "    pages.add_url_rule('/x', 'version', lambda: 'another')\n",
    ],
)
def test_a_blueprint_that_cannot_be_mounted_leaves_its_plugin_out(
    shop: Shop, plugins: Plugins, token: str, page: str
) -> None:
    plugins.write("1.0.0", pages=page)
    plugins.enter()
    renewed = shop.renewed()
    with pytest.raises(PluginContractError, match="P083"):
        make_app(renewed)
    app = make_app(replace(renewed, plugins=replace(renewed.plugins, strict=False)))
    assert asked(app, "/api/computers", token).json["items"] == []
    assert asked(app, "/api/gauges/version", token).status_code == 404
    assert app.shop.plugins.left_out["gauges"].faulty


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
