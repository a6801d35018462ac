"""Row sources for tests and benches: rows made up from their ids, nothing stored."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from shopdb.tui.rows import Column, Row

COLUMNS = (
    Column("name", "Name", 14),
    Column("serial", "Serial", 10),
    Column("drives", "Drives", 9),
    Column("os", "OS", 11),
    Column("place", "Location", 14),
    Column("seen", "Seen", 8, right=True),
    Column("note", "Note", 30),
)


class MadeUpRows:
    """Rows with the ids `order`, which must ascend; at first 1 up to `count`."""

    def __init__(self, count: int, *, most_ids: int = 200_000) -> None:
        self.most_ids = most_ids
        self.order = list(range(1, count + 1))
        self.renamed: dict[int, str] = {}
        self.asked: list[str] = []

    def ids(self) -> array[int] | None:
        self.asked.append("ids")
        return array("q", self.order) if len(self.order) <= self.most_ids else None

    def count(self) -> int:
        self.asked.append("count")
        return len(self.order)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        self.asked.append(f"rows {ids[0]}-{ids[-1]}")
        return [self._row(identity) for identity in ids if self._at(identity) is not None]

    def after(self, row: Row | None, limit: int) -> list[Row]:
        self.asked.append(f"after {row and row.id} {limit}")
        first = 0 if row is None else bisect_right(self.order, row.id)
        return [self._row(identity) for identity in self.order[first : first + limit]]

    def before(self, row: Row | None, limit: int) -> list[Row]:
        self.asked.append(f"before {row and row.id} {limit}")
        end = len(self.order) if row is None else bisect_left(self.order, row.id)
        return [self._row(identity) for identity in self.order[max(end - limit, 0) : end]]

    def jump(self, offset: int, limit: int) -> list[Row]:
        self.asked.append(f"jump {offset} {limit}")
        return [self._row(identity) for identity in self.order[offset : offset + limit]]

    def _at(self, identity: int) -> int | None:
        position = bisect_left(self.order, identity)
        return position if position < len(self.order) and self.order[position] == identity else None

    def _row(self, identity: int) -> Row:
        noise = hash((identity, "noise"[identity % 5])) & 0xFFFFFFFF
        cells = (
            self.renamed.get(identity, f"WS-{identity:07}"),
            f"5CG{noise % 99991:05}",
            f"M-{noise % 509}",
            ("Windows 10", "Windows 11", "Windows 7", "Debian 12")[noise % 4],
            f"{('Bay', 'Cell', 'Hall', 'Metrology')[noise // 7 % 4]} {noise % 41}",
            f"{noise % 59} {('s', 'min', 'h', 'd')[noise // 5 % 4]}",
            f"note {noise} of {identity % 12}",
        )
        return Row(identity, cells, "warning" if noise % 23 == 0 else "")
