"""The gauges of a made-up shop, some of them overdue."""

from collections.abc import Iterator

from shopdb.api import DemoAsset, DemoFloor, DemoRow

from .calibrations import FAILED, RESULTS, next_due

PERCENT = 5
KINDS = (
    ("Calliper", "Mahr", "MarCal 16 EWR", "0-150 mm", 365),
    ("Micrometer", "Mitutoyo", "293-240-30", "0-25 mm", 365),
    ("Plug gauge", "Hoffmann", "482300 H7", "10 H7", 730),
    ("Torque wrench", "Stahlwille", "730N/10", "10-50 Nm", 180),
)


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the gauges."""
    for number in range(1, 1 + floor.share(PERCENT)):
        yield _gauge(floor, number)


def _gauge(floor: DemoFloor, number: int) -> DemoAsset:
    rng = floor.rng
    name, maker, model, measures, interval = rng.choice(KINDS)
    on = floor.day(-rng.randrange(interval + 30))
    result = rng.choices(RESULTS, weights=(90, 8, 2))[0]
    due_on = next_due(result, on, interval)
    done = {"calibrated_on": on, "result": result, "due_on": due_on, "calibrated_by": floor.person().name}
    calibration = DemoRow("gauge_calibrations", {**done, "note": "sent to the maker" if result == FAILED else None})
    gauge = {"measures": measures, "interval_days": interval, "due_on": due_on, "calibration_id": calibration}
    return DemoAsset(
        prefix="GA",
        name=f"{name} {number:03}",
        type=name,
        place=floor.place("metrology", "inspection", "machining"),
        resource="gauges",
        model=(maker, model),
        serial_number=floor.shaped("@######"),
        rows=[calibration, DemoRow("gauges", gauge)],
    )
