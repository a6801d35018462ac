"""Requests through a proxy and past it: who is believed, who is served, and who is slowed."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.server.front import Front, in_front
from shopdb.services import accounts
from tests.server.callers import make_token
from tests.server.processes import ServerProcess, serving

PROXY = "172.28.0.2"
PROXIES = (ip_network("172.28.0.0/24"), ip_network("fd00::2/128"))
THROUGH = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "https"}
LOGIN = {"name": "nobody of this name", "password": "wrong"}


@pytest.fixture
def asked(app: Flask) -> Client:
    """A client of the application as production with a proxy in front serves it."""
    return Client(Front(app, PROXIES, plain_http=False))


def get(client: Client, path: str = "/api/auth/me", *, peer: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, environ_base={"REMOTE_ADDR": peer}, headers=named)


def test_a_lan_client_past_the_proxy_is_refused_in_the_one_shape(asked: Client) -> None:
    for forged in ({}, THROUGH):
        refused = get(asked, peer="10.1.2.3", **forged)
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "plain_http")
        assert set(refused.json["error"]) == {"code", "message", "fields", "request_id"}
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
        assert refused.headers["X-Request-ID"] == refused.json["error"]["request_id"]


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "fd00::2"])
def test_a_client_through_the_proxy_is_served_over_tls_alone(asked: Client, peer: str) -> None:
    assert get(asked, peer=peer, **THROUGH).status_code == 401
    assert get(asked, peer=peer, **THROUGH | {"X-Forwarded-Proto": "http"}).status_code == 403
    assert get(asked, peer=peer, X_Forwarded_For="10.1.2.3").status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_host_itself_is_served(asked: Client, peer: str) -> None:
    assert get(asked, peer=peer).status_code == 401


def test_a_monitor_may_ask_for_health_without_tls(asked: Client) -> None:
    assert get(asked, "/api/health", peer="10.1.2.3").status_code == 200
    assert get(asked, "/api/health/ready", peer="10.1.2.3").status_code == 200
    assert get(asked, "/api/healthy", peer="10.1.2.3").status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "unknown"),
        ("X-Forwarded-For", "10.1.2.3, "),
        ("X-Forwarded-For", "10.1.2.3, <script>"),
        ("X-Forwarded-Proto", "gopher"),
    ],
)
def test_a_proxy_that_talks_nonsense_is_told_so(asked: Client, name: str, value: str) -> None:
    refused = get(asked, peer=PROXY, **THROUGH | {name: value})
    if value.endswith(", "):
        assert refused.status_code == 401  # the proxy said nothing itself, and is the client
    else:
        assert (refused.status_code, refused.json["error"]["code"]) == (400, "request_refused")
        assert refused.json["error"]["message"].startswith(name)


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("6.6.6.6, 10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:51234", "10.1.2.3"),
        ("2001:db8::7", "2001:db8::7"),
        ('"[2001:db8::7]:51234"', "2001:db8::7"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
    ],
)
def test_the_address_that_the_proxy_saw_is_the_client_s(told: str, client: str) -> None:
    assert seen(PROXY, {"X-Forwarded-For": told})["REMOTE_ADDR"] == client


def test_nothing_of_what_was_forwarded_is_seen_below() -> None:
    sent = dict.fromkeys(("Forwarded", "X-Forwarded-By", "X-Forwarded-Host", "X-Forwarded-Port"), "for=6.6.6.6")
    for peer in (PROXY, "10.1.2.3"):
        environ = seen(peer, {**sent, **THROUGH})
        assert [name for name in environ if "FORWARDED" in name] == []
        assert environ["HTTP_HOST"] == "localhost"


def seen(peer: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return what the application is called with."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    Client(Front(app, PROXIES, plain_http=True)).get("/", environ_base={"REMOTE_ADDR": peer}, headers=headers)
    return seen


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"env": "development"}, 401),
        ({"env": "production"}, 403),
        ({"env": "production", "plain_http": True}, 401),
    ],
)
def test_plain_http_on_the_lan_is_refused_by_production_without_written_acceptance(
    app: Flask, site: Settings, changes: dict[str, Any], status: int
) -> None:
    client = Client(in_front(app, replace(site, **changes)))
    assert get(client, peer="10.1.2.3").status_code == status


# --- a real server, this test being the proxy -----------------------------------------------------------


@pytest.fixture
def behind(site: Settings, tmp_path: Path) -> Iterator[ServerProcess]:
    settings = replace(site, env="production", trusted_proxy=(ip_network("127.0.0.1"),))
    with serving(settings, tmp_path, from_one_address=20) as started:
        yield started


def ask(server: ServerProcess, method: str, path: str, body: Any = None, *, client: str, token: str = "") -> Any:
    forwarded = {"X_Forwarded_For": client, "X_Forwarded_Proto": "https"}
    return server.ask(method, path, body, token=token, Content_Type="application/json", **forwarded)


def test_sign_ins_are_slowed_by_the_address_of_the_client(behind: ServerProcess) -> None:
    def login(client: str, number: int) -> int:
        body = {**LOGIN, "name": f"nobody {number}"}
        status: int = ask(behind, "POST", "/api/auth/login", body, client=client).status
        return status

    statuses = [login("10.6.6.6", number) for number in range(accounts.FREE_FOR_ADDRESS + 3)]
    assert set(statuses[: accounts.FREE_FOR_ADDRESS]) == {401}
    assert 429 in statuses
    assert login("10.1.2.3", 99) == 401


def test_a_token_is_used_from_its_networks_alone(behind: ServerProcess, shop: Shop) -> None:
    token = make_token(shop, "read", networks=["10.1.0.0/16"])
    assert ask(behind, "GET", "/api/computers", client="10.1.2.3", token=token).status == 200
    assert ask(behind, "GET", "/api/computers", client="10.2.2.3", token=token).status == 401
    assert behind.ask("GET", "/api/computers", token=token).status == 401


def test_a_sign_in_is_logged_with_the_address_of_the_client(behind: ServerProcess, shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "viewer", "correct horse battery"))
    body = {"name": "Ada", "password": "correct horse battery"}
    assert ask(behind, "POST", "/api/auth/login", body, client="10.1.2.3").status == 200
    changes = shop.schema.tables["changes"]
    with shop.engine.connect() as connection:
        found = connection.execute(changes.select().where(changes.c.action == "sign-in")).one()
    assert found.after_doc == {"name": "Ada", "address": "10.1.2.3"}


def test_the_proxy_may_hold_more_connections_than_one_client(behind: ServerProcess) -> None:
    with ExitStack() as held:
        connections = [held.enter_context(behind.connect()) for _ in range(60)]
        for connection in connections:
            connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        looked_at_by_then = time.monotonic() + 2.5  # the server counts once a second
        while time.monotonic() < looked_at_by_then:
            assert behind.ask("GET", "/api/health").status == 200
        for connection in connections:
            connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert answers_until_it_closes(connection) == 2


def answers_until_it_closes(connection: socket.socket) -> int:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received.count(b'"status":"alive"')
