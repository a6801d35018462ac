"""Rows as the change log keeps them: JSON documents, exact enough to be put back.

One row is an object. Many rows of one table for one subject are one document, {"columns": [...], "rows": [[...]]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Column, Date, LargeBinary, Numeric, Table

from shopdb.store.schema import identity
from shopdb.store.types import Moment

Action = Literal["create", "update", "delete"]
Row = Mapping[str, Any]
Pair = tuple[Row | None, Row | None]


def is_change(table: Table, pair: Pair) -> bool:
    """Whether a row is another in one of the columns that the log keeps."""
    before, after = pair
    return before is None or after is None or any(before.get(name) != after.get(name) for name in _kept(table))


def documents(table: Table, action: Action, pairs: Sequence[Pair]) -> tuple[Any, Any]:
    """Return the documents of rows before and after; None on the side where there are none.

    An update keeps what tells the rows apart and the columns that changed in any of them. A row that goes is kept
    whole, with the columns that the log otherwise leaves out, so that it can be brought back as it was.
    """
    kept = _kept(table)
    columns = [column for column in table.columns if action == "delete" or column.name in kept]
    if action == "update":
        changed = {
            column.name
            for column in columns
            if any((before or {}).get(column.name) != (after or {}).get(column.name) for before, after in pairs)
        }
        columns = [column for column in columns if column.name in changed.union(identity(table))]
    columns = [column for column in columns if column.name != "version"]
    return _document(columns, [before for before, _ in pairs]), _document(columns, [after for _, after in pairs])


def rows_of(document: Any) -> list[dict[str, Any]]:
    """Return the rows of a document, their values still plain; None has none."""
    if not isinstance(document, dict):
        return []
    if document.keys() == {"columns", "rows"}:
        return [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    return [document]


def plain(column: Column[Any], value: Any) -> Any:
    """Return a column's value as JSON keeps it."""
    if value is None:
        return None
    if isinstance(column.type, Numeric):
        return str(round(Decimal(str(value)), column.type.scale or 0))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def unplain(column: Column[Any], value: Any) -> Any:
    """Return what the column held, from what `plain` made of it."""
    if value is None:
        return None
    if isinstance(column.type, Numeric):
        return Decimal(value)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return bytes.fromhex(value) if isinstance(column.type, LargeBinary) else value


def _kept(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.name not in table.info["unlogged"]}


def _document(columns: Sequence[Column[Any]], rows: Sequence[Row | None]) -> Any:
    if rows[0] is None:
        return None
    if len(rows) == 1:
        return {column.name: plain(column, rows[0].get(column.name)) for column in columns}
    return {
        "columns": [column.name for column in columns],
        "rows": [[plain(column, (row or {}).get(column.name)) for column in columns] for row in rows],
    }
