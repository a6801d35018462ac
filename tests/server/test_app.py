from collections.abc import Callable

import pytest
from flask import Flask

from shopdb.boot import Shop
from shopdb.exceptions import UnknownBlueprintError
from shopdb.server import app as app_module
from shopdb.server.app import CORE_BLUEPRINT_NAMES, make_app
from tests.server.callers import Caller


def test_every_core_blueprint_is_registered_under_its_name(app: Flask) -> None:
    assert set(CORE_BLUEPRINT_NAMES) <= set(app.blueprints)


def test_a_core_blueprint_that_nothing_exports_stops_the_start(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "CORE_BLUEPRINT_NAMES", ("health", "telepathy"))
    with pytest.raises(UnknownBlueprintError, match=r"exports no 'telepathy'; it exports .*collector"):
        make_app(shop)


def test_the_endpoints_of_a_plugin_are_mounted_under_its_name(writer: Caller, shop: Shop) -> None:
    device = writer.made("/api/usb_devices", {"name": "Stick 1"})
    person = writer.made("/api/people", {"name": "Ada", "badge": "B-1"})
    out = writer.post("/api/usb/checkouts", {"device": device["id"], "person": person["id"]})
    assert out.status_code == 201
    again = writer.post("/api/usb/checkouts", {"device": device["id"], "person": person["id"]})
    assert (again.status_code, again.json["error"]["code"]) == (422, "device_is_out")


def test_the_endpoints_of_a_plugin_ask_for_its_permissions(caller: Callable[..., Caller], nobody: Caller) -> None:
    body = {"device": 1, "person": 1}
    assert nobody.post("/api/usb/checkouts", body).status_code == 401
    assert caller("read").post("/api/usb/checkouts", body).status_code == 403
    assert caller("collector:usb").post("/api/usb/checkouts", body).status_code == 403


def test_the_home_page_says_what_this_is_and_needs_no_sign_in(nobody: Caller) -> None:
    page = nobody.get("/")
    assert page.mimetype == "text/html"
    assert "/api/openapi.json" in page.text
    assert nobody.get("/static/home.css").mimetype == "text/css"


def test_health_tells_life_and_readiness_without_a_token(nobody: Caller) -> None:
    assert nobody.get("/api/health").json["status"] == "alive"
    ready = nobody.get("/api/health/ready")
    assert ready.status_code == 200
    assert ready.json == {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "plugins": "ok"}}


def test_every_get_answers_head_with_the_same_headers_and_no_body(admin: Caller) -> None:
    for path in ("/", "/api/health", "/api/computers", "/api/openapi.json"):
        head, get = admin.ask("HEAD", path), admin.get(path)
        assert (head.status_code, head.content_type) == (200, get.content_type)
        assert head.data == b""
        assert head.content_length == get.content_length


def test_every_answer_bears_an_id_and_the_security_headers(admin: Caller, nobody: Caller) -> None:
    for answer in (admin.get("/api/computers"), nobody.get("/"), nobody.get("/nowhere"), nobody.get("/api/assets")):
        assert len(answer.headers["X-Request-ID"]) == 16
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
