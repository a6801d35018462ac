"""How far a long work is, step by step; at its end, what came of it, with the log."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from shopdb.tui.safety import content, cut

BAR_CELLS = 30
DONE, TO_COME = "█", "░"
MOST_LINES = 400
"""What a dialog shows of a log: its end; the whole of it is kept in the database."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of a work, in a few lines, and its log."""

    told: str
    log: str
    is_good: bool = True


class ProgressScreen(ModalScreen[None]):
    """Shows a work that goes on without it: esc hides it, and the end of the work is told all the same."""

    IS_ABOVE_PLUGINS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "hide", "Hide"),
        Binding("enter", "close", "Close"),
        Binding("j,down", "scroll(1)", "Further down", show=False),
        Binding("k,up", "scroll(-1)", "Further up", show=False),
        Binding("pagedown", "scroll(10)", "A page down", show=False),
        Binding("pageup", "scroll(-10)", "A page up", show=False),
    ]
    DEFAULT_CSS = """
    ProgressScreen { align: center middle; }
    ProgressScreen > Vertical {
        width: 90%; max-width: 100; height: 80%; padding: 0 1; background: $surface; border: solid $border;
        & > #progress--title { text-style: bold; height: 1; }
        & > #progress--told { height: auto; max-height: 60%; margin-bottom: 1; }
        & > #progress--told.-bad { color: $text-error; }
        & > VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
        & > #progress--keys { color: $text-muted; height: 1; }
    }
    """

    def __init__(self, title: str) -> None:
        """Begin without a step."""
        super().__init__()
        self._title = title
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._bar = "beginning ..."
        self._ending: Ending | None = None

    def compose(self) -> ComposeResult:
        """Show what is done, how far it is, what was said, and the keys."""
        with Vertical():
            yield Static(content(cut(self._title, 200)), id="progress--title")
            yield Static(id="progress--told")
            with VerticalScroll(can_focus=False):
                yield Static(id="progress--log")
            yield Static(id="progress--keys")

    def on_mount(self) -> None:
        """Show what has been heard before."""
        self._draw()

    def tell(self, done: int, total: int, told: str) -> None:
        """Show that the work is at the ``done``-th of ``total`` steps and says this."""
        filled = BAR_CELLS * done // max(total, 1)
        self._bar = f"{DONE * filled}{TO_COME * (BAR_CELLS - filled)} step {done} of {total}"
        self._lines.append(line_of(done, total, told))
        self._draw()

    def end(self, ending: Ending) -> None:
        """Show what came of it."""
        self._ending = ending
        self._draw()

    def action_hide(self) -> None:
        """Leave; the work goes on."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Leave what is done."""
        if self._ending is not None:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Close nothing that is not done."""
        del parameters
        return action != "close" or self._ending is not None

    def action_scroll(self, lines: int) -> None:
        """Show more of the log."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _draw(self) -> None:
        if not (self.is_running and self.is_attached):
            return  # not shown yet, or not any more
        ending = self._ending
        told = self.query_one("#progress--told", Static)
        told.update(content(self._bar if ending is None else ending.told, lines=True))
        told.set_class(ending is not None and not ending.is_good, "-bad")
        lines = self._lines if ending is None else ending.log.splitlines()[-MOST_LINES:]
        self.query_one("#progress--log", Static).update(content("\n".join(lines), lines=True))
        keys = "esc hides this, the work goes on" if ending is None else "enter or esc closes · j k scroll"
        self.query_one("#progress--keys", Static).update(content(keys))
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_end, animate=False)


def line_of(done: int, total: int, told: str) -> str:
    """Return what is told of a step as a line of a log."""
    return f"[{done}/{total}] {told}"
