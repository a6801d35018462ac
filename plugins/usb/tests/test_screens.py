import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import RichLog

from plugins.usb.models import UsbCheckout
from plugins.usb.screens import DeskScreen
from shopdb.api import ScreenContext

Run = Callable[[Callable[[Session], Any]], Any]
PATIENCE = 20  # seconds before a wait is a failure


class Terminal(App[None]):
    """A terminal that counts its bells."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__()
        self.desk = DeskScreen(context)
        self.bells = 0

    def on_mount(self) -> None:
        self.push_screen(self.desk)

    def bell(self) -> None:
        self.bells += 1

    @property
    def told(self) -> list[str]:
        return [line.text.rstrip() for line in self.desk.query_one(RichLog).lines]


@pytest.fixture
def terminal(read: Run, write: Run) -> Terminal:
    """Return a terminal whose first screen is the desk."""
    return Terminal(ScreenContext(read=read, write=lambda _label, work: write(work), open=lambda *_: None))


async def type_codes(pilot: Pilot[None], *codes: str) -> None:
    """Type codes as a scanner does: each ended by Enter, without waiting for what they do."""
    for code in codes:
        await pilot.press(*code, "enter")


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application work until `holds()`."""
    for _ in range(PATIENCE * 100):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come to hold")


@pytest.mark.usefixtures("device_id", "ana_id")
def test_scans_are_done_in_order_and_told(terminal: Terminal, read: Run) -> None:
    async def story() -> None:
        async with terminal.run_test(size=(80, 24)) as pilot:
            await type_codes(pilot, "USB-1", "B-100", "nonsense")
            await until(pilot, lambda: len(terminal.told) >= 3)
            assert terminal.told[:2] == ["Red stick (USB-1): who takes it?", "Red stick (USB-1) goes to Ana Ruiz."]
            assert terminal.told[2].startswith("NOT done: No device and nobody is known as 'nonsense'")
            assert terminal.bells == 1

    asyncio.run(story())
    assert read(lambda session: session.scalars(select(UsbCheckout.holder)).all()) == ["Ana Ruiz"]


@pytest.mark.usefixtures("device_id", "ana_id")
def test_escape_forgets_what_waits_and_then_leaves(terminal: Terminal) -> None:
    async def story() -> None:
        async with terminal.run_test(size=(80, 24)) as pilot:
            await type_codes(pilot, "USB-1")
            await until(pilot, lambda: len(terminal.told) == 1)
            await pilot.press("escape")
            assert terminal.told[-1] == "Cleared."
            assert terminal.screen is terminal.desk
            await pilot.press("escape")
            await until(pilot, lambda: terminal.screen is not terminal.desk)

    asyncio.run(story())
