"""The network of a made-up shop: switches with their ports, access points, a few routers and firewalls."""

from collections.abc import Iterator
from dataclasses import dataclass

from shopdb.api import DemoAsset, DemoFloor, DemoRow

PERCENT = 5
GIGABIT = 1_000_000_000
VLANS = ((10, "office"), (20, "machines"), (30, "printers"), (40, "cameras"), (99, "management"))
LINKED_TO = ("PC", "machine", "printer", "uplink", "spare", "?", "phone – Empfang", "DO NOT UNPLUG", "AP ceiling")  # noqa: RUF001 as on labels


@dataclass(frozen=True, slots=True)
class Device:
    """A sort of network device: how many in a hundred, where, and how many ports."""

    kind: str
    percent: int
    purposes: tuple[str, ...]
    models: tuple[tuple[str, str], ...]
    firmware: str
    ports: tuple[int, ...]
    object_id: str


DEVICES = (
    Device(
        "switch",
        45,
        ("server_room", "machining", "office"),
        (("Cisco", "Catalyst 9300-24T"), ("Aruba", "6200F 24G"), ("Hirschmann", "BOBCAT BRS20")),
        "17.9.5",
        (24, 24, 48),
        "1.3.6.1.4.1.9.1.2435",
    ),
    Device(
        "access_point",
        43,
        ("machining", "office", "storage", "heat_treat", "inspection"),
        (("Aruba", "AP-515"), ("Cisco", "Catalyst 9120AXI")),
        "8.10.0.6",
        (1,),
        "1.3.6.1.4.1.14823.1.2.111",
    ),
    Device("router", 6, ("server_room",), (("Cisco", "ISR 4331"),), "17.6.4", (4,), "1.3.6.1.4.1.9.1.2068"),
    Device(
        "firewall",
        6,
        ("server_room",),
        (("Fortinet", "FortiGate 100F"), ("Palo Alto Networks", "PA-440")),
        "7.2.8",
        (10,),
        "1.3.6.1.4.1.12356.101.1.1005",
    ),
)
PREFIXES = {"switch": "SW", "access_point": "AP", "router": "RT", "firewall": "FW"}


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the devices."""
    devices = floor.rng.choices(DEVICES, weights=[one.percent for one in DEVICES], k=floor.share(PERCENT))
    for number, device in enumerate(devices, 1):
        yield _made(floor, device, number)


def _made(floor: DemoFloor, device: Device, number: int) -> DemoAsset:
    rng = floor.rng
    maker, model = rng.choice(device.models)
    place = floor.place(*device.purposes)
    row = {
        "kind": device.kind,
        "firmware": device.firmware,
        "sys_object_id": device.object_id,
        "description": f"{maker} {model}, software {device.firmware}",
        "uptime": rng.randrange(3600, 86_400 * 900),
    }
    return DemoAsset(
        prefix="N",
        name=f"{PREFIXES[device.kind]}-B{place.building}-{number:03}",
        type=device.kind.replace("_", " ").capitalize(),
        place=place,
        resource="network_devices",
        model=(maker, model),
        serial_number=floor.shaped("FCW####@###"),
        point=floor.point(place) if device.kind == "access_point" else None,
        collected=True,
        rows=[
            DemoRow("network_devices", row),
            floor.address("00:1e:bd", "Vlan99"),
            *_ports(floor, rng.choice(device.ports)),
            *_vlans(floor, device),
        ],
    )


def _ports(floor: DemoFloor, count: int) -> Iterator[DemoRow]:
    rng = floor.rng
    for number in range(1, count + 1):
        is_up = rng.random() < 0.6
        yield DemoRow("network_ports", {
            "number": number,
            "name": f"Gi1/0/{number}",
            "description": rng.choice(LINKED_TO) if is_up else None,
            "mac": floor.shaped("00:1e:bd:%%:%%:%%"),
            "vlan": rng.choice(VLANS)[0],
            "status": "up" if is_up else "down",
            "speed": GIGABIT if is_up else None,
        })  # fmt: skip


def _vlans(floor: DemoFloor, device: Device) -> Iterator[DemoRow]:
    known = VLANS if device.kind != "access_point" else floor.rng.sample(VLANS, k=2)
    for number, name in known:
        yield DemoRow("network_vlans", {"number": number, "name": name})
