"""What a terminal would show: frames as Textual sends them, read by a terminal emulator."""

from typing import ClassVar

import pyte
from textual.drivers.headless_driver import HeadlessDriver

from shopdb.tui.linux_driver import SYNC_END, SYNC_START


class RecordingDriver(HeadlessDriver):
    """Keeps what Textual would send to a terminal."""

    sent: ClassVar[list[str]]

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        if data not in {SYNC_START, SYNC_END}:
            self.sent.append(data)


def recording_driver() -> type[RecordingDriver]:
    """A driver class with a record of its own."""
    return type("Recording", (RecordingDriver,), {"sent": []})


class Emulator:
    """A terminal of `columns` by `lines` cells."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self.screen)

    def feed(self, data: str) -> None:
        self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def cells(self) -> list[list[pyte.screens.Char]]:
        """Every cell with its colours, line by line."""
        return [[self.screen.buffer[y][x] for x in range(self.screen.columns)] for y in range(self.screen.lines)]
