"""The printers of a made-up shop, with supplies at every level that printers report, and at those they do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shopdb.api import DemoAsset, DemoFloor, DemoRow

PERCENT = 6
NO_LIMIT, UNKNOWN, SOME_LEFT = -1, -2, -3


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of printer: how many in a hundred, where, what it uses up, and the sheets in its trays."""

    type: str
    percent: int
    purposes: tuple[str, ...]
    models: tuple[tuple[str, str], ...]
    supplies: tuple[tuple[str, str, str], ...]
    trays: tuple[int, ...]


BLACK = ("Black toner", "toner", "black")
WASTE = ("Waste toner box", "waste", "")
COLOURS = (("Cyan toner", "toner", "cyan"), ("Magenta toner", "toner", "magenta"), ("Yellow toner", "toner", "yellow"))
SORTS = (
    Sort("Laser printer", 40, ("office", "machining", "inspection"), (
        ("HP", "LaserJet Enterprise M611dn"),
        ("Brother", "HL-L6400DW"),
        ("Kyocera", "ECOSYS P3155dn"),
    ), (BLACK, ("Maintenance kit", "fuser", "")), (550, 100)),
    Sort("Colour copier", 25, ("office",), (
        ("RICOH", "IM C3000"),
        ("Konica Minolta", "bizhub C360i"),
    ), (BLACK, *COLOURS, WASTE), (550, 550, 100)),
    Sort("Label printer", 35, ("storage", "inspection", "machining"), (
        ("Zebra", "ZT411"),
        ("SATO", "CL4NX Plus"),
    ), (("Ribbon", "ribbon", "black"),), ()),
)  # fmt: skip
STATES = ("idle", "idle", "idle", "printing", "warmup", "other")
ERRORS = ("low toner", "no paper", "jammed", "door open", "service requested")


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the printers."""
    sorts = floor.rng.choices(SORTS, weights=[sort.percent for sort in SORTS], k=floor.share(PERCENT))
    for number, sort in enumerate(sorts, 1):
        yield _printer(floor, sort, number)


def _printer(floor: DemoFloor, sort: Sort, number: int) -> DemoAsset:
    rng = floor.rng
    place = floor.place(*sort.purposes)
    host = f"{'LBL' if sort.type == 'Label printer' else 'PRN'}-B{place.building}-{number:03}"
    total = rng.randrange(500, 900_000)
    printer = {
        "host_name": f"{host.lower()}.shop.example",
        "firmware": floor.shaped("24##.##_@##"),
        "printer_status": rng.choice(STATES),
        "errors": [rng.choice(ERRORS)] if rng.random() < 0.1 else [],
        "pages": {"total": total, "color": total // 3} if WASTE in sort.supplies else {"total": total},
    }
    return DemoAsset(
        prefix="P",
        name=host,
        type=sort.type,
        place=place,
        resource="printers",
        model=rng.choice(sort.models),
        serial_number=floor.shaped("@@@#@#####"),
        point=floor.point(place),
        collected=rng.random() < 0.95,
        rows=[
            DemoRow("printers", printer),
            floor.address("30:05:5c", "eth0"),
            *(_supply(floor, *supply) for supply in sort.supplies),
            *(_tray(floor, *tray) for tray in enumerate(sort.trays, 1)),
        ],
    )


def _supply(floor: DemoFloor, name: str, kind: str, color: str) -> DemoRow:
    level, capacity = _level(floor, 100)
    values: dict[str, Any] = {"name": name, "kind": kind, "color": color or None, "unit": "percent"}
    return DemoRow("printer_supplies", {**values, "level": level, "capacity": capacity})


def _tray(floor: DemoFloor, number: int, sheets: int) -> DemoRow:
    level, capacity = _level(floor, sheets)
    return DemoRow("printer_trays", {"name": f"Tray {number}", "media": "A4", "level": level, "capacity": capacity})


def _level(floor: DemoFloor, full: int) -> tuple[int, int]:
    """Return level and capacity as a printer reports them; some know no amounts (RFC 3805)."""
    rng = floor.rng
    amount, words = (rng.randint(0, full), full), (rng.choice((NO_LIMIT, UNKNOWN, SOME_LEFT)), UNKNOWN)
    return words if rng.random() < 0.15 else amount
