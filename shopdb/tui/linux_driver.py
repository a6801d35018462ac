"""Textual's Linux driver with `Cells` in front of it; imported on Linux only.

Belongs to the terminal, beside painted.py, which holds everything that can be tried without a tty.
"""

from textual import messages
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from shopdb.tui.painted import Cells

SYNC_START = "\x1b[?2026h"
SYNC_END = "\x1b[?2026l"


class ChangedCellsDriver(LinuxDriver):
    """Sends the cells that changed, and synchronised output only around something."""

    _cells: Cells | None = None
    _sync_pending = False
    _stale = False

    def forget(self) -> None:
        """Send the next frame whole: the terminal may show something else than was sent."""
        self._stale = True  # cleared by write(): signals and the input thread must not touch the cells

    def write(self, data: str) -> None:
        """Send what `data` changes on the screen."""
        if data == SYNC_START:
            self._sync_pending = True
            return
        if data == SYNC_END:
            if not self._sync_pending:
                super().write(data)
            self._sync_pending = False
            return
        if self._cells is None or self._stale:
            self._cells, self._stale = Cells(), False
        changed = self._cells.difference(data)
        if changed:
            super().write(SYNC_START + changed if self._sync_pending else changed)
            self._sync_pending = False

    def start_application_mode(self) -> None:
        """Begin on an empty alternate screen, of which nothing is known."""
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it unannotated

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was, colours included."""
        self.write("\x1b[0m")
        super().stop_application_mode()

    def process_message(self, message: Message) -> None:
        """Take a resize told by the terminal itself as a reason to know nothing."""
        if isinstance(message, messages.InBandWindowResize):
            self.forget()
        super().process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        # Asked on SIGWINCH only: a terminal that was resized has moved its lines.
        self.forget()
        return super()._get_terminal_size()
