"""A few dozen gauges in which everything is there: nothing, the same twice, both ends of a link."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.kinds import Kind, Ref
from shopdb.services import records
from shopdb.store import changes
from shopdb.store.schema import table_of
from tests.gauges import ADA, GAUGES, READINGS, Gauge

NAMES = ("Dial", "dial", "Caliper", "caliper 2", "Plug 10", "plug10x", "Ring", "DIALX", "Ä 1", "www the", "Ring")
COUNT = 44


def fill(shop: Shop) -> None:
    """Create the gauges."""
    shop.write(ADA, _create)


def _create(session: Session) -> None:
    catalog = session.info["schema"].catalog
    for resource, names in (
        ("locations", ("Bay 1", "bay 2", "Hall")),
        ("vendors", ("Acme", "acme 2", "Zett")),
        ("people", ("Kim", "Lee")),
        ("tags", ("lab", "Old", "hot")),
    ):
        for name in names:
            records.create(session, catalog[resource], {"name": name})
    made: list[int] = []
    for number in range(COUNT):
        record = records.create(session, GAUGES, _values(number, made))
        made.append(record.id)
        if number % 4 == 0:
            reading = {"gauge": Ref(record.id), "name": f"Check {number % 3}", "value": number * 100}
            records.create(session, READINGS, reading)
    table = table_of(Gauge)
    for row in session.connection().execute(table.select()).mappings().all():
        changes.update_row(session, table, dict(row), {"reading": row["asset_id"] % 3 or None})


def _values(number: int, made: list[int]) -> dict[str, Any]:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "name": NAMES[number % len(NAMES)],
        "serial_number": f"SN-{number:03}" if number % 3 else None,
        "range_mm": Decimal(number % 5) / 8 if number % 4 else None,
        "unit": ("mm", "inch", None)[number % 3],
        "bought_on": date(2020 + number % 4, 2, 28) if number % 5 else None,
        "checked_at": moment + timedelta(microseconds=number % 6) if number % 7 else None,
        "is_digital": number % 2 == 0,
        "uses": number % 4,
        "ip": f"10.0.0.{number % 9}" if number % 2 else None,
        "settings": {"n": number},
        "maker": Ref(None, ("Acme", "acme 2", "Zett")[number % 3]) if number % 4 else None,
        "master": Ref(made[number // 2]) if number % 5 == 1 else None,
        "location": Ref(None, ("Bay 1", "bay 2", "Hall")[number % 3]) if number % 6 else None,
        "keepers": tuple(Ref(None, name) for at, name in enumerate(("Kim", "Lee")) if number >> at & 1),
        "tags": tuple(Ref(None, name) for at, name in enumerate(("lab", "Old", "hot")) if number >> at & 1),
        "serves": (Ref(made[number // 3]),) if number % 7 == 3 else (),
        "notes": "none" if number % 10 == 1 else f"line {number}\nline 50% _\\" if number % 3 else None,
    }
    assert {field.kind for field in GAUGES.fields if field.name in values} > {Kind.LINKS, Kind.JSON}
    return values
