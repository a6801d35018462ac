"""Writes down what plugins' code did in this terminal, for the plugins screen of whoever can mend it.

Belongs to the terminal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from textual.message_pump import MessagePump

from shopdb.tui.jobs import Jobs

LOG = logging.getLogger(__name__)
PROGRAM = "terminal"


class Faults:
    """The problems of plugins that were met since the program was started."""

    def __init__(self, owner: MessagePump, jobs: Jobs) -> None:
        """Write in the jobs of the owner."""
        self._owner, self._jobs = owner, jobs
        self._known: set[tuple[str, str]] = set()

    def note(self, plugin: str, problem: str, write: Callable[[str, str], None]) -> None:
        """Let ``write`` keep a problem that was not met before; what cannot be written is logged alone."""
        if (plugin, problem) in self._known:
            return
        self._known.add((plugin, problem))
        LOG.warning("plugin %s: %s", plugin, problem)
        self._jobs.run(self._owner, partial(write, plugin, problem), lambda _done: None, _not_written)


def _not_written(error: Exception) -> None:
    LOG.warning("this could not be written down: %s", error)
