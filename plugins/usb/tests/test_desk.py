from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.usb.desk import Desk, UnknownCodeError, scan
from plugins.usb.models import UsbCheckout

Run = Callable[[Callable[[Session], Any]], Any]
Add = Callable[[str, str], int]


@pytest.fixture
def scans(write: Run) -> Callable[..., list[str]]:
    """Return what scans codes one after another, each in its own transaction, and returns what was told."""

    def run(*codes: str) -> list[str]:
        desk, told = Desk(), []
        for code in codes:
            desk, said = write(partial(scan, desk=desk, code=code))
            told.append(said)
        return told

    return run


@pytest.mark.usefixtures("device_id", "ana_id")
def test_a_device_and_then_a_badge_is_a_check_out(scans: Callable[..., list[str]]) -> None:
    assert scans("USB-1", "B-100", "USB-1") == [
        "Red stick (USB-1): who takes it?",
        "Red stick (USB-1) goes to Ana Ruiz.",
        "Red stick (USB-1) is back from Ana Ruiz.",
    ]


def test_a_badge_takes_forty_devices_in_a_row(
    scans: Callable[..., list[str]], read: Run, add_device: Add, ana_id: int
) -> None:
    numbers = [f"USB-{number}" for number in range(40)]
    for number in numbers:
        add_device(number, "Stick")
    told = scans("B-100", *numbers)
    assert told[0] == "Ana Ruiz takes the devices that follow."
    assert told[-1] == "Stick (USB-39) goes to Ana Ruiz."
    holders = read(lambda session: session.scalars(select(UsbCheckout.person_id)).all())
    assert holders == [ana_id] * 40


@pytest.mark.usefixtures("device_id", "ana_id", "bob_id")
def test_the_next_badge_takes_over(scans: Callable[..., list[str]]) -> None:
    assert scans("B-100", "B-200", "USB-1")[-1] == "Red stick (USB-1) goes to Bob Lund."


@pytest.mark.usefixtures("device_id", "ana_id")
def test_numbers_serial_numbers_badges_and_names_are_found_in_any_case(scans: Callable[..., list[str]]) -> None:
    for code in ("usb-1", "s-usb-1", "red stick", "RED"):
        assert scans(code) == ["Red stick (USB-1): who takes it?"]
    for code in ("b-100", "ana ruiz", "ruiz"):
        assert scans(code) == ["Ana Ruiz takes the devices that follow."]


@pytest.mark.usefixtures("device_id", "ana_id")
def test_a_number_goes_before_a_name_that_holds_it(scans: Callable[..., list[str]], add_device: Add) -> None:
    add_device("USB-2", "the old USB-1")
    assert scans("USB-1") == ["Red stick (USB-1): who takes it?"]


@pytest.mark.usefixtures("device_id", "ana_id")
def test_a_code_that_could_be_several_names_them(scans: Callable[..., list[str]], add_device: Add) -> None:
    add_device("USB-2", "Red stick")
    with pytest.raises(UnknownCodeError, match=r"Red stick \(USB-1\), Red stick \(USB-2\)"):
        scans("Red stick")


@pytest.mark.parametrize("code", ["nobody", "", "  ", "%", "_", "[/foo]", "\x1b[2J", "'; --"])
@pytest.mark.usefixtures("device_id", "ana_id")
def test_a_code_that_means_nothing_does_nothing(scans: Callable[..., list[str]], read: Run, code: str) -> None:
    with pytest.raises(UnknownCodeError, match="No device and nobody is known as"):
        scans(code)
    assert read(lambda session: session.scalars(select(UsbCheckout.id)).all()) == []
