from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shopdb.api import utc_now
from shopdb.testing import Client

AddGauge = Callable[..., int]
TODAY = utc_now().date()


def test_what_is_due_is_listed_longest_overdue_first(client: Client, add_gauge: AddGauge) -> None:
    for number, days in enumerate((5, -40, 200)):
        add_gauge(f"GA-{number}", due_on=(TODAY + timedelta(days=days)).isoformat())
    add_gauge("GA-9")
    assert [one["number"] for one in client.get("/api/gauges/due").json["items"]] == ["GA-1", "GA-0"]
    assert [one["number"] for one in client.get("/api/gauges/due?days=0").json["items"]] == ["GA-1"]


@pytest.mark.parametrize("days", ["-1", "soon", "99999", "²", ""])
def test_days_that_are_none_are_refused(client: Client, days: str) -> None:
    answer = client.get("/api/gauges/due", query_string={"days": days})
    assert answer.status == 422
    assert "days must be a whole number" in answer.json["error"]["message"]


def test_a_calibration_is_noted(client: Client, add_gauge: AddGauge) -> None:
    gauge_id = add_gauge(interval_days=10)
    answer = client.post(f"/api/gauges/{gauge_id}/calibrations", {"result": "passed", "on": "2026-01-01"})
    assert answer.status == 201
    assert answer.json | {"id": 0} == {
        "id": 0, "gauge": gauge_id, "on": "2026-01-01", "result": "passed", "due_on": "2026-01-11", "by": "admin",
        "note": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"result": "good"}, "is no result"),
        ([], "is no result"),
        ({"result": "passed", "on": "yesterday"}, "on must be a date"),
        ({"result": "passed", "on": 20260101, "note": 7}, "on must be a date like 2026-01-31; note must be text"),
    ],
)
def test_a_body_that_does_not_do_is_refused(client: Client, add_gauge: AddGauge, body: Any, told: str) -> None:
    answer = client.post(f"/api/gauges/{add_gauge()}/calibrations", body)
    assert answer.status == 422
    assert told in answer.json["error"]["message"]


def test_who_may_not_calibrate_is_turned_away(client: Client, add_gauge: AddGauge) -> None:
    path = f"/api/gauges/{add_gauge()}/calibrations"
    for role in ("viewer", "technician"):
        assert client.as_role(role).post(path, {"result": "passed"}).status == 403
    assert client.as_role("technician", "gauges.calibrate").post(path, {"result": "passed"}).status == 201
    assert client.post("/api/gauges/999/calibrations", {"result": "passed"}).status == 404
