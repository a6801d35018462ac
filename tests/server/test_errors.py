import inspect
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pymysql
import pytest
from flask import Flask
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhaustedError

from shopdb import exceptions
from shopdb.exceptions import ShopdbError
from shopdb.server.errors import STATUSES, status_of
from tests.server.callers import Caller
from tests.server.routes import every_request
from tests.server.shapes import assert_refused

ELSEWHERE = {
    "config": "settings are read before the server starts",
    "plugins": "plugins are loaded before the server starts",
    "collect": "the collector runs on other hosts",
    "cli": "commands run without a server",
    "keeping": "sites are backed up, restored and upgraded by commands",
    "tui": "the terminal runs without a server",
    "lifecycle": "plugins are installed, switched and removed by terminals and commands",
    "trial": "plugins are tried by those who install them",
    "authoring": "plugins are written without a server",
}
"""Files of shopdb/exceptions whose errors no request can meet, and why."""

SAMPLES: dict[str, Any] = {
    "str": "x",
    "int": 1,
    "int | None": 1,
    "float": 1.5,
    "bool": True,
    "object": "x",
    "Path": Path("x"),
    "Path | None": None,
    "BaseException": ValueError("x"),
    "Exception": ValueError("x"),
    "Iterable[str]": ["a", "b"],
    "Sequence[str]": ["a", "b"],
    "Mapping[str, Sequence[str]]": {"a": ["b"]},
    "Mapping[str, int]": {"a": 1},
    "Mapping[str, object]": {"a": "b"},
    "Mapping[str, tuple[str, str]]": {"a": ("b", "c")},
}


def classes() -> Iterator[type[ShopdbError]]:
    waiting = [ShopdbError]
    while waiting:
        kind = waiting.pop()
        waiting += [one for one in kind.__subclasses__() if one.__module__.startswith(exceptions.__name__)]
        if kind is not ShopdbError:
            yield kind


def section(kind: type[ShopdbError]) -> str:
    """Return the room in whose file of shopdb/exceptions the class stands."""
    return kind.__module__.rpartition(".")[2]


def made(kind: type[ShopdbError]) -> ShopdbError:
    if kind.__init__ is Exception.__init__:
        return kind("x")
    parameters = list(inspect.signature(kind).parameters.values())
    positional = [SAMPLES[one.annotation] for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    named = {one.name: SAMPLES[one.annotation] for one in parameters if one.kind is one.KEYWORD_ONLY}
    return kind(*positional, **named)


@pytest.fixture
def raising(app: Flask, request: pytest.FixtureRequest) -> Callable[[Exception], Any]:
    """Return a function that answers as the server does when an endpoint raises this."""
    raised: list[Exception] = []

    def view() -> str:
        raise raised.pop()

    app.add_url_rule("/raise", "raise", view)
    nobody: Caller = request.getfixturevalue("nobody")  # who asks the app for its description

    def ask(error: Exception) -> Any:
        raised.append(error)
        return nobody.get("/raise")

    return ask


def test_every_error_that_a_request_can_meet_has_a_status_of_its_own() -> None:
    unnamed = [kind for kind in classes() if not set(kind.__mro__) & set(STATUSES)]
    forgotten = {kind.__name__ for kind in unnamed if section(kind) not in ELSEWHERE}
    assert forgotten == {
        # Met by commands alone: sites, people, roles, tokens, demo shops, lists, migrations and ports are not made over
        # REST.
        "BrokenHistoryError",
        "DemoRowError",
        "MigrationBusyError",
        "MigrationError",
        "MigrationRulesError",
        "NameRefusedError",
        "NameTakenError",
        "NetworkRefusedError",
        "NoSiteError",
        "PasswordRefusedError",
        "PermissionRefusedError",
        "PluginTableNameError",
        "PortTakenError",
        "RejectedRowsUnwritableError",
        "ResourceDescriptionError",
        "RoleKeptError",
        "RowsNotTakenError",
        "SchemaDiffersError",
        "SchemaUnreadableError",
        "SchemeRefusedError",
        "ScopeRefusedError",
        "ScratchRefusedError",
        "SheetRefusedError",
        "UnknownBlueprintError",
        "UnknownRoleError",
        "UserNotFoundError",
    }


def test_every_error_answers_in_the_one_shape(raising: Callable[[Exception], Any]) -> None:
    for kind in classes():
        error = made(kind)
        answer = raising(error)
        told = assert_refused(answer, status_of(error))
        if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            assert told["code"] == "internal"
        else:
            assert told["message"] == str(error)
            assert told["code"].isidentifier()


def test_an_error_of_a_plugin_is_the_requests_fault(raising: Callable[[Exception], Any]) -> None:
    class TonerDryError(ShopdbError):
        pass

    assert_refused(raising(TonerDryError("Shake it.")), 400, "toner_dry")


def test_what_nobody_foresaw_is_told_to_the_log_alone(
    raising: Callable[[Exception], Any], caplog: pytest.LogCaptureFixture
) -> None:
    told = assert_refused(raising(RuntimeError("the inside")), 500, "internal")
    assert "the inside" not in str(told)
    assert "the inside" in caplog.text
    assert told["request_id"] in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, pymysql.OperationalError(2003, "no connection")),
        OperationalError("INSERT", {}, pymysql.OperationalError(1021, "disk full")),
        PoolExhaustedError("no connection in time"),
    ],
)
def test_a_database_that_is_away_is_asked_for_later(raising: Callable[[Exception], Any], error: Exception) -> None:
    answer = raising(error)
    assert_refused(answer, 503, "database_away")
    assert answer.headers["Retry-After"] == "2"


