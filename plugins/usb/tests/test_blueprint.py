from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.usb.blueprint import BodyRefusedError, make_blueprint
from plugins.usb.checkouts import DeviceIsBackError, DeviceIsOutError
from shopdb.plugins.access import ShopAccess, granted

Run = Callable[[Callable[[Session], Any]], Any]


@pytest.fixture
def client(read: Run, write: Run) -> Iterator[FlaskClient]:
    """Return a client of an application that has these endpoints alone and lets errors through."""
    app = Flask(__name__)
    app.testing = True
    app.register_blueprint(make_blueprint(), url_prefix="/api/usb")
    with granted(ShopAccess(read=read, write=lambda _label, work: write(work))):
        yield app.test_client()


def test_a_device_is_checked_out_and_in(client: FlaskClient, device_id: int, ana_id: int) -> None:
    out = client.post("/api/usb/checkouts", json={"device": device_id, "person": ana_id, "due_on": "2030-01-31"})
    assert out.status_code == 201
    assert out.json is not None
    assert (out.json["holder"], out.json["due_on"], out.json["returned_at"]) == ("Ana Ruiz", "2030-01-31", None)

    with pytest.raises(DeviceIsOutError, match="is with Ana Ruiz since"):
        client.post("/api/usb/checkouts", json={"device": device_id, "person": ana_id})

    back = client.post(f"/api/usb/checkouts/{out.json['id']}/return")
    assert back.json is not None
    assert back.json["returned_at"] is not None
    with pytest.raises(DeviceIsBackError):
        client.post(f"/api/usb/checkouts/{out.json['id']}/return")


@pytest.mark.parametrize("body", [[], {}, {"device": "1", "person": True}, {"device": None, "person": 1.5}])
def test_ids_that_are_none_are_named_together(client: FlaskClient, body: Any) -> None:
    with pytest.raises(BodyRefusedError, match="device must be a record's id; person must be a record's id"):
        client.post("/api/usb/checkouts", json=body)


@pytest.mark.parametrize(
    ("member", "value"), [("due_on", "tomorrow"), ("due_on", 20300131), ("note", 7), ("note", "x" * 256)]
)
def test_other_members_are_checked_too(client: FlaskClient, member: str, value: object) -> None:
    with pytest.raises(BodyRefusedError, match=f"{member} must be"):
        client.post("/api/usb/checkouts", json={"device": 1, "person": 1, member: value})
