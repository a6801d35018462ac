"""The terminal program over a test's shop, under Textual's pilot: keys in, texts out.

Tests of plugins are plain functions: the program runs on an event loop that turns while something is asked of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.pilot import Pilot

from shopdb.config import Settings
from shopdb.services.accounts import Account
from shopdb.testing.people import PASSWORD, People
from shopdb.tui.app import ShopApp
from shopdb.tui.messages import AreaAsked
from shopdb.tui.opening import remember

SIZE = (80, 24)
COLOURS = {"COLORTERM": "truecolor"}
PATIENCE = 10.0
"""Seconds after which what a test waits for does not come."""
STEP = 0.01


class Terminal:
    """The program at 80x24, with somebody signed in; it starts when something is first asked of it."""

    def __init__(self, settings: Settings, people: People, account: Account) -> None:
        """Let this person sit there."""
        self._settings, self._people, self._account = settings, people, account
        self._others: list[Terminal] = []
        self._program: Program | None = None

    def open(self, area: str) -> None:
        """Go to an area, named as a `NavItem` names what it opens; AssertionError if this person has no such area."""
        program = self._started()
        assert area in program.areas, f"{area!r} is no area of {self._account.name}: {', '.join(program.areas)}"
        program.app.post_message(AreaAsked(area))
        program.settle()

    def press(self, *keys: str) -> None:
        """Press keys, named as Textual names them, and wait until what they ask of the shop is done."""
        self._started().press(*keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._started().press(*text)

    def sees(self, words: str) -> None:
        """Wait until these words are on the screen; AssertionError with the screen if they do not come."""
        __tracebackhide__ = True
        self._started().wait(lambda text: words in text, f"{words!r} is not to be seen")

    def sees_no_more(self, words: str) -> None:
        """Wait until these words are gone from the screen."""
        __tracebackhide__ = True
        self._started().wait(lambda text: words not in text, f"{words!r} is still to be seen")

    @property
    def text(self) -> str:
        """All that is seen, line by line."""
        return self._started().text

    def as_role(self, role: str, *permissions: str) -> Terminal:
        """Return another terminal, of somebody of a role who may do what ``permissions`` say beside."""
        account = self._people.somebody(role, permissions)
        self._others.append(Terminal(self._settings, self._people, account))
        return self._others[-1]

    def close(self) -> None:
        """End the program, and those of others."""
        for terminal in self._others:
            terminal.close()
        if self._program is not None:
            self._program.end()

    def _started(self) -> Program:
        if self._program is None:
            remember(self._settings, self._account.name, PASSWORD)
            self._program = Program(self._settings)
            self._program.wait_until_in()
        return self._program


class Program:
    """One run of the program."""

    def __init__(self, settings: Settings) -> None:
        """Start it and paint the first frame."""
        self.app = ShopApp(settings, environ=COLOURS)
        self._runner = asyncio.Runner()
        self._running: AbstractAsyncContextManager[Pilot[Any]] = self.app.run_test(
            size=SIZE, notifications=True, tooltips=True
        )
        self._pilot = self._runner.run(self._running.__aenter__())

    @property
    def text(self) -> str:
        """All that is seen."""
        width, height = self.app.size
        # Textual exports a screen only as a picture.
        lines = self.app.screen._compositor.render_strips()[:height] if width else []  # noqa: SLF001
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)

    @property
    def areas(self) -> tuple[str, ...]:
        """What whoever is signed in can go to."""
        seat = self.app._seat  # noqa: SLF001 nobody else asks from outside
        return tuple(area.name for area in seat.areas) if seat is not None else ()

    def press(self, *keys: str) -> None:
        """Press keys and settle."""
        self._runner.run(self._pilot.press(*keys))
        self.settle()

    def settle(self) -> None:
        """Let the program work until nothing is being read or written by it and all is drawn."""
        self._runner.run(self._settled())

    def wait(self, holds: Callable[[str], bool], otherwise: str) -> None:
        """Let the program work until something holds of what is seen; AssertionError with the screen if it does not."""
        __tracebackhide__ = True  # pytest then shows the line of the test
        if not self._runner.run(self._comes(holds)):
            raise AssertionError(f"{otherwise} in\n{self.text}")

    def wait_until_in(self) -> None:
        """Let it work until somebody is signed in and the first area is there."""
        self.wait(lambda _text: self.app.current_mode != self.app.home_mode, "nobody is signed in")
        self.settle()

    def end(self) -> None:
        """End it; raises what has ended it before."""
        try:
            self._runner.run(self._running.__aexit__(None, None, None))
        finally:
            self._runner.close()

    async def _settled(self) -> None:
        for _ in range(3):
            await self._pilot.pause()
            await self._comes(lambda _text: not self.app.jobs.busy)
        await self._pilot.pause()

    async def _comes(self, holds: Callable[[str], bool]) -> bool:
        """Return whether something comes to hold in time."""
        for _ in range(int(PATIENCE / STEP)):
            if holds(self.text):
                return True
            await asyncio.sleep(STEP)
        return False
