"""Whether every value of a column fits into another type, by the types' SQL as SQLAlchemy writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from typing import Final

Capacity = tuple[str, tuple[float, ...]]
"""The family of a type and how much of it there is, measure by measure; more in each is wider."""

_TYPE = re.compile(r"(\w+)(?: (PRECISION))?\s*(?:\(([^)]*)\))?(.*)", re.DOTALL)
_ITEM = re.compile(r"'((?:[^']|'')*)'")
LONGEST_CHARACTER_BYTES: Final = 4

INTEGER_BITS: Final[Mapping[str, int]] = {
    "BOOL": 7,
    "BOOLEAN": 7,
    "TINYINT": 7,
    "SMALLINT": 15,
    "MEDIUMINT": 23,
    "INT": 31,
    "INTEGER": 31,
    "BIGINT": 63,
}
SIZED: Final[Mapping[str, tuple[str, float]]] = {
    "TINYTEXT": ("text", 2**8 - 1),
    "TEXT": ("text", 2**16 - 1),
    "MEDIUMTEXT": ("text", 2**24 - 1),
    "LONGTEXT": ("text", 2**32 - 1),
    "TINYBLOB": ("bytes", 2**8 - 1),
    "BLOB": ("bytes", 2**16 - 1),
    "MEDIUMBLOB": ("bytes", 2**24 - 1),
    "LONGBLOB": ("bytes", 2**32 - 1),
    "REAL": ("float", 4),
    "FLOAT": ("float", 4),
    "DOUBLE": ("float", 8),
}
CHARACTERS: Final = frozenset({"CHAR", "VARCHAR", "NVARCHAR", "NCHAR"})
BYTES: Final = frozenset({"BINARY", "VARBINARY"})
MOMENTS: Final = frozenset({"DATETIME", "TIMESTAMP"})
DECIMALS: Final = frozenset({"DECIMAL", "NUMERIC"})
LISTS: Final = frozenset({"ENUM", "SET"})


def narrows(before: str, after: str) -> bool:
    """Whether some value of the first type has no place in the second; another family of types counts as that."""
    if _items(before) - _items(after):
        return True
    if "ascii" in after.lower() and "ascii" not in before.lower():
        return True
    (family, there), (other, wanted) = _capacity(before), _capacity(after)
    return family != other or any(new < old for old, new in zip(there, wanted, strict=True))


def _items(told: str) -> set[str]:
    return set(_ITEM.findall(told)) if told.upper().startswith(tuple(LISTS)) else set()


def _capacity(told: str) -> Capacity:
    found = _TYPE.match(told.strip())
    if found is None:
        return told, ()
    name, numbers = found[1].upper(), [int(number) for number in re.findall(r"\d+", found[3] or "")]
    first = numbers[0] if numbers else 0
    if name in INTEGER_BITS:
        bits, unsigned = INTEGER_BITS[name], "UNSIGNED" in found[4].upper()
        return "integer", (0 if unsigned else bits, bits + 1 if unsigned else bits)
    if name in SIZED:
        family, size = SIZED[name]
        return family, (size,)
    if name in CHARACTERS:
        return "text", (first * LONGEST_CHARACTER_BYTES or inf,)
    if name in BYTES:
        return "bytes", (first or inf,)
    if name in MOMENTS:
        return "moment", (first,)
    if name in DECIMALS:
        scale = numbers[1] if len(numbers) > 1 else 0
        return "decimal", ((first or 10) - scale, scale)
    return name, () if name in LISTS else tuple(numbers)
