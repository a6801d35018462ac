"""The terminal with the tried plugin in it: its screens opened and its widgets read, where nobody looks."""

from __future__ import annotations

import asyncio
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from io import StringIO
from typing import Any

from rich.console import Console
from textual.css.stylesheet import StylesheetParseError
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerFailed

from shopdb.authoring.attempts import Attempts
from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.dashboard import Widget
from shopdb.domain.plain import cut
from shopdb.domain.screens import ScreenContext, ScreenSpec
from shopdb.exceptions import PluginContractError
from shopdb.plugins.containment import LONGEST_REASON, reason_of
from shopdb.plugins.rules import fault
from shopdb.tui.areas import context_for
from shopdb.tui.containment import ScreenFailed
from shopdb.tui.desk import Desk, Frame
from shopdb.tui.messages import StateRead
from shopdb.tui.opening import desk_for
from shopdb.tui.safe_app import SafeApp
from shopdb.tui.screens.dashboard import drawn

SIZE = (80, 24)
TERMINAL = {"COLORTERM": "truecolor"}
TILE_WIDTH = 34
WIDE = 200
LOOK_SECONDS = 0.02
QUIET_LOOKS = 3
SOMEBODY = Origin("trial", "terminal", "try a screen", permissions=frozenset({"*"}))


def _are(kind: type[Any] | tuple[type[Any], ...]) -> Callable[[Any], bool]:
    return lambda many: (
        isinstance(many, Sequence) and not isinstance(many, str) and all(isinstance(one, kind) for one in many)
    )


NUMBERS = (int, float, Decimal)
READINGS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "number": ("a number", lambda one: isinstance(one, NUMBERS)),
    "list": ("a sequence of texts", _are(str)),
    "series": ("a sequence of numbers", _are(NUMBERS)),
    "bar": (
        "a mapping of label to number",
        lambda one: isinstance(one, Mapping) and _are(str)(tuple(one)) and _are(NUMBERS)(tuple(one.values())),
    ),
}


def read_widget(attempts: Attempts, shop: Shop, widget: Widget) -> None:
    """Read a widget and draw it as the dashboard does; raises `PluginError` (P066)."""

    def read() -> Any:
        with shop.reading(SOMEBODY) as session:
            return widget.read(session)

    answer = attempts.call("P066", f"reading the widget {widget.title!r}", read)
    wanted, fits = READINGS[widget.kind]
    if not attempts.call("P066", f"looking at what {widget.title!r} read", lambda: fits(answer)):
        shown = attempts.call("P066", f"showing what {widget.title!r} read", lambda: reprlib.repr(answer))
        told = f"the widget {widget.title!r} must read {wanted}, not {shown}"
        raise PluginContractError(attempts.plugin, [fault("P066", told)])
    attempts.call("P066", f"drawing the widget {widget.title!r}", lambda: drawn(widget, answer, TILE_WIDTH))


def open_screen(attempts: Attempts, shop: Shop, spec: ScreenSpec) -> None:
    """Open a screen in a terminal of 80 columns and 24 lines; raises `PluginError` (P065)."""
    app = attempts.call("P065", f"the screen {spec.title!r}", lambda: asyncio.run(_opened(shop, spec)))
    if app.is_ended:
        raise PluginContractError(attempts.plugin, [fault("P065", f"the screen {spec.title!r} ends the program")])
    failure = app.failure.error if isinstance(app.failure, WorkerFailed) else app.failure
    if failure is not None:
        told = f"{_reason(attempts, failure)}{attempts.place(failure)}"
        raise PluginContractError(attempts.plugin, [fault("P065", f"the screen {spec.title!r} failed: {told}")])


class TrialApp(SafeApp):
    """A terminal program with one desk, and a first screen to come back to."""

    def __init__(self, shop: Shop) -> None:
        """Work on this shop."""
        super().__init__(environ=TERMINAL)
        self.failure: Exception | None = None
        self.is_ended = False
        self.has_failed = asyncio.Event()
        self._working = 0
        self._desk = desk_for(shop, SOMEBODY, UTC, self.jobs, lambda: Frame("", 0, (), StateRead(None, "unknown")))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is being read or written."""
        return self._working == 0 and not self.jobs.busy

    def on_screen_failed(self, message: ScreenFailed) -> None:
        """Keep why a screen was left."""
        self.failure = self.failure or message.error
        self.has_failed.set()

    def exit(self, *_arguments: Any, **_named: Any) -> None:
        """Take note that a screen would end the program."""
        self.is_ended = True
        self.has_failed.set()

    def context(self) -> ScreenContext:
        """Return what a plugin's screen gets."""
        desk: Desk = replace(self._desk, read=self._counted(self._desk.read), write=self._counted(self._desk.write))
        return context_for(desk, lambda _label, _batch: None, lambda _resource, _filter: None)

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._working += 1
            try:
                return work(*arguments)
            finally:
                self._working -= 1

        return counted


async def _opened(shop: Shop, spec: ScreenSpec) -> TrialApp:
    app = TrialApp(shop)
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:

        def make() -> Screen[Any]:
            screen = spec.factory(app.context())
            if not isinstance(screen, Screen):
                message = f"its factory returned {type(screen).__name__}, not a textual.screen.Screen"
                raise TypeError(message)
            screen.title = screen.title or spec.title
            return screen

        app.open_screen(spec.title, make)
        await _settled(app, pilot)
    return app


async def _settled(app: TrialApp, pilot: Pilot[None]) -> None:
    """Wait until the screen has answered to all that it was sent, and what it asked for is there; or until it fails."""
    quiet = 0
    failed = asyncio.ensure_future(app.has_failed.wait())
    while quiet < QUIET_LOOKS and not failed.done():
        # A screen that is left in the middle of it never answers.
        pause = asyncio.ensure_future(pilot.pause())
        await asyncio.wait({pause, failed}, return_when=asyncio.FIRST_COMPLETED)
        if pause.done():
            pause.result()
        pause.cancel()
        await asyncio.sleep(LOOK_SECONDS)
        quiet = quiet + 1 if app.is_quiet else 0
    failed.cancel()


def _reason(attempts: Attempts, failure: BaseException) -> str:
    """Return why a screen failed, in one line; Textual writes what is wrong with its CSS as a picture."""
    if not isinstance(failure, StylesheetParseError):
        return reason_of(failure).splitlines()[0]
    console = Console(file=StringIO(), width=WIDE, record=True, color_system=None)
    console.print(failure.args[0])
    told = re.sub(r"[\s\u2500-\u257f\u2771]+", " ", console.export_text()).replace(f"{attempts.folder}/", "")
    return f"{StylesheetParseError.__name__}: {cut(told.strip(), LONGEST_REASON)}"
