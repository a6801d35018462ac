"""A few screens as a whole, compared with pictures that somebody has looked at.

After a change that is meant: `pytest tests/tui/test_pictures.py --snapshot-update`, and look at each that differs.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Self

import pytest
from textual.pilot import Pilot

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.services import records
from shopdb.tui.widgets import header
from tests.tui.shop_app import App, sign_in_as
from tests.tui.waiting import until

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

BEN = Origin("ben", "terminal", label="set up")
NARROW, WIDE = (80, 24), (120, 40)
Compare = Callable[..., bool]


class Quarter(datetime):
    """A clock that has stopped."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 3, 2, 17, 42, tzinfo=tz)


@pytest.fixture(autouse=True)
def _few_records(shop: Shop, site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "datetime", Quarter)
    sign_in_as(shop, site, "admin")
    hall = create(shop, "locations", name="Hall 2")
    machine = create(shop, "equipment", name="CMM-1", asset_number="M-104", location=Ref(hall))
    create(shop, "printers", name="Label printer", location=Ref(hall))
    create(shop, "usb_devices", name="Stick 17")
    create(shop, "computers", name="WS-CELL4", serial_number="5CG1234X", os_name="Windows 10 Pro")
    create(shop, "computers", name="Prüfstand mit einem langen Namen, der nicht paßt", serial_number="ÄÖÜ-1")
    create(shop, "computers", name="[/foo] [@click=app.quit]x\u202eabc", notes="[b]not bold[/b]\nsecond line")
    pc = create(shop, "computers", name="WS-CMM1", serial_number="5CG8841K", os_name="Debian GNU/Linux 12")
    create(shop, "asset_relationships", source=Ref(pc), type=Ref(None, "drives"), target=Ref(machine))


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(BEN, lambda session: records.create(session, shop.catalog[resource], values)).id


def is_there(app: App, words: str) -> bool:
    return words in app.text and not app.jobs.busy


def after(*steps: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Return what presses keys, and where it says "has ...", waits until that is seen and nothing more is read."""

    async def pressed(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, App)
        for step in steps:
            words = step.removeprefix("has ")
            if words == step:
                await pilot.press(step)
                words = ""
            await until(partial(is_there, app, words))
        await pilot.pause()

    return pressed


@pytest.mark.parametrize(
    ("area", "size", "steps"),
    [
        pytest.param("dashboard", NARROW, ("has Debian GNU", "has Network devices quiet"), id="dashboard"),
        pytest.param("computers", WIDE, ("has 5CG8841K",), id="list"),
        pytest.param("computers", NARROW, ("has 5CG8841K", "G", "enter", "has Overview"), id="record"),
        pytest.param("computers", NARROW, ("has 5CG8841K", "G", "e", "has Serial number"), id="form"),
        pytest.param("plugins", NARROW, ("has comes with shopdb",), id="plugins"),
    ],
)
def test_it_looks_as_it_did(
    site: Settings, snap_compare: Compare, area: str, size: tuple[int, int], steps: tuple[str, ...]
) -> None:
    assert snap_compare(App(site, area=area), terminal_size=size, run_before=after(*steps))
