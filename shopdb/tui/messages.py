"""What screens tell the application: where to go next, what was done."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


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
