"""How people meet gauges. Calibrations are made at the bench or by their endpoint, never by a plain form."""

from shopdb.api import ASSETS, Field, describe

from .models import Calibration, Gauge

GAUGES = describe(
    Gauge,
    extends=ASSETS,
    title="Gauges",
    default_sort="due_on",
    fields=(
        Field("asset_number", "Number", listed=True),
        Field("name", "Name", listed=True),
        Field("measures", "Measures", listed=True, searched=True, help="such as 0-150 mm"),
        Field("due_on", "Due on", listed=True),
        Field("result", "Last result", path="calibration.result", listed=True),
        Field("location", "Location", listed=True),
        Field("interval_days", "Interval (days)", help="from one calibration to the next"),
        Field("certificate", "Certificate", searched=True, help="the number on the last one"),
        Field("battery", "Battery (%)", observed="collector"),
    ),
)

CALIBRATIONS = describe(
    Calibration,
    title="Calibrations",
    parent="asset",
    default_sort="-calibrated_on",
    writable=False,
    fields=(
        Field("asset", "Gauge", listed=True),
        Field("calibrated_on", "On", listed=True),
        Field("result", "Result", listed=True, searched=True),
        Field("due_on", "Next", listed=True),
        Field("calibrated_by", "By", listed=True),
        Field("note", "Note"),
    ),
)
