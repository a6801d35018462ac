"""The notices of a made-up shop: some hold now, some have held, one is yet to come."""

from collections.abc import Iterator
from datetime import timedelta

from shopdb.api import DemoFloor, DemoRow

NOTICES = (
    ("Compressed air off Saturday 06:00-10:00", "All machines in the bays. Drain the lines before.", "warning", 1, 3),
    ("Furnace 2 argon supply low", "Next delivery tomorrow. No new loads until then.", "critical", -1, 2),
    ("Network maintenance tonight 22:00", "PCs on the machine network lose their DNC for ten minutes.", "info", -1, 1),
    ("Neue Prüfpläne für Turbinenschaufeln", "Siehe Laufwerk Q. Bitte ab sofort verwenden.", "info", -10, None),
    ("Fire drill", "Meeting point is the car park by receiving.", "info", -20, -19),
    ("CMM lab closed for audit", "Ask Quality for urgent measurements.", "warning", -40, -38),
)
"""Title, text, severity, and from how many to how many days from now."""


def demo(floor: DemoFloor) -> Iterator[DemoRow]:
    """Yield the notices; every other one concerns one business unit."""
    for number, (title, text, severity, start, end) in enumerate(NOTICES):
        yield DemoRow("notifications", {
            "title": title,
            "text": text,
            "severity": severity,
            "valid_from": floor.now + timedelta(days=start),
            "valid_until": None if end is None else floor.now + timedelta(days=end),
            "business_unit_id": floor.place("office").business_unit_id if number % 2 else None,
        })  # fmt: skip
