"""The command palette, which waits for what was typed: `enter` runs nothing that an earlier text has found.

Leans on private names of Textual's palette; tests/tui/test_app_keys.py holds them.
"""

from __future__ import annotations

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input
from textual.worker import Worker, WorkerState


class Palette(CommandPalette):
    """Textual's palette for people who type faster than a search answers."""

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        super().__init__(id="--command-palette")
        self._chosen_early = False

    @on(Input.Changed)
    def _begin_anew(self) -> None:
        self._chosen_early = False

    @on(Input.Submitted)
    def _wait_for_the_search(self, event: Input.Submitted) -> None:
        if any(worker.group == self._GATHER_COMMANDS_GROUP and not worker.is_finished for worker in self.workers):
            self._chosen_early = True
            event.stop()
            event.prevent_default()

    @on(Worker.StateChanged)
    def _choose(self, event: Worker.StateChanged) -> None:
        found = event.worker.group == self._GATHER_COMMANDS_GROUP and event.state is WorkerState.SUCCESS
        if found and self._chosen_early:
            self._chosen_early = False
            self._select_or_command()
