"""What GET /api/plugins says, and to whom."""

from collections.abc import Callable
from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.server.app import make_app
from tests.server.callers import Caller
from tests.server.described import Described
from tests.server.live import Plugins
from tests.server.shapes import assert_refused


@pytest.fixture
def told(shop: Shop, admin: Caller, described: Described) -> Callable[[], dict[str, Any]]:
    """Return what tells each plugin by name, as a server says it that was started now."""

    def ask() -> dict[str, Any]:
        caller = Caller(make_app(shop.renewed()).test_client(), admin.token, described)
        return {one["name"]: one for one in caller.get("/api/plugins").json["items"]}

    return ask


def test_it_tells_of_each_plugin_what_became_of_it(shop: Shop, told: Callable[[], dict[str, Any]]) -> None:
    plugins = Plugins(shop)
    plugins.write("1.2.0")
    gauges = {"name": "gauges", "version": "1.2.0"}
    assert told()["gauges"] == {**gauges, "state": "not installed", "reasons": ["it is not installed"]}
    plugins.enter()
    assert told()["gauges"] == {**gauges, "state": "enabled", "reasons": []}
    plugins.switch(enabled=False)
    assert told()["gauges"] == {**gauges, "state": "disabled", "reasons": ["an admin switched it off"]}
    plugins.remove()
    assert told()["gauges"] == {"name": "gauges", "version": "1.0.0", "state": "removed", "reasons": []}
    assert told()["computers"]["state"] == "enabled"


def test_it_tells_why_a_plugin_was_left_out(shop: Shop, admin: Caller) -> None:
    without = shop.narrowed(shop.plugins.without({"usb": ["it hangs"]}))
    caller = Caller(make_app(without).test_client(), admin.token)
    items = {one["name"]: one for one in caller.get("/api/plugins").json["items"]}
    assert items["usb"] == {"name": "usb", "version": "1.0.0", "state": "left out", "reasons": ["it hangs"]}


def test_it_is_told_to_those_who_may_see_plugins(caller: Callable[..., Caller]) -> None:
    assert caller("read").get("/api/plugins").status_code == 200
    assert_refused(caller("collector:usb").get("/api/plugins"), 403)
    assert_refused(caller().get("/api/plugins"), 401)
    assert_refused(caller("read").get("/api/plugins?state=enabled"), 400)
