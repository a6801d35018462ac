"""The PCs of a made-up shop: half of what stands there, a third of them beside the machines that they drive."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from shopdb.api import DemoAsset, DemoFloor, DemoRow

PERCENT = 50
NOT_COLLECTED = 0.04
"""The part of all PCs that no collector runs on."""

Title = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Role:
    """What PCs are there for: how many in a hundred, where, with which programs, driving how many machines."""

    kind: str
    percent: int
    prefix: str
    purposes: tuple[str, ...]
    models: tuple[tuple[str, str], ...]
    systems: tuple[tuple[str, str], ...]
    programs: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    most_driven: int = 0


WINDOWS_11 = ("Windows 11 Enterprise", "10.0.26100")
WINDOWS_10 = ("Windows 10 Enterprise", "10.0.19045")
WINDOWS_LTSC = ("Windows 10 IoT Enterprise LTSC", "10.0.19044")
WINDOWS_7 = ("Windows 7 Professional", "6.1.7601")
UBUNTU = ("Ubuntu 24.04.2 LTS", "24.04")
OFFICE_PCS = (("Dell Inc.", "OptiPlex 7010"), ("HP", "EliteDesk 800 G9"), ("LENOVO", "ThinkCentre M70q Gen 4"))
WORKSTATIONS = (("Dell Inc.", "Precision 3660"), ("HP", "Z2 Tower G9"), ("LENOVO", "ThinkStation P3"))
PANEL_PCS = (("Siemens AG", "SIMATIC IPC427E"), ("Beckhoff", "C6920"), ("Advantech", "UNO-2484G"))
MINI_PCS = (("ASUSTeK", "PN53"), ("Intel", "NUC11TNHi3"))
ROLES = (
    Role("standard", 32, "PC", ("office",), OFFICE_PCS, (WINDOWS_11, WINDOWS_11, WINDOWS_10)),
    Role("engineering", 12, "ENG", ("office",), WORKSTATIONS, (WINDOWS_11,), (
        ("Siemens NX", "Siemens", ("2306.4000", "2312.3001", "2406.1700")),
        ("Mastercam", "CNC Software", ("26.0.7445", "27.0.7022")),
        ("SOLIDWORKS", "Dassault Systèmes", ("31.5.0", "32.4.0")),
        ("VERICUT", "CGTech", ("9.4.1", "9.5")),
    )),
    Role("standard", 24, "WS", ("machining",), PANEL_PCS + OFFICE_PCS, (WINDOWS_LTSC, WINDOWS_10, WINDOWS_7), (
        ("DNC-Max Client", "CIMCO A/S", ("8.10.12", "24.01.08")),
        ("UltraVNC", "uvnc bvba", ("1.4.3.6",)),
    ), 3),
    Role("cmm", 8, "CMM", ("metrology",), WORKSTATIONS, (WINDOWS_10, WINDOWS_11), (
        ("PC-DMIS", "Hexagon", ("2022.1", "2023.2", "2024.1")),
        ("CALYPSO", "Carl Zeiss IQS", ("7.4.20", "7.6.04")),
    ), 1),
    Role("wax_trace", 3, "TRC", ("metrology",), OFFICE_PCS, (WINDOWS_10,), (
        ("FORMTRACEPAK", "Mitutoyo", ("5.607", "6.102")),
    ), 1),
    Role("heat_treat", 6, "HT", ("heat_treat",), PANEL_PCS, (WINDOWS_LTSC, WINDOWS_7), (
        ("InTouch HMI", "AVEVA", ("20.1.100", "23.0.0")),
        ("iTools", "Eurotherm", ("9.84",)),
    ), 2),
    Role("inspection", 8, "INS", ("inspection",), OFFICE_PCS, (WINDOWS_10, WINDOWS_11), (
        ("PolyWorks Inspector", "InnovMetric", ("22.0.15", "23.0.8")),
    ), 2),
    Role("dashboard", 5, "DASH", ("machining", "heat_treat"), MINI_PCS, (UBUNTU,)),
    Role("lobby_display", 2, "LOBBY", ("lobby",), MINI_PCS, (UBUNTU,)),
)  # fmt: skip
WINDOWS_PROGRAMS = (
    ("7-Zip", "Igor Pavlov", ("19.00", "23.01", "24.08")),
    ("Adobe Acrobat Reader", "Adobe", ("23.008.20555", "24.002.21005")),
    ("Cisco Secure Client", "Cisco Systems", ("5.0.05040", "5.1.2.42")),
    ("Google Chrome", "Google LLC", ("126.0.6478.127", "128.0.6613.138", "129.0.6668.71")),
    ("Microsoft 365 Apps for enterprise", "Microsoft Corporation", ("16.0.17531", "16.0.17928")),
    ("Microsoft Edge", "Microsoft Corporation", ("127.0.2651.98", "129.0.2792.52")),
    ("Microsoft Visual C++ 2015-2022 Redistributable (x64)", "Microsoft Corporation", ("14.38.33135", "14.40.33810")),
    ("Mozilla Firefox ESR", "Mozilla", ("115.15.0", "128.2.0")),
    ("Notepad++", "Notepad++ Team", ("8.5.8", "8.6.9")),
    ("VLC media player", "VideoLAN", ("3.0.18", "3.0.21")),
    ("Windows Defender", "Microsoft Corporation", ("4.18.24080",)),
)
UBUNTU_PROGRAMS = (
    ("chromium", "Ubuntu Developers", ("128.0.6613.119",)),
    ("openssh-server", "Ubuntu Developers", ("1:9.6p1-3ubuntu13.5",)),
    ("xserver-xorg", "Ubuntu Developers", ("1:7.7+23ubuntu3",)),
)
MAKERS_OF_CARDS = ("00:1b:21", "3c:ec:ef", "a0:36:9f", "d8:bb:c1")
MONITORS = (("Dell", "P2423D", "CN0#@@####"), ("EIZO", "EV2460", "########"), ("Iiyama", "XUB2493HS", "1187########"))
PROCESSORS = ("Intel(R) Core(TM) i5-13500T", "Intel(R) Core(TM) i7-13700", "Intel(R) Core(TM) i3-6100U")


def demo(floor: DemoFloor) -> Iterator[DemoAsset]:
    """Yield the PCs."""
    roles = floor.rng.choices(ROLES, weights=[role.percent for role in ROLES], k=floor.share(PERCENT))
    for number, role in enumerate(roles, 1):
        yield _pc(floor, role, f"{role.prefix}-PC-{number:04}" if role.prefix != "PC" else f"PC-{number:04}")


def _pc(floor: DemoFloor, role: Role, host: str) -> DemoAsset:
    rng = floor.rng
    system = rng.choice(role.systems)
    uuid = str(UUID(int=rng.getrandbits(128), version=4))
    user = floor.person()
    collected = rng.random() > NOT_COLLECTED
    computer = {
        "kind": role.kind,
        "os_name": system[0],
        "os_version": system[1],
        "os_architecture": "x86_64" if system is UBUNTU else "64-bit",
        "cpu": rng.choice(PROCESSORS),
        "memory_mb": rng.choice((8192, 16384, 32768)),
        "chassis_type": "Mini PC" if system is UBUNTU else "Desktop",
        "domain": "shop.example",
        "uuid": uuid,
        "agent_id": f"{host.lower()}-{uuid[:8]}" if collected else None,
        "last_user": f"u{user.badge}",
        "last_boot": floor.before_now(days=45),
    }
    return DemoAsset(
        prefix="PC",
        name=host,
        type="PC",
        place=floor.place(*role.purposes),
        resource="computers",
        model=rng.choice(role.models),
        serial_number=floor.shaped("#@@#@@3"),
        owner=user if role.prefix in ("PC", "ENG") else None,
        collected=collected,
        drives=rng.randint(1, role.most_driven) if role.most_driven else 0,
        software=_software(rng, role, system),
        rows=[DemoRow("computers", computer), *_parts(floor, role)],
    )


def _parts(floor: DemoFloor, role: Role) -> Iterator[DemoRow]:
    """Yield what is in and on a PC."""
    rng = floor.rng
    size = rng.choice((244_198, 488_386, 976_762))
    disk = {"name": "C:", "mount_point": "C:\\", "model": "Samsung SSD 980", "filesystem": "NTFS", "size_mb": size}
    yield DemoRow("computer_disks", {**disk, "free_mb": rng.randrange(size), "serial_number": floor.shaped("S64D##@@")})
    maker = rng.choice(MAKERS_OF_CARDS)
    yield floor.address(maker, "Ethernet")
    if role.most_driven:
        yield floor.address(maker, "Ethernet 2", is_machine_network=True)
    for made_by, model, serial in rng.sample(MONITORS, k=rng.choice((0, 1, 1, 2))):
        yield _monitor(floor, {"manufacturer": made_by, "model": model}, serial)


def _monitor(floor: DemoFloor, values: dict[str, Any], serial: str) -> DemoRow:
    return DemoRow("computer_monitors", {**values, "serial_number": floor.shaped(serial)})


def _software(rng: Random, role: Role, system: tuple[str, str]) -> list[Title]:
    common = UBUNTU_PROGRAMS if system is UBUNTU else WINDOWS_PROGRAMS
    return [
        (name, publisher, rng.choice(versions))
        for name, publisher, versions in (*common, *role.programs)
        if rng.random() < 0.9
    ]
