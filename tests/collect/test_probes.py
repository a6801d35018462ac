import pytest

from shopdb.collect import linux, macos, windows
from shopdb.collect.inventory import Inventory
from shopdb.collect.probes import Platform, Probe, observe
from shopdb.exceptions import ProbeFailedError


def broken(failure: Exception) -> Probe:
    def read() -> Inventory:
        raise failure

    return Probe("software", read)


def test_the_parts_make_one_inventory() -> None:
    found, warnings = observe(
        [
            Probe("name", lambda: Inventory(hostname="lathe-7", domain="")),
            Probe("disks", lambda: Inventory(disks=[])),
        ]
    )

    assert found == {"hostname": "lathe-7", "disks": []}
    assert warnings == ()


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ProbeFailedError("rpm", "it ended with 1"), "software left out: rpm: it ended with 1"),
        (
            PermissionError(13, "Permission denied", "/sys/class/dmi/id/product_serial"),
            "software left out: /sys/class/dmi/id/product_serial is readable by an administrator only",
        ),
        (KeyError("x"), "software left out: 'x'"),
        (RuntimeError(), "software left out: RuntimeError"),
        (ValueError("\x1b[2J"), "software left out:  [2J"),
    ],
)
def test_a_failed_probe_leaves_its_part_absent_and_says_why(failure: Exception, told: str) -> None:
    found, warnings = observe([broken(failure), Probe("name", lambda: Inventory(hostname="lathe-7"))])

    assert found == {"hostname": "lathe-7"}
    assert warnings == (told,)


@pytest.mark.parametrize("platform", [linux, windows, macos])
def test_every_platform_asks_for_every_part(platform: Platform) -> None:
    names = {probe.name for probe in platform.probes()}

    assert {"hostname", "operating system", "architecture", "memory", "network cards"} <= names
    assert {"addresses", "disks", "monitors", "software", "last user", "last boot"} <= names
    assert len(names) == len(platform.probes())
