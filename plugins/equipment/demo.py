"""The machines of a made-up shop, where they stand, and what has to be done to them when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from shopdb.api import DemoAsset, DemoFloor, DemoRow

PERCENT = 24
DEMO_PORT = 5000


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of machine: how many in a hundred, where, and what is done to it, every how many days."""

    type: str
    percent: int
    purpose: str
    models: tuple[tuple[str, str, str], ...]
    upkeep: tuple[tuple[str, int], ...]
    on_network: bool = True


SPINDLE = ("Spindle service", 365)
LUBRICATION = ("Lubrication", 90)
GEOMETRY = ("Ballbar test", 180)
CALIBRATION = ("Calibration", 365)
PYROMETRY = ("Temperature uniformity survey", 90)
SORTS = (
    Sort("5-axis mill", 22, "machining", (
        ("DMG MORI", "DMU 50", "SIEMENS SINUMERIK 840D sl"),
        ("Mazak", "VARIAXIS i-600", "MAZATROL SmoothX"),
        ("Hermle", "C 42 U", "HEIDENHAIN TNC 640"),
    ), (SPINDLE, LUBRICATION, GEOMETRY)),
    Sort("Vertical mill", 16, "machining", (
        ("Haas", "VF-2SS", "Haas NGC"),
        ("Okuma", "GENOS M560-V", "OSP-P300MA"),
    ), (SPINDLE, LUBRICATION)),
    Sort("Lathe", 16, "machining", (
        ("Okuma", "LB3000 EX II", "OSP-P300LA"),
        ("Mazak", "QUICK TURN 250", "MAZATROL SmoothG"),
        ("Haas", "ST-20", "Haas NGC"),
    ), (SPINDLE, LUBRICATION)),
    Sort("Grinder", 8, "machining", (
        ("Studer", "S33", "FANUC 0i-TF"),
        ("Blohm", "PLANOMAT HP 408", "SIEMENS SINUMERIK 840D sl"),
    ), (LUBRICATION, GEOMETRY)),
    Sort("Wire EDM", 6, "machining", (("Sodick", "AL600G", "SP"), ("Makino", "U6", "Hyper-i")), (LUBRICATION,)),
    Sort("CMM", 9, "metrology", (
        ("Hexagon", "GLOBAL S 9.12.8", "DC800S"),
        ("ZEISS", "CONTURA 7/10/6", "C99"),
        ("Mitutoyo", "CRYSTA-Apex V776", "UC480"),
    ), (CALIBRATION, ("Air filter", 180))),
    Sort("Contour tracer", 3, "metrology", (
        ("Mitutoyo", "Formtracer Avant FTA-H4", ""),
    ), (CALIBRATION,), on_network=False),
    Sort("Vacuum furnace", 7, "heat_treat", (
        ("Ipsen", "TITAN H2", "CompuVac"),
        ("SECO/WARWICK", "Vector", "SIEMENS SIMATIC S7-1500"),
    ), (PYROMETRY, ("Leak test", 30))),
    Sort("Quench tank", 2, "heat_treat", (("Wisconsin Oven", "WSQ", ""),), (("Oil analysis", 180),), on_network=False),
    Sort("Vision system", 6, "inspection", (
        ("Keyence", "IM-8020", "IM-8001"),
        ("OGP", "SmartScope ZIP 300", "ZONE3"),
    ), (CALIBRATION,)),
    Sort("Laser marker", 5, "inspection", (("TRUMPF", "TruMark 5020", "TruTops Mark"),), (("Optics", 180),)),
)  # fmt: skip
STATES = ("AVAILABLE", "AVAILABLE", "AVAILABLE", "UNAVAILABLE")
DONE_NOTES = (None, None, "as found: in tolerance", "öl nachgefüllt", "adjusted, see certificate", "belt replaced")


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the machines."""
    sorts = floor.rng.choices(SORTS, weights=[sort.percent for sort in SORTS], k=floor.share(PERCENT))
    for number, sort in enumerate(sorts, 101):
        yield _machine(floor, sort, number)


def _machine(floor: DemoFloor, sort: Sort, number: int) -> DemoAsset:
    maker, model, controller = floor.rng.choice(sort.models)
    place = floor.place(sort.purpose)
    talks = sort.on_network and floor.rng.random() < 0.8
    address = floor.address("00:e0:4b", "X1", is_machine_network=True) if talks else None
    machine = {
        "controller": controller or None,
        "firmware": floor.shaped("#.##.#") if controller else None,
        "protocol": floor.rng.choice(("MTConnect", "MTConnect", "OPC UA")) if talks else None,
        "endpoint": f"http://{address.values['ip']}:{DEMO_PORT}" if address else None,
        "uuid": str(UUID(int=floor.rng.getrandbits(128), version=4)) if talks else None,
        "availability": floor.rng.choice(STATES) if talks else None,
    }
    return DemoAsset(
        prefix="M",
        name=f"{sort.type} {number}",
        type=sort.type,
        place=place,
        resource="equipment",
        is_machine=True,
        model=(maker, model),
        serial_number=floor.shaped("@@######"),
        owner=floor.person() if floor.rng.random() < 0.3 else None,
        point=floor.point(place) if floor.rng.random() < 0.9 else None,
        collected=talks,
        rows=[DemoRow("equipment", machine), *([address] if address else ()), *_upkeep(floor, sort)],
    )


def _upkeep(floor: DemoFloor, sort: Sort) -> Iterator[DemoRow]:
    """Yield what has to be done, one in twelve overdue, and the times that it was done."""
    rng = floor.rng
    for what, every_days in sort.upkeep:
        overdue = rng.random() < 0.08
        in_days = -rng.randrange(1, 40) if overdue else rng.randrange(every_days)
        plan = DemoRow("maintenance_plans", {"name": what, "every_days": every_days, "due_on": floor.day(in_days)})
        yield plan
        for times in range(1, 1 + rng.randrange(4)):
            done_at = floor.now - timedelta(days=times * every_days - in_days, minutes=rng.randrange(480))
            if done_at < floor.now:
                yield DemoRow("maintenance_tasks", {
                    "plan_id": plan,
                    "done_at": done_at,
                    "done_by_id": floor.person().id,
                    "passed": rng.random() < 0.95,
                    "note": rng.choice(DONE_NOTES),
                })  # fmt: skip
