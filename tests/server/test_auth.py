import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import jwt
import pytest
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import update

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.server import access
from shopdb.server.app import make_app
from shopdb.services import accounts
from shopdb.store.base import utc_now
from shopdb.store.models import ApiToken, User
from shopdb.store.schema import table_of
from tests.server.callers import Caller, make_token
from tests.server.routes import every_request

PASSWORD = "correct horse"
PC = {"hostname": "WS-1", "serial_number": "SN-4711"}
OPEN_TO_ALL = {"/", "/api/health", "/api/health/ready", "/api/openapi.json", "/api/auth/login", "/api/auth/logout"}


@pytest.fixture
def ada(shop: Shop) -> int:
    return shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "technician", PASSWORD))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the doorkeeper ask each time."""
    monkeypatch.setattr(access, "REMEMBERED_SECONDS", 0.0)


@pytest.fixture
def address() -> dict[str, str]:
    """Return an address that no other test fails from."""
    return {"REMOTE_ADDR": f"198.51.{next(_NUMBERS)}.7"}


_NUMBERS = count(1)


def sign_in(caller: Caller, password: str = PASSWORD, name: str = "Ada", **options: Any) -> Any:
    cookies = options.pop("cookies", False)
    body = {"name": name, "password": password} | ({"cookies": True} if cookies else {})
    return caller.post("/api/auth/login", body, **options)


def test_name_and_password_open_what_the_role_allows(nobody: Caller, ada: int) -> None:
    answer = sign_in(nobody)
    assert answer.status_code == 200
    assert answer.json["user"] == {"name": "Ada", "role": "technician", "permissions": ["*.change", "*.view"]}
    signed_in = Caller(nobody.client, answer.json["access_token"])
    assert signed_in.get("/api/auth/me").json == {
        "name": "Ada",
        "permissions": ["*.change", "*.view"],
        "is_token": False,
    }
    assert signed_in.post("/api/vendors", {"name": "Acme"}).status_code == 201


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    nobody: Caller, ada: int, address: dict[str, str]
) -> None:
    wrong = sign_in(nobody, "wrong", environ_base=address)
    unknown = sign_in(nobody, name="Eve", environ_base=address)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json["error"] | {"request_id": ""} == unknown.json["error"] | {"request_id": ""}
    assert wrong.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]


def test_repeated_failures_are_slowed_down_with_a_moment_to_come_back(
    nobody: Caller, ada: int, address: dict[str, str]
) -> None:
    answers = [sign_in(nobody, "wrong", environ_base=address) for _ in range(accounts.FREE_FOR_NAME + 2)]
    slowed = answers[-1]
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert sign_in(nobody, environ_base=address).status_code == 429


@pytest.mark.parametrize(
    "body", [{}, {"name": "Ada"}, {"name": 1, "password": "x"}, {"name": "Ada", "password": "x", "cookies": "yes"}, []]
)
def test_a_sign_in_without_name_and_password_is_refused(nobody: Caller, body: Any) -> None:
    answer = nobody.post("/api/auth/login", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "request_refused")


def test_a_form_of_another_site_cannot_sign_anybody_in(nobody: Caller, ada: int) -> None:
    body = json.dumps({"name": "Ada", "password": PASSWORD, "cookies": True})
    for mimetype in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = nobody.post("/api/auth/login", data=body, content_type=mimetype)
        assert (answer.status_code, answer.json["error"]["code"]) == (415, "wrong_media_type")
        assert "Set-Cookie" not in answer.headers


def test_a_sign_in_that_ended_or_was_forged_opens_nothing(app: Flask, nobody: Caller, ada: int) -> None:
    with app.app_context():
        ended = create_access_token(str(ada), expires_delta=timedelta(seconds=-1))
    claims = jwt.decode(ended, options={"verify_signature": False}) | {"exp": utc_now() + timedelta(hours=1)}
    forged = jwt.encode(claims, "another-secret-of-at-least-32-characters", "HS256")
    unsigned = jwt.encode(claims, "", "none")
    for text in (ended, forged, unsigned, "x.y.z", "", "shp_"):
        answer = Caller(nobody.client, text).get("/api/computers")
        assert answer.status_code == 401, text


@pytest.mark.usefixtures("forgetful")
def test_who_is_switched_off_is_out_at_once(shop: Shop, nobody: Caller, ada: int) -> None:
    signed_in = Caller(nobody.client, sign_in(nobody).json["access_token"])
    assert signed_in.get("/api/computers").status_code == 200
    with shop.engine.begin() as connection:
        connection.execute(update(table_of(User)).values(enabled=False))
    answer = signed_in.get("/api/computers")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "account_gone")


def test_a_browser_keeps_its_sign_in_in_cookies_that_no_script_reads(nobody: Caller, ada: int) -> None:
    answer = sign_in(nobody, cookies=True)
    assert "access_token" not in answer.json
    cookies = {text.partition("=")[0]: text for text in answer.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["access_token_cookie"]
    assert "HttpOnly" not in cookies["csrf_access_token"]
    assert all("SameSite=Strict" in text for text in cookies.values())
    assert nobody.get("/api/auth/me").json["name"] == "Ada"


def test_a_cookie_alone_changes_nothing_without_its_twin_in_a_header(nobody: Caller, ada: int) -> None:
    sign_in(nobody, cookies=True)
    twin = nobody.client.get_cookie("csrf_access_token")
    assert twin is not None
    for headers in ({}, {"X-CSRF-TOKEN": "x" + twin.value[1:]}):
        refused = nobody.post("/api/vendors", {"name": "Acme"}, headers=headers)
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "csrf_token_missing")
    made = nobody.post("/api/vendors", {"name": "Acme"}, headers={"X-CSRF-TOKEN": twin.value})
    assert made.status_code == 201


def test_signing_out_takes_the_cookies_away(nobody: Caller, ada: int) -> None:
    sign_in(nobody, cookies=True)
    assert nobody.post("/api/auth/logout").json == {"signed_out": True}
    assert nobody.get("/api/auth/me").status_code == 401


def test_in_production_cookies_travel_over_tls_alone(shop: Shop, ada: int) -> None:
    app = make_app(replace(shop, settings=replace(shop.settings, env="production")))
    answer = sign_in(Caller(app.test_client()), cookies=True)
    assert all("Secure" in text for text in answer.headers.getlist("Set-Cookie"))


# --- tokens of programs ---------------------------------------------------------------------------------


def test_a_collectors_token_pushes_to_its_plugin_and_opens_nothing_else(
    app: Flask, caller: Callable[..., Caller]
) -> None:
    collector = caller("collector:computers")
    assert collector.push("computers", PC).status_code == 201
    opened = {
        (method, path)
        for method, path in every_request(app)
        if path not in OPEN_TO_ALL | {"/api/auth/me", "/static/home.css"}
        if collector.ask(method, path).status_code not in (401, 403, 405)
    }
    # The agents' door takes what agents send of computers; what it gets here is no message.
    assert opened == {("POST", "/api/collector/computers"), ("POST", "/api/collector/agent")}


def test_without_a_token_nothing_of_the_shop_is_told(app: Flask, nobody: Caller) -> None:
    opened = {
        (method, path) for method, path in every_request(app) if nobody.ask(method, path).status_code not in (401, 405)
    }
    assert {path for _, path in opened} == OPEN_TO_ALL | {"/static/home.css"}


def test_a_reading_token_changes_nothing(app: Flask, caller: Callable[..., Caller]) -> None:
    reader = caller("read")
    assert reader.get("/api/computers").status_code == 200
    opened = {
        path
        for method, path in every_request(app)
        if method in ("POST", "PATCH", "DELETE") and path not in OPEN_TO_ALL
        if reader.ask(method, path, json={}).status_code not in (403, 405)
    }
    assert opened == set()


def test_a_token_is_bearer_or_the_password_of_basic(shop: Shop, nobody: Caller) -> None:
    token = make_token(shop, "read")
    assert nobody.get("/api/computers", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert nobody.get("/api/computers", auth=("anybody", token)).status_code == 200
    assert nobody.get("/api/computers", auth=(token, "anything")).status_code == 401


def test_a_token_in_the_address_opens_the_collectors_doors_alone(shop: Shop, nobody: Caller) -> None:
    token = make_token(shop, "admin")
    assert nobody.post(f"/api/collector/computers?token={token}", PC).status_code == 201
    assert nobody.get(f"/api/computers?token={token}").status_code == 401


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    "spoil", [{"enabled": False}, {"expires_at": utc_now() - timedelta(minutes=1)}, {"networks": ["10.20.0.0/16"]}]
)
def test_a_token_that_was_switched_off_or_expired_or_is_elsewhere_opens_nothing(
    shop: Shop, caller: Callable[..., Caller], spoil: dict[str, Any]
) -> None:
    reader = caller("read")
    assert reader.get("/api/computers").status_code == 200
    with shop.engine.begin() as connection:
        connection.execute(update(table_of(ApiToken)).values(**spoil))
    answer = reader.get("/api/computers")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "token_refused")
    assert answer.headers["WWW-Authenticate"] == 'Bearer, Basic realm="shopdb"'


def test_no_token_reaches_the_log(shop: Shop, nobody: Caller, caplog: pytest.LogCaptureFixture) -> None:
    token = make_token(shop, "admin")
    with caplog.at_level(logging.DEBUG):
        nobody.post(f"/api/collector/agent?token={token}", data=b"<REQUEST", content_type="application/xml")
        nobody.post(f"/api/collector/computers?token={token}", PC)
        nobody.get("/api/computers", headers={"Authorization": f"Bearer {token}"})
        nobody.get("/api/computers", headers={"Authorization": f"Bearer {token}x"})
        nobody.get(f"/nowhere?token={token}")
    assert "/api/collector/agent" in caplog.text
    assert token not in caplog.text
    assert token.rpartition("_")[2] not in caplog.text


# --- pages of other origins -----------------------------------------------------------------------------


@pytest.fixture
def cors(shop: Shop) -> Caller:
    settings = replace(shop.settings, cors_origins=("https://board.example",))
    return Caller(make_app(replace(shop, settings=settings)).test_client())


def preflight(caller: Caller, path: str, origin: str) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    return caller.ask("OPTIONS", path, headers=asked)


@pytest.mark.parametrize("path", ["/api/computers/1", "/api/usb/checkouts", "/api/collector/computers"])
def test_a_listed_origin_may_ask_first_without_signing_in(cors: Caller, path: str) -> None:
    answer = preflight(cors, path, "https://board.example")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://board.example"
    assert "If-Match" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_other_origins_are_told_nothing_and_caches_keep_them_apart(cors: Caller, nobody: Caller) -> None:
    answer = preflight(cors, "/api/computers", "https://elsewhere.example")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in preflight(nobody, "/api/computers", "https://board.example").headers


def test_a_page_may_read_refusals_too(cors: Caller) -> None:
    answer = cors.get("/api/computers", headers={"Origin": "https://board.example"})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "https://board.example"
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
