"""What a record's values must be beyond their kinds: links that lead somewhere, keys that are nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Index, Table, UniqueConstraint, select
from sqlalchemy.orm import Session

from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.resource import Resource
from shopdb.exceptions import RefusedValuesError
from shopdb.store import records
from shopdb.store.describe import path_columns
from shopdb.store.schema import key_column, own_table, root_table, schema_of

_ID = re.compile("#[0-9]{1,18}")

Columns = dict[Table, dict[str, Any]]
"""What to write, by table and column."""


def checked(
    session: Session,
    resource: Resource,
    values: Mapping[str, Any],
    current: Mapping[Table, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the values as they are saved, every link with its id.

    ``current`` are the rows of a record that is changed; without them the record is new. Raises `RefusedValuesError`
    naming every value that does not do, for whatever reason.
    """
    fit, problems = resource.sift(values, partial=current is not None)
    for name, value in fit.items():
        if resource.field(name).kind in (Kind.LINK, Kind.LINKS) and value is not None:
            fit[name], reasons = _resolved(session, resource, name, value)
            if reasons:
                problems[name] = reasons
    wanted = columns(resource, fit)
    emptied = [(name, reason) for name, reason in _emptied(resource, wanted, current) if name not in problems]
    for name, reason in (*emptied, *_taken(session, resource, wanted, current or {})):
        problems.setdefault(name, []).append(reason)
    if problems:
        raise RefusedValuesError(resource.name, problems)
    return fit


def columns(resource: Resource, values: Mapping[str, Any]) -> Columns:
    """Return what these values are in the tables of the record; many-valued links are not among them."""
    root, own = root_table(resource), own_table(resource)
    found: Columns = {root: {}, own: {}}
    for name, value in values.items():
        field = resource.field(name)
        if field.kind is not Kind.LINKS:
            column = path_columns(field, own, root)[-1]
            assert isinstance(column.table, Table)
            found[column.table][column.name] = value.id if isinstance(value, Ref) else _stored(value, column)
    return found


def unique_fields(resource: Resource) -> Iterator[tuple[str, ...]]:
    """Yield the fields of the record's table whose values no two records share, alone or together."""
    names = _field_names(resource)
    yield from (tuple(names.get(one, one) for one in unique) for unique in _unique_columns(root_table(resource)))


def called(session: Session, resource: Resource, texts: Sequence[str]) -> dict[str, list[int]]:
    """Return the ids of each text as `records.matching` does; what nothing is called may be an id, written as #22."""
    found = records.matching(session, resource, texts)
    ids = {text: int(text[1:]) for text in texts if text not in found and _ID.fullmatch(text)}
    there = records.existing(session, resource, list(ids.values()))
    return found | {text: [record_id] for text, record_id in ids.items() if record_id in there}


def _stored(value: Any, column: Column[Any]) -> Any:
    # What is blank in a column that cannot be empty is what the column holds by itself: no, nought.
    if value is None and not column.nullable and column.default is not None and column.default.is_scalar:
        return column.default.arg  # type: ignore[attr-defined]  # a scalar default has one
    return value


def _resolved(session: Session, resource: Resource, name: str, value: Any) -> tuple[Any, list[str]]:
    """Return a link, or links, with ids, and why some of them lead to no record, or to which one is unclear."""
    field = resource.field(name)
    target = schema_of(session).catalog[field.target]
    refs: Sequence[Ref] = value if isinstance(value, tuple) else (value,)
    named = called(session, target, [ref.label for ref in refs if ref.id is None])
    there = records.existing(session, target, [ref.id for ref in refs if ref.id is not None])
    found: list[Ref] = []
    reasons: list[str] = []
    what = target.singular.lower()
    for ref in refs:
        ids = named.get(ref.label, []) if ref.id is None else [ref.id] if ref.id in there else []
        if not ids:
            reasons.append(f"there is no {what} {ref.label if ref.id is None else f'#{ref.id}'}")
        elif len(ids) > 1:
            reasons.append(_several(what, ref.label, ids))
        else:
            found.append(Ref(ids[0], ref.label))
    return (tuple(found) if field.kind is Kind.LINKS else found[0] if found else None), reasons


def _several(what: str, label: str, ids: Sequence[int]) -> str:
    such = " or ".join(f"#{record_id}" for record_id in ids)
    return f"more than one {what} is called {label}; choose it by its id, such as {such}"


def _emptied(
    resource: Resource, wanted: Columns, current: Mapping[Table, Mapping[str, Any]] | None
) -> Iterator[tuple[str, str]]:
    """Yield the fields that would be left empty though their columns cannot be."""
    names = _field_names(resource)
    for table, values in wanted.items():
        for name, value in values.items():
            column = table.c[name]
            is_filled_in = current is None and column.info.get("filled")
            if value is None and not column.nullable and not is_filled_in:
                yield names.get(name, name), "cannot be blank"


def _taken(
    session: Session, resource: Resource, wanted: Columns, current: Mapping[Table, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield the fields whose values another record has, alone or together, and which record that is."""
    names = _field_names(resource)
    for table, values in wanted.items():
        before = current.get(table, {})
        row = {**before, **values}
        changed = {name for name, value in values.items() if name not in before or before[name] != value}
        for unique in _unique_columns(table):
            if changed.isdisjoint(unique) or any(row.get(name) is None for name in unique):
                continue
            key = key_column(table)
            same = select(key).where(*(table.c[name] == row[name] for name in unique)).limit(2)
            holders = set(session.connection().scalars(same)) - {before.get(key.name)}
            for holder in sorted(holders)[:1]:
                name = next(name for name in unique if name in changed)
                others = [names.get(one, one) for one in unique if one != name]
                beside = f" beside this {' and '.join(others)}" if others else ""
                yield names.get(name, name), f"{row[name]} is taken{beside} (by #{holder})"


def _field_names(resource: Resource) -> dict[str, str]:
    root, own = root_table(resource), own_table(resource)
    fields = [one for one in resource.fields if one.kind is not Kind.LINKS and not one.path]
    return {path_columns(one, own, root)[-1].name: one.name for one in fields}


def _unique_columns(table: Table) -> Iterator[Sequence[str]]:
    for rule in (*table.constraints, *table.indexes):
        if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique):
            yield [column.name for column in rule.columns]
