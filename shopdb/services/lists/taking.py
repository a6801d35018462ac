"""Taking the rows of a list in, each by itself: a record is made, changed, or the same; or the row is refused.

A blank cell never clears a value. The same list again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from shopdb.domain.filters import Condition, Filter
from shopdb.domain.kinds import Kind, Ref, value_from_text
from shopdb.domain.listing import ListQuery, Record
from shopdb.domain.resource import Resource
from shopdb.exceptions import RefusedValuesError, ShopdbError, ValueRefusedError
from shopdb.services import records as use
from shopdb.services.lists.kinds import kind_of, words_of
from shopdb.services.lists.scheme import MIXED, Column, Scheme
from shopdb.services.lists.sheet import Row
from shopdb.store import records
from shopdb.store.schema import schema_of

Fate = Literal["new", "changed", "same"]
Heard = Callable[[int, int], None]
"""Hears how many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One record that a row made, changed or found."""

    resource: str
    id: int
    label: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of a row; with ``problems`` nothing did."""

    row: Row
    taken: tuple[Taken, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListReport:
    """What became of every row; ``added`` counts records that links needed, by resource."""

    rows: tuple[RowReport, ...]
    added: Mapping[str, int]

    @property
    def refused(self) -> tuple[RowReport, ...]:
        """The rows that were not taken in."""
        return tuple(row for row in self.rows if row.problems)

    @property
    def counts(self) -> dict[tuple[str, Fate], int]:
        """How many records of each resource are new, changed or the same."""
        return dict(Counter((one.resource, one.fate) for row in self.rows for one in row.taken))


def take_in(
    session: Session, rows: Sequence[Row], scheme: Scheme, *, adding: bool = False, heard: Heard = lambda *_: None
) -> ListReport:
    """Take rows in and return what became of each; a refused one hinders no other.

    ``adding`` makes records that cells link to and nobody has yet, such as places and makers.
    """
    taking = _Taking(session, scheme, adding=adding)
    reports = []
    for done, row in enumerate(rows, start=1):
        reports.append(taking.row(row))
        heard(done, len(rows))
    return ListReport(tuple(reports), dict(taking.added))


class _Taking:
    """One list on its way in."""

    def __init__(self, session: Session, scheme: Scheme, *, adding: bool) -> None:
        self._session, self._scheme, self._adding = session, scheme, adding
        self._catalog = schema_of(session).catalog
        self._words = words_of(session) if scheme.resource == MIXED else {}
        self._seen: dict[tuple[str, str], int] = {}
        self.added: Counter[str] = Counter()

    def row(self, row: Row) -> RowReport:
        """Take one row in, whole or not at all."""
        added = Counter(self.added)
        try:
            with self._session.begin_nested():
                return RowReport(row, tuple(self._taken(row)))
        except RefusedValuesError as refused:
            self.added = added
            return RowReport(row, (), tuple(f"{name}: {'; '.join(why)}" for name, why in refused.problems.items()))
        except ShopdbError as refused:
            self.added = added
            return RowReport(row, (), (str(refused),))

    def _taken(self, row: Row) -> Iterable[Taken]:
        main = self._main(row)
        others = dict.fromkeys(column.resource for column in self._scheme.columns if column.resource)
        # What another record of the row links to must be there first: a PC drives the machine beside it.
        names = sorted({main, *others}, key=lambda name: (self._links_to_assets(name), name))
        for name in names:
            if (taken := self._record(row, name, is_main=name == main)) is not None:
                yield taken

    def _main(self, row: Row) -> str:
        if self._scheme.resource != MIXED:
            return self._scheme.resource
        cell = row.cells[self._scheme.by]
        if found := kind_of(cell, self._words, self._scheme.kinds):
            return found
        told = "says nothing" if not cell else f"{cell!r} is no kind that is known here; say --kind {cell!r}=RESOURCE"
        raise RefusedValuesError(MIXED, {self._scheme.by: [told]})

    def _links_to_assets(self, name: str) -> bool:
        mapped = {column.field for column in self._scheme.columns if column.resource in ("", name)}
        return any(field.relation for field in self._catalog[name].fields if field.name in mapped)

    def _record(self, row: Row, name: str, *, is_main: bool) -> Taken | None:
        resource = self._catalog[name]
        mine = [one for one in self._scheme.columns if one.resource == name or (is_main and not one.resource)]
        values = self._values(row, resource, mine)
        key = next((one for one in self._scheme.keys_of(resource) if one in values), "")
        if is_main:
            self._refuse_twice(row, resource, key, values)
        elif not key:
            return None  # nothing in this row says which record that would be
        found = self._found(resource, key, values.get(key))
        if found is None:
            made = use.create(self._session, resource, values)
            return Taken(name, made.id, made.label, "new")
        changed = use.change(self._session, resource, found.id, values)
        return Taken(name, found.id, changed.label, "same" if changed.version == found.version else "changed")

    def _values(self, row: Row, resource: Resource, columns: Sequence[Column]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for column in columns:
            field = resource.fields_by_name.get(column.field)
            text = row.cells[column.heading]
            if field is None or not text:
                continue
            try:
                values[column.field] = value_from_text(text, field)
            except ValueRefusedError as refused:
                problems[column.heading] = [refused.reason]
        if problems:
            raise RefusedValuesError(resource.name, problems)
        if self._adding:
            self._add_missing(resource, values)
        return values

    def _add_missing(self, resource: Resource, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            field = resource.field(name)
            if field.kind is not Kind.LINK and not (field.kind is Kind.LINKS and not field.relation):
                continue
            target = self._catalog[field.target]
            if not target.writable or target.extends is not None or target.name == "assets":
                continue
            refs: Sequence[Ref] = value if isinstance(value, tuple) else (value,)
            labels = [ref.label for ref in refs if ref.id is None]
            for label in labels:
                if label not in records.matching(self._session, target, [label]):
                    use.create(self._session, target, {target.label_field: label})
                    self.added[target.name] += 1

    def _refuse_twice(self, row: Row, resource: Resource, key: str, values: Mapping[str, Any]) -> None:
        """Refuse a row whose key an earlier row has: one of them is wrong, and nobody here can say which."""
        if not key:
            return
        first = self._seen.setdefault((resource.name, str(values[key]).casefold()), row.line)
        if first != row.line:
            raise RefusedValuesError(resource.name, {key: [f"row {first} has it already"]})

    def _found(self, resource: Resource, key: str, value: Any) -> Record | None:
        if value is None:
            return None
        asked = ListQuery(Filter((Condition(key, "equals", (value,)),)), limit=2)
        rows = records.page(self._session, resource, asked).rows
        if len(rows) > 1:
            raise RefusedValuesError(resource.name, {key: [f"more than one record has {value}"]})
        return rows[0] if rows else None
