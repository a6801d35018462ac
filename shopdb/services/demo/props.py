"""What stands in a shop that no plugin knows: gauges, benches, trucks, spare power. It fills the shop up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counting

from shopdb.domain.demo import DemoAsset, DemoFloor, DemoRow


@dataclass(frozen=True, slots=True)
class Prop:
    """A kind of plain asset; ``upkeep`` is what has to be done to it, and every how many days."""

    prefix: str
    type: str
    models: tuple[tuple[str, str], ...]
    serial: str
    purposes: tuple[str, ...]
    upkeep: tuple[str, int] | None = None


YEARLY = ("Calibration", 365)
TESTED = ("Safety inspection", 365)
PROPS = (
    Prop("G", "Micrometer", (("Mitutoyo", "293-240-30"), ("Starrett", "795XFL-1")), "########", ("machining",), YEARLY),
    Prop("G", "Calliper", (("Mitutoyo", "500-196-30"), ("Mahr", "MarCal 16 EWRi")), "########", ("machining",), YEARLY),
    Prop("G", "Height gauge", (("Trimos", "V5-700"),), "V5-####", ("metrology", "inspection"), YEARLY),
    Prop("G", "Torque wrench", (("Norbar", "Pro 200"),), "N######", ("storage",), ("Calibration", 180)),
    Prop("F", "Furniture", (("Lista", "Workbench 2000"), ("Lista", "Drawer cabinet 1000")), "", ("storage", "office")),
    Prop("T", "Forklift", (("Linde", "E16"), ("Jungheinrich", "EFG 216")), "H2X###@#####", ("storage",), TESTED),
    Prop("T", "Hoist", (("Demag", "DC-Pro 5"),), "########", ("machining",), TESTED),
    Prop("U", "UPS", (("APC", "Smart-UPS SMT1500RM2U"), ("Eaton", "9PX 3000i")), "AS####@#####", ("server_room",)),
)


def fill(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield plain assets without end."""
    rng = floor.rng
    for number in counting(1):
        prop = rng.choice(PROPS)
        place = floor.place(*prop.purposes)
        yield DemoAsset(
            prefix=prop.prefix,
            name=f"{prop.type} {number}",
            type=prop.type,
            place=place,
            model=rng.choice(prop.models),
            serial_number=floor.shaped(prop.serial) or None,
            owner=floor.person() if prop.prefix == "G" else None,
            point=floor.point(place) if prop.prefix == "F" else None,
            rows=[_plan(floor, *prop.upkeep)] if prop.upkeep else (),
        )


def _plan(floor: DemoFloor, what: str, every_days: int) -> DemoRow:
    """Return a maintenance plan; one in twenty is overdue."""
    due_on = floor.day(floor.rng.randrange(-every_days // 20, every_days))
    return DemoRow("maintenance_plans", {"name": what, "every_days": every_days, "due_on": due_on})
