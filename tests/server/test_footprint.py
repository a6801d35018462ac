"""What a plugin does to the whole application: it may add, replaces nothing, and fails alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.exceptions import PluginContractError
from shopdb.server import visits as visits_module
from shopdb.server.app import make_app
from shopdb.server.application import Application
from tests.server.callers import make_token
from tests.server.live import Gate, Plugins, noted, running, told, until
from tests.server.shapes import assert_refused

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
    failing = [one.last for one in app.visits.failing()]
    assert all(one.startswith(f"its {kind}: ") for one in failing)
    assert failing or kind == "context_processor"


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
