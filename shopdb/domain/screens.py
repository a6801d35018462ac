"""Screens of the terminal that plugins bring themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScreenSpec:
    """A screen: ``factory`` imports Textual inside and returns a new ``textual.screen.Screen``.

    The factory gets a ``ScreenContext``: how to read and write this shop, and nothing else of it.
    """

    id: str
    title: str
    factory: Callable[[ScreenContext], Any]


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """What a plugin's screen is given.

    ``read(work)`` runs ``work(session)`` and returns its answer; ``write(label, work)`` does so in one transaction,
    recorded as one batch under the label. Both block: call them in a thread worker. ``open(resource, filter)``
    goes to a list.
    """

    read: Callable[[Callable[[Any], Any]], Any]
    write: Callable[[str, Callable[[Any], Any]], Any]
    open: Callable[[str, str], None]
