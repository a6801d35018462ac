"""What the tests of this plugin begin with."""

from collections.abc import Callable
from typing import Any

import pytest

from shopdb.testing import Client

pytest_plugins = ["shopdb.testing"]

AddGauge = Callable[..., int]


@pytest.fixture
def add_gauge(client: Client) -> AddGauge:
    """Return what adds a gauge and returns its id."""

    def add(number: str = "GA-1", name: str = "Calliper", **more: Any) -> int:
        answer = client.post("/api/gauges", {"asset_number": number, "name": name, **more})
        assert answer.status == 201, answer.text
        gauge_id: int = answer.json["id"]
        return gauge_id

    return add
