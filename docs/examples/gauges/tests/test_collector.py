from collections.abc import Callable
from datetime import date

from shopdb.testing import Client, Push

AddGauge = Callable[..., int]


def test_a_cradle_makes_a_gauge_known_and_then_keeps_its_battery(push: Push, client: Client) -> None:
    document = {"serial_number": "A031774", "name": "Calliper 4", "battery": 81}
    assert push(document).status == 201
    assert push(document).json["outcome"] == "unchanged"
    assert push({**document, "battery": 12}).json["outcome"] == "updated"
    (gauge,) = client.get("/api/gauges").json["items"]
    assert gauge["name"] == "Calliper 4"
    assert client.get(f"/api/gauges/{gauge['id']}").json["battery"] == 12


def test_a_cradle_says_nothing_of_calibrations(push: Push, client: Client, add_gauge: AddGauge) -> None:
    due_on = date(2030, 1, 31).isoformat()
    gauge_id = add_gauge(serial_number="A031774", due_on=due_on)
    answer = push({"serial_number": "A031774", "battery": 5, "due_on": "2040-01-01"})
    assert answer.json["id"] == gauge_id
    assert client.get(f"/api/gauges/{gauge_id}").json["due_on"] == due_on


def test_what_does_not_fit_the_schema_is_refused(push: Push) -> None:
    assert push({"serial_number": "A031774", "battery": 101}).status == 422
    assert push({"battery": 50}).status == 422
