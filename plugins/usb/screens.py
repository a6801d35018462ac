"""The desk as a screen: one line to scan into, and what was done."""

import asyncio
from functools import partial
from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, RichLog, Static

from shopdb.api import ScreenContext, ShopdbError

from .desk import Desk, scan

PROMPT = "Scan a device, or first a badge for several devices."


class DeskScreen(Screen[None]):
    """Scans are taken as fast as they come and done one after another, each in a transaction of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "clear", "Back")]

    def __init__(self, context: ScreenContext) -> None:
        super().__init__()
        self._shop = context
        self._desk = Desk()
        self._codes: asyncio.Queue[str] = asyncio.Queue()
        self._scans_to_do = 0

    def compose(self) -> ComposeResult:
        """A prompt, the line, and the log."""
        yield Static(PROMPT, id="desk-prompt", markup=False)
        yield Input(placeholder="label, serial number, badge or name", id="desk-code")
        yield RichLog(id="desk-log", wrap=True, markup=False, highlight=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to take scans."""
        self.query_one(Input).focus()
        self.run_worker(self._serve())

    @on(Input.Submitted)
    def _take(self, typed: Input.Submitted) -> None:
        typed.input.clear()
        if typed.value.strip():
            self._scans_to_do += 1
            self._codes.put_nowait(typed.value.strip())

    def action_clear(self) -> None:
        """Forget the waiting device or taker; leave the screen when there is none and every scan is done."""
        if self._scans_to_do:
            self.app.bell()
        elif self._desk == Desk():
            self.dismiss()
        else:
            self._show(Desk(), "Cleared.")

    async def _serve(self) -> None:
        while True:
            code = await self._codes.get()
            desk = self._desk
            work = partial(scan, desk=desk, code=code)
            try:
                self._show(*await asyncio.to_thread(self._shop.write, f"scan {code}", work))
            except (ShopdbError, SQLAlchemyError) as refused:
                self.app.bell()
                self._show(desk, f"NOT done: {refused}")
            self._scans_to_do -= 1

    def _show(self, desk: Desk, told: str) -> None:
        self._desk = desk
        self.query_one("#desk-prompt", Static).update(_prompt(desk))
        self.query_one(RichLog).write(told)


def _prompt(desk: Desk) -> str:
    """Return what is waited for."""
    if desk.device is not None:
        return f"{desk.device.name}: scan the badge of whoever takes it."
    if desk.taker is not None:
        return f"{desk.taker.name}: scan the devices to take."
    return PROMPT
