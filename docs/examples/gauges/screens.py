"""The bench as a screen: one line to scan or type into, and what was done."""

from functools import partial
from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, RichLog, Static

from shopdb.api import ScreenContext, ShopdbError, plain

from .bench import OnBench, step
from .calibrations import RESULTS

PROMPT = "Scan a gauge, or type its number or name."


class BenchScreen(Screen[None]):
    """Lines are taken as fast as they come and done one after another, each in a transaction of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Back")]

    def __init__(self, context: ScreenContext) -> None:
        super().__init__()
        self._shop = context
        self._gauge: OnBench | None = None
        self._lines: list[str] = []
        self._is_working = False

    def compose(self) -> ComposeResult:
        """A prompt, the line, and the log."""
        yield Static(PROMPT, id="bench-prompt", markup=False)
        yield Input(id="bench-line")
        yield RichLog(id="bench-log", wrap=True, markup=False, highlight=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to take lines."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _take(self, typed: Input.Submitted) -> None:
        typed.input.clear()
        if typed.value.strip():
            self._lines.append(typed.value.strip())
            self._go_on()

    def action_leave(self) -> None:
        """Take the gauge from the bench; leave the screen when there is none and every line is done."""
        if self._is_working:
            self.app.bell()
        elif self._gauge is None:
            self.dismiss()
        else:
            self._show(None, "Taken from the bench.")

    def _go_on(self) -> None:
        if self._lines and not self._is_working:
            self._is_working = True
            # The database must not keep the keys waiting.
            self.run_worker(partial(self._do, self._gauge, self._lines.pop(0)), thread=True)

    def _do(self, gauge: OnBench | None, line: str) -> None:
        """Do one line; runs in a worker's thread."""
        label = f"calibrate {gauge.name}" if gauge is not None else f"look for {line}"
        try:
            after, told = self._shop.write(label, partial(step, waiting=gauge, code=line))
        except (ShopdbError, SQLAlchemyError) as refused:
            after, told = gauge, f"NOT done: {refused}"
        self.app.call_from_thread(self._done, after, told)

    def _done(self, gauge: OnBench | None, told: str) -> None:
        self._is_working = False
        if told.startswith("NOT"):
            self.app.bell()
        self._show(gauge, told)
        self._go_on()

    def _show(self, gauge: OnBench | None, told: str) -> None:
        self._gauge = gauge
        prompt = PROMPT if gauge is None else f"{gauge.name}: {', '.join(RESULTS)}?"
        self.query_one("#bench-prompt", Static).update(plain(prompt))
        self.query_one(RichLog).write(plain(told))
