"""Widgets that plugins put on the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

WidgetKind = Literal["number", "list", "series", "bar"]


@dataclass(frozen=True, slots=True)
class Widget:
    """A reading that the dashboard shows.

    ``read`` gets a session in a worker thread and returns, by kind: a number · a sequence of texts · a sequence
    of numbers, oldest first · a mapping of label to number. ``opens`` is a resource, with a filter after a space.
    """

    title: str
    kind: WidgetKind
    read: Callable[[Any], Any]
    opens: str = ""
