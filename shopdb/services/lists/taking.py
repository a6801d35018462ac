"""Taking the rows of a list in, each by itself: a record is made, changed, or the same; or the row is refused.

A blank cell never clears a value. The same list again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import Record
from shopdb.domain.resource import Resource
from shopdb.exceptions import RefusedValuesError, ShopdbError, ValueRefusedError
from shopdb.services import records as use
from shopdb.services.checking import called, checked
from shopdb.services.lists.cells import value_of
from shopdb.services.lists.kinds import UNKNOWN, kind_of, words_of
from shopdb.services.lists.known import Known, found, found_later, identity
from shopdb.services.lists.scheme import MIXED, Column, Scheme
from shopdb.services.lists.sheet import Row
from shopdb.store import records
from shopdb.store.schema import own_table, root_table, schema_of

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
    note: str = ""
    """What a person should know of how the record was found."""


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
    def notes(self) -> tuple[tuple[int, str], ...]:
        """What a person should know of rows, with the number of each."""
        return tuple((row.row.line, one.note) for row in self.rows for one in row.taken if one.note)

    @property
    def left_out(self) -> int:
        """How many rows are of a kind that was to be left out."""
        return sum(not row.problems and not row.taken for row in self.rows)

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
        self._seen: dict[tuple[Any, ...], _Said] = {}
        self._means: dict[tuple[str, int], _Said] = {}
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
        if not main:
            return
        others = dict.fromkeys(column.resource for column in self._scheme.columns if column.resource)
        # What another record of the row links to must be there first: a PC drives the machine beside it.
        for name in sorted({main, *others}, key=lambda name: (self._comes_later(name, main), name)):
            if (taken := self._record(row, name, is_main=name == main)) is not None:
                yield taken

    def _main(self, row: Row) -> str:
        if self._scheme.resource != MIXED:
            return self._scheme.resource
        cell = row.cells[self._scheme.by]
        found = kind_of(cell, self._words, self._scheme.kinds)
        if found != UNKNOWN:
            return found
        told = "says nothing" if not cell else f"{cell!r} is no kind that is known here; say --kind {cell!r}=RESOURCE"
        raise RefusedValuesError(MIXED, {self._scheme.by: [told]})

    def _comes_later(self, name: str, main: str) -> bool:
        """Whether a record of the row links to others of it: what belongs to them, or drives them."""
        mapped = {column.field for column in self._columns(self._catalog[name], is_main=name == main)}
        fields = self._catalog[name].fields
        return bool(self._catalog[name].parent) or any(one.relation for one in fields if one.name in mapped)

    def _columns(self, resource: Resource, *, is_main: bool) -> list[Column]:
        """Return the columns of one record of a row; what is said of it by its type's name comes last, and counts.

        A row that is itself a PC is none that stands beside the row: a column that is a field of the row already, such
        as its number, does not say of the PC beside it what that one drives.
        """
        named = [one for one in self._scheme.columns if one.resource == resource.name]
        if not is_main:
            return named
        own = [one for one in self._scheme.columns if not one.resource and one.field in resource.fields_by_name]
        headings = {one.heading for one in own}
        return [*own, *(one for one in named if one.heading not in headings)]

    def _record(self, row: Row, name: str, *, is_main: bool) -> Taken | None:
        resource = self._catalog[name]
        columns = self._columns(resource, is_main=is_main)
        filled = {one.field: one.heading for one in columns if row.cells[one.heading]}
        values, problems = self._values(row, resource, columns)
        keys = self._scheme.keys_of(resource, is_main=is_main)
        if not is_main and not any(key in filled for key in keys):
            return None  # nothing in this row says which record that would be
        missing = {} if self._adding else dict(self._missing(resource, values))
        try:
            if self._adding:
                self._add_missing(resource, values)
            known = self._known(row, resource, values, keys, is_main=is_main)
            if problems:
                self._tell_the_rest(resource, known.record, values)
            else:
                return self._written(row, resource, known, values, is_main=is_main)
        except RefusedValuesError as refused:
            headings = {one.field: one.heading for one in columns} | filled
            for field, why in refused.problems.items():
                hint = [f"--add-missing makes {missing[field]}"] if field in missing else []
                problems.setdefault(headings.get(field, field), [*why, *hint])
        raise RefusedValuesError(name, problems)

    def _values(
        self, row: Row, resource: Resource, columns: Sequence[Column]
    ) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """Return the values that cells hold, by field, and why others hold none, by heading."""
        values: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for column in columns:
            text = row.cells[column.heading]
            if column.field not in resource.fields_by_name or not text:
                continue
            try:
                field = resource.fields_by_name[column.field]
                values[column.field] = value_of(text, field, decimal_comma=self._scheme.decimal_comma)
            except ValueRefusedError as refused:
                problems[column.heading] = [refused.reason]
        return values, problems

    def _known(
        self, row: Row, resource: Resource, values: Mapping[str, Any], keys: Sequence[str], *, is_main: bool
    ) -> Known:
        """Return the record that the row means; refuse it if an earlier row says something else of the same one."""
        wanted = identity(self._session, resource, values, keys)
        if wanted is None:
            return Known(None)
        said = _Said(row.line, values)
        if is_main and wanted.is_whole and (first := self._seen.setdefault(wanted.key, said)).values != values:
            told = wanted.fields[-1] if resource.parent else wanted.fields[0]
            raise RefusedValuesError(resource.name, {told: [f"row {first.line} has it already"]})
        known = found(self._session, resource, wanted)
        is_new_key = known.record is None and not self._scheme.key and wanted.fields == (resource.key_field,)
        if is_new_key:
            known = found_later(self._session, resource, values)
        if is_main and known.record is not None:
            first = self._means.get((resource.name, known.record.id), said)
            if first.values != values:
                raise RefusedValuesError(
                    resource.name, {wanted.fields[0]: [f"row {first.line} is that record already"]}
                )
        return known

    def _tell_the_rest(self, resource: Resource, record: Record | None, values: Mapping[str, Any]) -> None:
        """Raise `RefusedValuesError` for what else is wrong with a row whose cells cannot all be read."""
        if record is None:
            checked(self._session, resource, values)
            return
        root, own = records.table_rows(self._session, resource, record.id)
        checked(self._session, resource, values, {root_table(resource): root, own_table(resource): own})

    def _written(
        self, row: Row, resource: Resource, known: Known, values: Mapping[str, Any], *, is_main: bool
    ) -> Taken:
        if known.record is None:
            made = use.create(self._session, resource, values)
            taken = Taken(resource.name, made.id, made.label, "new")
        else:
            before = known.record
            wanted = values if is_main else self._with_relations(resource, before.id, values)
            changed = use.change(self._session, resource, before.id, wanted)
            fate: Fate = "same" if changed.version == before.version else "changed"
            taken = Taken(resource.name, before.id, changed.label, fate, known.note)
        if is_main:
            self._means.setdefault((resource.name, taken.id), _Said(row.line, values))
        return taken

    def _with_relations(self, resource: Resource, record_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values with the relations that are here: a PC in two rows drives the machines of both."""
        names = [name for name in values if resource.field(name).relation]
        here = records.get(self._session, resource, record_id).values if names else {}
        return {**values, **{name: (*here[name], *(values[name] or ())) for name in names}}

    def _missing(self, resource: Resource, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Yield the fields whose links lead to nothing that is here but could be made, and what that is."""
        for name, value in values.items():
            field = resource.field(name)
            if value is None or (field.kind is not Kind.LINK and (field.kind is not Kind.LINKS or field.relation)):
                continue
            target = self._catalog[field.target]
            if not target.writable or target.extends is not None or target.name == "assets":
                continue
            refs: Sequence[Ref] = value if isinstance(value, tuple) else (value,)
            labels = [ref.label for ref in refs if ref.id is None and not ref.label.startswith("#")]
            there = called(self._session, target, labels)
            yield from ((name, label) for label in labels if label not in there)

    def _add_missing(self, resource: Resource, values: Mapping[str, Any]) -> None:
        for name, label in list(self._missing(resource, values)):
            target = self._catalog[resource.field(name).target]
            if label in called(self._session, target, [label]):
                continue  # made for another field of this very row
            try:
                use.create(self._session, target, {target.label_field: label})
            except RefusedValuesError as refused:
                lacking = "; ".join(f"{field} {' and '.join(why)}" for field, why in refused.problems.items())
                why = f"{label} cannot be made by its name alone ({lacking})"
                raise RefusedValuesError(resource.name, {name: [why]}) from refused
            self.added[target.name] += 1


@dataclass(frozen=True, slots=True)
class _Said:
    """What an earlier row says of a record."""

    line: int
    values: Mapping[str, Any]
