"""What screens tell the application: where to go next, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from shopdb.tui.deeds import Deed, Then
    from shopdb.tui.state import ShopState


@dataclass
class ListAsked(Message):
    """Go to the list of a resource, filtered."""

    resource: str
    filter: str = ""


@dataclass
class RecordAsked(Message):
    """Open one record; from a list of assets it opens as what it is (a computer, a printer)."""

    resource: str
    id: int


@dataclass
class Done(Message):
    """Something was written: ``text`` says what, ``batch_id`` is what `u` takes back."""

    text: str
    batch_id: int | None = None


@dataclass
class UndoAsked(Message):
    """Take a batch back; without a number, what this person did last."""

    batch_id: int | None = None


@dataclass
class AreaAsked(Message):
    """Go to an area by the name that navigation knows it by: a resource, "dashboard", or "screen:<id>"."""

    area: str


@dataclass
class SearchAsked(Message):
    """Open the global search."""


@dataclass
class StateRead(Message):
    """What the application read just now; None where the database did not answer, since ``away_since``."""

    state: ShopState | None
    server: str
    away_since: float | None = None


@dataclass
class PluginFailed(Message):
    """The code of a plugin failed, or does not answer; ``problem`` says what it was doing."""

    plugin: str
    problem: str


@dataclass
class DeedAsked(Message):
    """Do something with a plugin and show how far it is; ``then`` gets what came of it.

    Without a deed, show what is being done.
    """

    deed: Deed | None = None
    then: Then | None = None
