"""Cursors: where a page ended, as a text that comes back from anywhere and is trusted no further than it must."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from shopdb.domain.compound import is_id
from shopdb.domain.kinds import Kind, value_from_json
from shopdb.domain.listing import SortKey
from shopdb.exceptions import CursorRefusedError, ValueRefusedError
from shopdb.store.compile import Ordered

# Columns of these kinds hold what their codec would not write; every other one holds text, whatever it says.
CODED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLAG, Kind.DATE, Kind.MOMENT})


def write(sort: SortKey, record_id: int, value: Any) -> str:
    """Return the cursor that stands at the row with this id and this value in the column that the list is sorted by."""
    held = orjson.dumps([_order(sort), record_id, value], default=str)
    return base64.urlsafe_b64encode(held).decode().rstrip("=")


def read(text: str, ordered: Ordered) -> tuple[Any, int]:
    """Return value and id of the row at which the cursor stands.

    Raises `CursorRefusedError` for what `write` did not write for this list and order.
    """
    try:
        order, record_id, value = orjson.loads(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        )
        if ordered.field.kind in CODED:
            value = value_from_json(value, ordered.field)
    except (ValueError, TypeError, ValueRefusedError) as refused:
        raise CursorRefusedError(text) from refused
    is_text = value is None or ordered.field.kind in CODED or isinstance(value, str)
    if order != _order(ordered.sort) or not is_id(record_id) or not is_text:
        raise CursorRefusedError(text)
    return value, record_id


def _order(sort: SortKey) -> str:
    return f"-{sort.field}" if sort.descending else sort.field
