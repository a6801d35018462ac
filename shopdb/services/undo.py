"""Taking a batch of changes back, row by row, where nobody has touched the row since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, func, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopdb.exceptions import BatchNotFoundError
from shopdb.store import changes
from shopdb.store.chunks import chunks
from shopdb.store.models.operation import Batch, Change
from shopdb.store.schema import Schema, identity, key_column, matching
from shopdb.store.session import origin_of, settle

ROWS_AT_ONCE = 200
MOST_VERSION = 2**31 - 1
Values = Mapping[str, Any]


@dataclass(slots=True)
class UndoReport:
    """What an undo did: ``restored`` rows are as they were before; ``skipped`` says what is not, and why."""

    batch_id: int
    undo_batch_id: int | None = None
    restored: int = 0
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Step:
    """One row of the batch, decoded; ``change_id`` is the entry that it comes from."""

    change_id: int
    before: Values | None
    after: Values | None


def undo(session: Session, batch_id: int) -> UndoReport:
    """Reverse a batch, newest entry first, as a batch of its own, and report what could not be.

    A row that somebody has changed since is left as it is and listed. Raises `BatchNotFoundError`.
    """
    batch = session.connection().execute(select(Batch.label).where(Batch.id == batch_id)).one_or_none()
    if batch is None:
        raise BatchNotFoundError(batch_id)
    schema: Schema = session.info["schema"]
    changes.log_of(session).undoes = batch_id
    report = UndoReport(batch_id)
    for (table_name, action), entries in groupby(_newest_first(session, batch_id), lambda one: (one[0], one[1])):
        table = schema.tables.get(table_name)
        if table is None or action not in _REVERSE:
            known = sum(1 for _ in entries)
            report.skipped.append(f"{known} entries of {table_name or action}: their plugin is not loaded")
            continue
        if table.name in schema.catalog:
            origin_of(session).require(f"{table.name}.change")
        steps = [step for _, _, row in entries for step in _steps(table, row)]
        for some in chunks(steps, ROWS_AT_ONCE):
            _REVERSE[action](session, table, some, report)
        settle(session)
    report.undo_batch_id = settle(session)
    return report


def _newest_first(session: Session, batch_id: int) -> Iterator[tuple[str, str, Row[Any]]]:
    columns = (Change.id, Change.table, Change.action, Change.before, Change.after)
    below: int | None = None
    while True:
        window = select(*columns).where(Change.batch_id == batch_id, true() if below is None else Change.id < below)
        rows = session.connection().execute(window.order_by(Change.id.desc()).limit(1000)).all()
        for row in rows:
            yield row.table_name, row.action, row
        if not rows:
            return
        below = rows[-1].id


def _steps(table: Table, row: Any) -> list[_Step]:
    befores, afters = _decoded(table, row.before_doc), _decoded(table, row.after_doc)
    count = max(len(befores), len(afters))
    pairs = zip(befores or [None] * count, afters or [None] * count, strict=True)
    return [_Step(row.id, before, after) for before, after in reversed(list(pairs))]


def _decoded(table: Table, document: Any) -> list[Values | None]:
    if document is None:
        return []
    many = "columns" in document and "rows" in document
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]] if many else [document]
    return [
        {name: changes.unplain(table.c[name], value) for name, value in row.items() if name in table.c} for row in rows
    ]


def _take_away(session: Session, table: Table, steps: Sequence[_Step], report: UndoReport) -> None:
    """Delete what the batch created."""
    wanted = [step.after for step in steps if step.after is not None]
    now = _now(session, table, wanted)
    untouched = []
    for row in wanted:
        current = now.get(_key(table, row))
        if current is None:
            continue
        if changed := _differing(row, current):
            report.skipped.append(f"{_named(table, current)}: {', '.join(changed)} changed since")
        else:
            untouched.append(current)
    burdened = _with_dependents(session, table, untouched)
    going = [row for row in untouched if row[key_column(table).name] not in burdened]
    report.skipped += [f"{_named(table, row)}: {burdened[row[key_column(table).name]]} was added since"
                       for row in untouched if row[key_column(table).name] in burdened]  # fmt: skip
    changes.delete_rows(session, table, going)
    report.restored += len(going)


def _set_back(session: Session, table: Table, steps: Sequence[_Step], report: UndoReport) -> None:
    """Give the columns that the batch changed their former values."""
    for step in steps:
        before, after = step.before or {}, step.after or {}
        current = _now(session, table, [after]).get(_key(table, after))
        if current is None:
            report.skipped.append(f"{_named(table, after)}: deleted since")
        elif changed := _differing(after, current):
            report.skipped.append(f"{_named(table, current)}: {', '.join(changed)} changed since")
        elif not _try(
            session,
            lambda current=current, before=before: changes.update_row(session, table, current, before),
        ):
            report.skipped.append(f"{_named(table, current)}: its former values are taken or no longer there")
        else:
            report.restored += 1


def _bring_back(session: Session, table: Table, steps: Sequence[_Step], report: UndoReport) -> None:
    """Insert what the batch deleted, under its former id."""
    now = _now(session, table, [step.before for step in steps if step.before])
    for step in steps:
        row = dict(step.before or {})
        # Above every version that the row has had, so that a form opened before the deletion meets a merge.
        row["version"] = min(step.change_id + 1, MOST_VERSION)
        if _key(table, row) in now:
            report.skipped.append(f"{_named(table, row)}: is there again")
        elif not _try(session, lambda row=row: changes.insert_rows(session, table, [row])):
            report.skipped.append(f"{_named(table, row)}: what it belongs to is gone, or its key is taken")
        else:
            report.restored += 1


_REVERSE = {"create": _take_away, "update": _set_back, "delete": _bring_back}


def _try(session: Session, work: Any) -> bool:
    try:
        with session.begin_nested():
            work()
    except IntegrityError:
        return False
    return True


def _now(session: Session, table: Table, rows: Sequence[Values | None]) -> dict[tuple[Any, ...], dict[str, Any]]:
    wanted = [row for row in rows if row is not None]
    if not wanted:
        return {}
    names = identity(table)
    condition: ColumnElement[bool]
    if len(names) == 1:
        condition = table.c[names[0]].in_([row[names[0]] for row in wanted])
    else:
        condition = or_(*[and_(*matching(table, row)) for row in wanted])
    found = session.connection().execute(select(table).where(condition)).mappings()
    return {_key(table, row): dict(row) for row in found}


def _key(table: Table, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in identity(table))


def _differing(logged: Values, current: Values) -> list[str]:
    return [name for name, value in logged.items() if current[name] != value]


def _with_dependents(session: Session, table: Table, rows: Sequence[Values]) -> dict[int, str]:
    """Return, by id, a table in which something has been added to the row that is no work of this batch."""
    if not rows:
        return {}
    schema: Schema = session.info["schema"]
    ids = [row[key_column(table).name] for row in rows]
    burdened: dict[int, str] = {}
    for dependent in schema.dependents.get(table.name, ()):
        child = dependent.column.table
        if not child.info.get("logged", True) or identity(table) != (key_column(table).name,):
            continue
        counted = select(dependent.column, func.count()).where(dependent.column.in_(ids)).group_by(dependent.column)
        burdened |= {owner: f"{count} {child.name}" for owner, count in session.connection().execute(counted)}
    return burdened


def _named(table: Table, row: Values) -> str:
    label = row.get(table.info.get("label", ""))
    return f"{table.name} {label or '/'.join(str(row.get(name)) for name in identity(table))}"
