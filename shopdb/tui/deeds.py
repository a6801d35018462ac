"""What can be done with a plugin, ready to be done.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shopdb.lifecycle.steps import Outcome, Report
from shopdb.lifecycle.trial import Trial

Result = Outcome | Trial
Then = Callable[[Result | None], object]
"""Gets what came of a deed, None if it failed."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done with a plugin, and what it is called: "Upgrade gauges from 1.0.0 to 1.1.0"."""

    title: str
    work: Callable[[Report], Result]


def forgotten(_result: Result | None) -> None:
    """Do nothing with what came of a deed: its end is told anyway."""
