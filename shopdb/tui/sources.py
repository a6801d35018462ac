"""The rows of a resource's list, straight from the database.

Belongs to the terminal, between the grid and `shopdb.store.records`. All but `columns_of` block and are called in job
threads; each takes a number of statements that does not depend on how many rows there are.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Resource
from shopdb.store import records
from shopdb.store.base import utc_now
from shopdb.store.schema import schema_of
from shopdb.tui import cells
from shopdb.tui.rows import Column, Row

MOST_IDS: Final = 200_000
"""Ids held in order: beyond, the list is read by keyset, and only counted."""

_BESIDE: Final = ("health", "status")
"""Fields that are read for the tone of a line even where the list does not show them."""
_STATUSES: Final = "asset_statuses"
_MANY: Final = 16
"""Cells of a column of several links: one record that has many must not push the other columns out."""

Read = Callable[[Callable[[Session], Any]], Any]


def columns_of(resource: Resource) -> tuple[Column, ...]:
    """Return the columns of a resource's list, the field that people know a record by first."""
    fields = sorted(resource.listed_fields, key=lambda one: one.name != resource.label_field)
    return tuple(
        Column(one.name, one.label, _MANY if one.kind is Kind.LINKS else 0, right=one.kind in cells.NUMBERS)
        for one in fields
    )


class RecordSource:
    """One filtered and sorted list of a resource, as the grid reads it."""

    def __init__(self, read: Read, resource: Resource, query: ListQuery) -> None:
        """Read through ``read``, which runs work with a session; the query's ``limit`` and ``after`` do not matter."""
        self._read = read
        self._resource = resource
        self._query = replace(query, after=None)
        self._fields = [resource.fields_by_name[column.name] for column in columns_of(resource)]
        self._beside = [name for name in _BESIDE if name in resource.fields_by_name]
        self._status_classes: Mapping[int, str] | None = None

    def ids(self) -> array[int] | None:
        """All ids in order, None if they are more than 200,000."""

        def work(session: Session) -> array[int] | None:
            if records.count(session, self._resource, self._query, at_most=MOST_IDS + 1) > MOST_IDS:
                return None
            return records.ids(session, self._resource, self._query)

        found: array[int] | None = self._read(work)
        return found

    def count(self) -> int:
        """How many rows there are."""
        found: int = self._read(lambda session: records.count(session, self._resource, self._query))
        return found

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows of ``ids``, without those that are gone."""
        also = (self._sort_name, *self._beside)
        return self._rows(lambda session: records.rows(session, self._resource, list(ids), also=also))

    def after(self, row: Row | None, limit: int) -> list[Row]:
        """The rows that follow ``row``, or the first ones."""
        return self._page(row, limit)

    def before(self, row: Row | None, limit: int) -> list[Row]:
        """The rows just before ``row``, or the last ones."""
        return self._page(row, limit, backwards=True)

    def jump(self, offset: int, limit: int) -> list[Row]:
        """The rows from the ``offset``-th on; only the keys of those before are read."""
        return self._page(None, limit, offset=offset)

    @property
    def _sort_name(self) -> str:
        return self._query.sort.field if self._query.sort else self._resource.default_sort.lstrip("-")

    def _page(self, row: Row | None, limit: int, *, backwards: bool = False, offset: int = 0) -> list[Row]:
        query = replace(self._query, limit=limit, after=str(row.key) if row else None)

        def work(session: Session) -> Sequence[Record]:
            page = records.page(session, self._resource, query, offset=offset, backwards=backwards, also=self._beside)
            return page.rows

        return self._rows(work)

    def _rows(self, find: Callable[[Session], Sequence[Record]]) -> list[Row]:
        def work(session: Session) -> list[Row]:
            if self._status_classes is None:
                self._status_classes = _status_classes(session) if "status" in self._beside else {}
            return [self._row(record) for record in find(session)]

        found: list[Row] = self._read(work)
        return found

    def _row(self, record: Record) -> Row:
        now = utc_now()
        values = record.values
        texts = tuple(
            cells.seen(values, field, now) if field.name == "last_seen" else cells.cell(values[field.name], field, now)
            for field in self._fields
        )
        status = values.get("status")
        status_class = (self._status_classes or {}).get(status.id or 0) if isinstance(status, Ref) else None
        key = records.cursor(self._resource, self._query, record)
        return Row(record.id, texts, cells.tone(values, status_class), key)


def _status_classes(session: Session) -> Mapping[int, str]:
    statuses = schema_of(session).catalog.get(_STATUSES)
    if statuses is None:
        return {}
    found = records.page(session, statuses, ListQuery(limit=1000))
    return {record.id: str(record.values["status_class"]) for record in found.rows}


class HeldRows:
    """A list that is short enough to be read whole, and is whenever it is opened or read anew."""

    def __init__(self, read: Callable[[], Sequence[Row]]) -> None:
        """Read through ``read``, which blocks."""
        self._read = read
        self._rows: Sequence[Row] = ()

    def ids(self) -> array[int] | None:
        """All ids, read just now."""
        self._rows = self._read()
        return array("q", (row.id for row in self._rows))

    def count(self) -> int:
        """How many rows were read last."""
        return len(self._rows)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows of ``ids`` as they were read last."""
        wanted = set(ids)
        return [row for row in self._rows if row.id in wanted]

    def after(self, row: Row | None, limit: int) -> list[Row]:
        """The rows that follow ``row``; the first ones are read just now."""
        if row is None:
            self._rows = self._read()
        first = 0 if row is None else self._index(row) + 1
        return list(self._rows[first : first + limit])

    def before(self, row: Row | None, limit: int) -> list[Row]:
        """The rows just before ``row``, or the last ones."""
        end = len(self._rows) if row is None else self._index(row)
        return list(self._rows[max(end - limit, 0) : end])

    def jump(self, offset: int, limit: int) -> list[Row]:
        """The rows from the ``offset``-th on."""
        return list(self._rows[offset : offset + limit])

    def _index(self, row: Row) -> int:
        return next((at for at, one in enumerate(self._rows) if one.id == row.id), len(self._rows))
