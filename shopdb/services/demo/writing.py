"""Writing what was made up: many rows at a time, through the change log, in an order that foreign keys allow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session
from sqlalchemy.schema import sort_tables

from shopdb.domain.demo import THIS_ASSET, DemoRow
from shopdb.exceptions import DemoRowError
from shopdb.store import changes
from shopdb.store.schema import identity, key_column, schema_of

Owned = tuple[DemoRow, int | None]
"""A row, and the asset that it belongs to."""


class Writer:
    """The pen of one demo; ``written`` counts the rows by table."""

    def __init__(self, session: Session) -> None:
        """Sort the tables so that each comes after those that it points at."""
        self._session = session
        self._tables = schema_of(session).tables
        self._order = {table.name: at for at, table in enumerate(sort_tables(self._tables.values()))}
        self.written: Counter[str] = Counter()

    def rows(self, owned: Iterable[Owned]) -> None:
        """Write rows whose owners have been written; those among them that point at others get their ids."""
        by_table: defaultdict[str, list[Owned]] = defaultdict(list)
        for row, owner in owned:
            by_table[row.table].append((row, owner))
        ids: dict[DemoRow, int] = {}
        for name in by_table:
            self._check(name, by_table[name])
        for name in sorted(by_table, key=self._order.__getitem__):
            table, mine = self._tables[name], by_table[name]
            made = self.insert(table, [_values(table, row, owner, ids) for row, owner in mine])
            ids.update({row: record_id for (row, _), record_id in zip(mine, made, strict=False)})

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Insert rows and return their ids in the same order; none for tables whose rows others tell apart."""
        if not rows:
            return ()
        self.written[table.name] += len(rows)
        key = key_column(table)
        if identity(table) != (key.name,) or key.foreign_keys:
            changes.insert_rows(self._session, table, rows)
            return ()
        first = changes.insert_rows(self._session, table, rows[:1])[0]
        assert first is not None
        ids = range(first, first + len(rows))
        numbered = [{key.name: number, **row} for number, row in zip(ids[1:], rows[1:], strict=True)]
        # The highest first: the database's counter then passes the whole range and gives none of it to somebody else.
        changes.insert_rows(self._session, table, [*numbered[-1:], *numbered[:-1]])
        return ids

    def _check(self, name: str, rows: Iterable[Owned]) -> None:
        # A bulk insert drops what the table does not know without a word.
        known = self._tables[name].c.keys() if name in self._tables else ()
        unknown = {column for row, _ in rows for column in row.values}.difference(known)
        if unknown:
            raise DemoRowError(name, unknown)


def _values(table: Table, row: DemoRow, owner: int | None, ids: Mapping[DemoRow, int]) -> dict[str, Any]:
    values = {name: _id(value, owner, ids) for name, value in row.values.items()}
    subject = table.info["subject"]
    return {subject: owner, **values} if owner is not None and subject else values


def _id(value: Any, owner: int | None, ids: Mapping[DemoRow, int]) -> Any:
    if value is THIS_ASSET:
        return owner
    return ids[value] if isinstance(value, DemoRow) else value
