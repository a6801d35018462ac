"""What a list shows and where its rows come from.

Belongs to the terminal. `RowSource` is the whole of what the grid knows about a database; its functions block
and are called in job threads only, never two of one grid at the same time for one question.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One line of a list."""

    id: int
    cells: tuple[str, ...]  # one text a column, as read; the grid makes it harmless
    tone: str = ""  # "", "muted", "success", "warning" or "error"
    key: Hashable = None  # what the source needs to read on from this row; the grid only hands it back


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list; a width of 0 is taken from the first rows."""

    name: str
    label: str
    width: int = 0  # cells
    right: bool = False  # flush right, for numbers


class RowSource(Protocol):
    """One filtered, totally ordered list of rows."""

    def ids(self) -> array[int] | None:
        """All ids in order as `array("q")`, or None if they are too many to hold."""

    def count(self) -> int:
        """How many rows there are; asked only when `ids` answers None."""

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows of `ids` in any order, without those that are gone."""

    def after(self, row: Row | None, limit: int) -> list[Row]:
        """At most `limit` rows that follow `row`, in order; from the first row on if it is None."""

    def before(self, row: Row | None, limit: int) -> list[Row]:
        """At most `limit` rows just before `row`, in order; the last rows of all if it is None."""

    def jump(self, offset: int, limit: int) -> list[Row]:
        """At most `limit` rows from the `offset`-th on, counted from 0."""
