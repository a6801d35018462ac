"""What a list is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.domain.filters import EVERYTHING, Filter
from shopdb.domain.resource import Resource

LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field to sort by."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which records, in which order, how many, and after which cursor.

    ``after`` is the opaque ``Page.after`` of the page before. Ties are broken by id, so every order is total.
    """

    filter: Filter = EVERYTHING
    sort: SortKey | None = None
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record as every door sees it; ``values`` holds decoded values by field name.

    ``version`` grows with each change and is what compare-and-set compares.
    """

    resource: str
    id: int
    version: int
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; ``after`` is the cursor of the next page, None at the end."""

    rows: tuple[Record, ...]
    after: str | None


def parse_sort(text: str, resource: Resource) -> SortKey:
    """Return the order that "name" or "-name" asks for; blank is the resource's own."""
    wanted = text.strip() or resource.default_sort
    return SortKey(resource.sort_field(wanted.removeprefix("-")).name, wanted.startswith("-"))
