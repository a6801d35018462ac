"""What a table of records is about, and where a person is in it.

Belongs to the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.domain.filters import Condition
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import SortKey
from shopdb.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records a table is about: all of a resource, or those that belong to a parent."""

    resource: Resource
    parent: Ref | None = None

    @property
    def condition(self) -> tuple[Condition, ...]:
        """What every record of the table fulfils."""
        if self.parent is None:
            return ()
        return (Condition(self.resource.parent, "equals", (self.parent,)),)

    @property
    def values(self) -> Mapping[str, Any]:
        """What a new record of the table begins with."""
        return {} if self.parent is None else {self.resource.parent: self.parent}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in a table: how it is filtered and sorted, on which record, which are marked, what is typed."""

    filter: str
    sort: SortKey
    at: int | None
    marks: frozenset[int]
    typed: str
    is_typing: bool
