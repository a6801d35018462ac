"""Long lists of ids in pieces that a statement can bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
IDS_AT_ONCE = 500


def chunks(items: Sequence[Item], size: int = IDS_AT_ONCE) -> Iterator[Sequence[Item]]:
    """Yield the items in order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
