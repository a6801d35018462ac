"""The first line of every area: where one is, whether the shop is well, what waits; below it, the notices.

Belongs to the terminal. It shows what it is told and reads nothing.
"""

import time
from datetime import datetime, tzinfo
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from shopdb.tui.messages import StateRead
from shopdb.tui.safety import content, cut

MARKS: dict[str, tuple[str, str]] = {
    "critical": ("!!", "$text-error"),
    "warning": ("!", "$text-warning"),
    "info": ("i", "$text-primary"),
}
SERVER_MARKS: dict[str, tuple[str, str, str]] = {
    "up": ("●", "$text-success", "server :{port}"),
    "down": ("○", "$text-warning", "no server"),
    "another": ("!", "$text-warning", "another's server on :{port}"),
}
UNKNOWN = ("·", "$text-muted", "server?")


class ShopHeader(Vertical):
    """The header; `tell` changes what it says."""

    DEFAULT_CSS: ClassVar[str] = """
    ShopHeader {
        height: auto; dock: top;
        & > #header--line { height: 1; background: $panel; color: $foreground; padding: 0 1; }
        & > #header--notice { height: 1; padding: 0 1; display: none; text-style: bold; }
        & > #header--notice.-shown { display: block; }
    }
    """

    def __init__(self, site: str, user: str, port: int, zone: tzinfo) -> None:
        """`port` is the server's, `zone` the site's."""
        super().__init__()
        self._site, self._user, self._port, self._zone = site, user, port, zone
        self._read = StateRead(None, "unknown")
        self._turn = 0

    def compose(self) -> ComposeResult:
        """Show the line, and room for a notice."""
        yield Static("", id="header--line")
        yield Static("", id="header--notice")

    def on_mount(self) -> None:
        """Begin with what is known."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the line to the width."""
        self._draw()

    def tell(self, read: StateRead) -> None:
        """Show a new reading; several notices take turns, one a reading."""
        self._read = read
        self._turn += 1
        self._draw()

    def _draw(self) -> None:
        width = max((self.size.width or self.app.size.width) - 2, 20)
        right = self._right()
        left = cut(f"shopdb  {self._site}", max(width - right.cell_length - 2, 6))
        gap = " " * max(width - cell_len(left) - right.cell_length, 1)
        self.query_one("#header--line", Static).update(Content.assemble((left, "bold"), gap, right))
        self._draw_notice(width)

    def _right(self) -> Content:
        parts: list[Content | tuple[str, str]] = []
        if self._read.away_since is not None:
            seconds = int(time.monotonic() - self._read.away_since)
            parts.append((f"! database away for {seconds} s", "$text-error bold"))
        elif self._read.state is not None:
            mark, colour, told = SERVER_MARKS.get(self._read.server, UNKNOWN)
            parts.append(Content.assemble((mark, colour), f" {told.format(port=self._port)}"))
            if self._read.state.held:
                parts.append((f"{self._read.state.held} held", "$text-warning"))
            if self._read.state.due:
                parts.append((f"{self._read.state.due} due", "$text-warning"))
        parts.append(content(f"{datetime.now(self._zone):%H:%M}"))
        parts.append(content(cut(self._user, 16)))
        return Content("   ").join(part if isinstance(part, Content) else Content.assemble(part) for part in parts)

    def _draw_notice(self, width: int) -> None:
        line = self.query_one("#header--notice", Static)
        notices = self._read.state.notices if self._read.state is not None else ()
        line.set_class(bool(notices), "-shown")
        if notices:
            severity, text = notices[self._turn % len(notices)]
            mark, colour = MARKS.get(severity, MARKS["info"])
            more = f"  ({len(notices)} notices)" if len(notices) > 1 else ""
            line.update(Content.assemble((f"{mark} {cut(text, width - 4 - len(more))}{more}", colour)))
