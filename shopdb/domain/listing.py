"""What a list is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.domain.filters import EVERYTHING, Filter
from shopdb.domain.kinds import value_to_json
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

    ``after`` is the opaque cursor of a page. Ties are broken by id, so every order is total.
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


def record_to_json(resource: Resource, record: Record, names: Iterable[str] = ()) -> dict[str, Any]:
    """Return a record as every door writes it in JSON: id, version, label, and its values (or only the named ones)."""
    wanted = set(names)
    values = {
        name: value_to_json(value, resource.fields_by_name[name])
        for name, value in record.values.items()
        if not wanted or name in wanted
    }
    return {"id": record.id, "version": record.version, "label": record.label, **values}


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, with the cursors of the pages around it.

    ``after`` continues the list, None at its end; ``before`` leads back, None at its beginning.
    """

    rows: tuple[Record, ...]
    after: str | None
    before: str | None = None


def parse_sort(text: str, resource: Resource) -> SortKey:
    """Return the order that "name" or "-name" asks for; blank is the resource's own."""
    wanted = text.strip() or resource.default_sort
    return SortKey(resource.sort_field(wanted.removeprefix("-")).name, wanted.startswith("-"))
