from collections.abc import Callable
from datetime import date, timedelta

import pytest

from shopdb.api import ShopdbError, ValueRefusedError, utc_now
from shopdb.testing import Client, Plugin, Shop

AddGauge = Callable[..., int]
TODAY = utc_now().date()


@pytest.mark.parametrize(
    ("result", "due_on"),
    [("passed", date(2026, 3, 2)), ("adjusted", date(2026, 3, 2)), ("failed", date(2026, 1, 31))],
)
def test_what_passes_is_due_after_its_interval_and_what_fails_at_once(
    plugin: Plugin, result: str, due_on: date
) -> None:
    assert plugin.module("calibrations").next_due(result, date(2026, 1, 31), 30) == due_on


def test_a_calibration_is_kept_and_sets_the_next_day(
    shop: Shop, plugin: Plugin, client: Client, add_gauge: AddGauge
) -> None:
    gauge_id = add_gauge(interval_days=90)
    calibrate = plugin.module("calibrations").calibrate
    before = client.get(f"/api/gauges/{gauge_id}").json
    shop.write(lambda session: calibrate(session, gauge_id, "adjusted", note="jaws cleaned").id)
    after = client.get(f"/api/gauges/{gauge_id}").json
    assert (after["due_on"], after["result"]) == ((TODAY + timedelta(days=90)).isoformat(), "adjusted")
    assert after["version"] > before["version"]
    done = client.get("/api/gauge_calibrations").json["items"]
    assert [(one["result"], one["calibrated_by"], one["calibrated_on"]) for one in done] == [
        ("adjusted", "admin", TODAY.isoformat())
    ]


def test_calibrating_needs_its_own_permission(shop: Shop, plugin: Plugin, add_gauge: AddGauge) -> None:
    gauge_id = add_gauge()
    calibrate = plugin.module("calibrations").calibrate
    with pytest.raises(ShopdbError, match=r"gauges\.calibrate"):
        shop.as_role("technician").write(lambda session: calibrate(session, gauge_id, "passed"))
    inspector = shop.as_role("technician", "gauges.calibrate")
    assert inspector.write(lambda session: calibrate(session, gauge_id, "passed").result) == "passed"


def test_what_no_calibration_can_be_is_refused(shop: Shop, plugin: Plugin, add_gauge: AddGauge) -> None:
    gauge_id = add_gauge()
    calibrate = plugin.module("calibrations").calibrate
    with pytest.raises(ValueRefusedError, match="'good' is no result; there are passed, adjusted, failed"):
        shop.write(lambda session: calibrate(session, gauge_id, "good"))
    with pytest.raises(ValueRefusedError, match="still to come"):
        shop.write(lambda session: calibrate(session, gauge_id, "passed", on=TODAY + timedelta(days=1)))
    with pytest.raises(ShopdbError, match="999"):
        shop.write(lambda session: calibrate(session, 999, "passed"))