def test_a_statement_that_no_database_takes_is_our_fault(raising: Callable[[Exception], Any]) -> None:
    answer = raising(DataError("INSERT secret", {}, pymysql.DataError(1406, "too long")))
    assert "secret" not in str(assert_refused(answer, 500, "internal"))


def test_a_message_that_quotes_half_a_character_can_still_be_sent(raising: Callable[[Exception], Any]) -> None:
    told = assert_refused(raising(exceptions.RecordNotFoundError("assets", "\ud800")), 404)
    assert "?" in told["message"]


def test_every_route_refuses_in_the_one_shape(app: Flask, nobody: Caller, admin: Caller) -> None:
    """Strangers, rubbish and the wrong method at every address: never a page, never a trace."""
    for method, path in every_request(app):
        answers = [
            nobody.ask(method, path),
            admin.ask(method, path, data=b"\x00\xff{", content_type="application/json"),
            admin.ask(method, path, data=b"[" * 100_000, content_type="application/json"),
            admin.ask("PUT", path),
            admin.ask(method, f"{path}?colour=red"),
            admin.ask(method, path.replace("1", "99999999999999999999")),
        ]
        for answer in answers:
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                assert_refused(answer)


def test_what_is_nowhere_is_not_found_and_says_so_in_json(admin: Caller) -> None:
    for path in ("/nowhere", "/api", "/api/", "/api/toasters", "/api/computers/x", "/api/computers/0", "/static/x.css"):
        assert_refused(admin.get(path), 404)


def test_a_method_that_is_not_served_names_those_that_are(admin: Caller) -> None:
    answer = admin.ask("PUT", "/api/computers")
    assert_refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    read_only = admin.post("/api/batches", {})
    assert_refused(read_only, 405, "resource_read_only")
    assert read_only.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_parameter_that_nobody_reads_is_refused_with_its_likeness(admin: Caller) -> None:
    told = assert_refused(admin.get("/api/computers?limt=5"), 400, "unknown_parameter")
    assert "limit" in told["message"]


def test_a_plugin_that_takes_no_pushes_is_not_found(admin: Caller) -> None:
    assert_refused(admin.push("toasters", {"name": "x"}), 404, "plugin_not_found")


def test_plugins_read_json_as_strictly_as_core(admin: Caller) -> None:
    for text in ('{"device": 1, "device": 2, "person": 1}', '{"device": NaN}', "[" * 5000, '{"device": 1'):
        answer = admin.post("/api/usb/checkouts", data=text, content_type="application/json")
        assert_refused(answer, 400)
