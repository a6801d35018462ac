"""Taking a batch of changes back, row by row, where nobody has touched the row since.

Entries are read newest first, some at a time, so that a batch of any size takes little memory. A record that the batch
created goes as a whole or, if somebody has worked on it since, stays as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Row, Table, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopdb.exceptions import BatchNotFoundError, StaleRowError
from shopdb.services.holding import Holding, Subject, undos_that_hold
from shopdb.store import changes
from shopdb.store.chunks import chunks
from shopdb.store.documents import rows_of, unplain
from shopdb.store.log import log_of
from shopdb.store.models.operation import Batch, Change
from shopdb.store.schema import identity, key_column, schema_of
from shopdb.store.session import origin_of, settle

ENTRIES_AT_ONCE = 1000
ROWS_AT_ONCE = 500
ROWS_SETTLED = 10_000
MOST_VERSION = 2**31 - 1
Values = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(slots=True)
class UndoReport:
    """What an undo did: ``restored`` rows are as they were before; ``skipped`` says what is not, and why.

    ``undone_by`` is an earlier undo of the batch that holds; the last one, if parts of it were undone one by one.
    """

    batch_id: int
    undone_by: int | None = None
    undo_batch_id: int | None = None
    restored: int = 0
    skipped: list[str] = field(default_factory=list)


def undo(session: Session, batch_id: int) -> UndoReport:
    """Reverse a batch, newest entry first, as a batch of its own, and report what could not be.

    What somebody has changed since is left as it is and listed. Raises `BatchNotFoundError`.
    """
    if session.connection().scalar(select(Batch.id).where(Batch.id == batch_id)) is None:
        raise BatchNotFoundError(batch_id)
    log_of(session).undoes = batch_id
    report = UndoReport(batch_id, undone_by=max(undos_that_hold(session, batch_id), default=None))
    undoing = _Undoing(session, report, Holding(session, batch_id))
    entries = _newest_first(session, batch_id)
    for (table_name, action), some in groupby(entries, lambda entry: (entry.table_name, entry.action)):
        table = schema_of(session).tables.get(table_name)
        if table is None or action not in undoing.reverse:
            undoing.report.skipped.append(_foreign(table_name, action, sum(1 for _ in some)))
            continue
        if table.name in schema_of(session).catalog:
            origin_of(session).require(f"{table.name}.change")
        steps = (step for entry in some for step in _steps(table, entry))
        while few := list(islice(steps, ROWS_AT_ONCE)):
            undoing.take_back(table, action, few)
    undoing.take_the_rest_away()
    undoing.report.undo_batch_id = settle(session)
    return undoing.report


def _newest_first(session: Session, batch_id: int) -> Iterator[Row[Any]]:
    columns = (
        Change.id, Change.table, Change.action, Change.subject_table, Change.subject_id, Change.before, Change.after,
    )  # fmt: skip
    below: int | None = None
    while True:
        window = select(*columns).where(Change.batch_id == batch_id, true() if below is None else Change.id < below)
        rows = session.connection().execute(window.order_by(Change.id.desc()).limit(ENTRIES_AT_ONCE)).all()
        yield from rows
        if not rows:
            return
        below = rows[-1].id


def _foreign(table: str, action: str, count: int) -> str:
    if action in ("create", "update", "delete"):
        return f"{count} entries of {table}: their plugin is not loaded"
    return f"{count} entries {action!r}: only what wrote them knows what they did"


@dataclass(frozen=True, slots=True)
class _Step:
    """One row of the batch, decoded; ``change_id`` is the entry that it comes from.

    ``homeless`` are columns whose former values the table has no place for any more.
    """

    change_id: int
    subject: Subject
    before: Values
    after: Values
    homeless: tuple[str, ...]


def _steps(table: Table, entry: Row[Any]) -> Iterator[_Step]:
    befores, afters = list(rows_of(entry.before_doc)), list(rows_of(entry.after_doc))
    count = max(len(befores), len(afters))
    for before, after in reversed(list(zip(befores or [{}] * count, afters or [{}] * count, strict=True))):
        homeless = tuple(name for name, value in before.items() if name not in table.c and (after or value is not None))
        subject = (entry.subject_table, entry.subject_id or 0)
        yield _Step(entry.id, subject, _decoded(table, before), _decoded(table, after), homeless)


def _decoded(table: Table, row: Mapping[str, Any]) -> Values:
    return {name: unplain(table.c[name], value) for name, value in row.items() if name in table.c}


class _Undoing:
    """One undo at work; ``waiting`` are rows that something else still needed when their turn came."""

    def __init__(self, session: Session, report: UndoReport, holding: Holding) -> None:
        self.report = report
        self.reverse: Mapping[str, Callable[[Table, Sequence[_Step]], None]] = {
            "create": self._take_away,
            "update": self._set_back,
            "delete": self._bring_back,
        }
        self._session = session
        self._holding = holding
        self._waiting: defaultdict[Table, list[Values]] = defaultdict(list)
        self._unsettled = 0

    def take_back(self, table: Table, action: str, steps: Sequence[_Step]) -> None:
        """Reverse some rows of one table that the batch treated alike."""
        self.reverse[action](table, steps)
        self._unsettled += len(steps)
        if self._unsettled >= ROWS_SETTLED:
            settle(self._session)
            self._unsettled = 0

    def take_the_rest_away(self) -> None:
        """Delete the rows that waited, as long as one going sets another free; report those that have to stay."""
        while self._waiting:
            before, self._waiting = self._waiting, defaultdict(list)
            reasons = [
                reason
                for table, rows in before.items()
                for some in chunks(rows)
                for reason in self._delete(table, some)
            ]
            if len(reasons) == sum(map(len, before.values())):
                self.report.skipped += reasons
                return

    def _take_away(self, table: Table, steps: Sequence[_Step]) -> None:
        """Delete what the batch created."""
        kept = self._holding.reasons([step.subject for step in steps])
        known = _now(self._session, table, [step.after for step in steps])
        going = []
        for step in steps:
            current = known.get(_key(table, step.after))
            if step.subject in kept:
                if step.subject == (table.name, step.after[key_column(table).name]):
                    self.report.skipped.append(f"{_named(table, step.after)}: {kept[step.subject]}; left whole")
            elif current is not None and (changed := _differing(table, step.after, current)):
                self.report.skipped.append(f"{_named(table, current)}: {', '.join(changed)} changed since")
            elif current is not None:
                going.append(current)
        self._delete(table, going)

    def _delete(self, table: Table, rows: Sequence[Values]) -> list[str]:
        """Delete the rows that nothing points at, let the others wait, and return why they have to."""
        key = key_column(table).name
        users = _users(self._session, table, [row[key] for row in rows])
        waiting = [row for row in rows if row[key] in users]
        going = [row for row in rows if row[key] not in users]
        changes.delete_rows(self._session, table, going)
        self.report.restored += len(going)
        if waiting:
            self._waiting[table] += waiting
        return [f"{_named(table, row)}: still used by {users[row[key]]}" for row in waiting]

    def _set_back(self, table: Table, steps: Sequence[_Step]) -> None:
        """Give the columns that the batch changed their former values."""

        def work(some: Sequence[_Step]) -> list[str]:
            known = _now(self._session, table, [step.after for step in some])
            return [reason for step in some if (reason := self._row_set_back(table, step, known))]

        self._try(steps, work, lambda step: f"{_named(table, step.after)}: its former values are taken or gone")

    def _row_set_back(self, table: Table, step: _Step, known: dict[Key, Values]) -> str:
        key = _key(table, step.after)
        current = known.get(key)
        if current is None:
            return f"{_named(table, step.after)}: deleted since"
        if changed := _differing(table, step.after, current):
            return f"{_named(table, current)}: {', '.join(changed)} changed since"
        version = changes.update_row(self._session, table, current, step.before)
        known[key] = {**current, **step.before, "version": version}
        return _no_place(table, current, step)

    def _bring_back(self, table: Table, steps: Sequence[_Step]) -> None:
        """Insert what the batch deleted, under its former id."""

        def work(some: Sequence[_Step]) -> list[str]:
            known = _now(self._session, table, [step.before for step in some])
            missing = [step for step in some if _key(table, step.before) not in known]
            # Above every version that the row has had, so that a form opened before the deletion meets a merge.
            changes.insert_rows(self._session, table, [
                {**step.before, "version": min(step.change_id + 1, MOST_VERSION)} for step in missing
            ])  # fmt: skip
            again = [f"{_named(table, row)}: is there again" for row in known.values()]
            return again + [reason for step in missing if (reason := _no_place(table, step.before, step))]

        self._try(
            steps, work, lambda step: f"{_named(table, step.before)}: what it belongs to is gone, or its key taken"
        )

    def _try(
        self, steps: Sequence[_Step], work: Callable[[Sequence[_Step]], list[str]], failure: Callable[[_Step], str]
    ) -> None:
        """Do the work for all steps at once or, where the database refuses one of them, for each by itself."""
        try:
            with self._session.begin_nested():
                reasons = work(steps)
        except (IntegrityError, StaleRowError):
            if len(steps) > 1:
                for step in steps:
                    self._try([step], work, failure)
                return
            reasons = [failure(steps[0])]
        self.report.skipped += reasons
        self.report.restored += len(steps) - len(reasons)


def _no_place(table: Table, row: Values, step: _Step) -> str:
    """Return what of a row could not be given back because its columns are gone, "" if nothing."""
    return f"{_named(table, row)}: there is no {', '.join(step.homeless)} any more" if step.homeless else ""


def _now(session: Session, table: Table, rows: Sequence[Values]) -> dict[Key, Values]:
    """Return these rows as they are, by what tells them apart."""
    wanted = {_key(table, row) for row in rows}
    first = table.c[identity(table)[0]]
    found = session.connection().execute(select(table).where(first.in_({key[0] for key in wanted}))).mappings()
    return {key: dict(row) for row in found if (key := _key(table, row)) in wanted}


def _key(table: Table, row: Mapping[Any, Any]) -> Key:
    return tuple(row[name] for name in identity(table))


def _differing(table: Table, logged: Values, current: Values) -> list[str]:
    """Return the columns that are no longer as the log has them; a number that nothing is told by does not count."""
    uncounted = set(table.primary_key.columns.keys()).difference(identity(table))
    return [name for name, value in logged.items() if current[name] != value and name not in uncounted]


def _users(session: Session, table: Table, ids: Sequence[int]) -> dict[int, str]:
    """Return, by id, what else points at the row."""
    users: dict[int, str] = {}
    for dependent in schema_of(session).dependents.get(table.name, ()) if ids else ():
        column = dependent.column
        if column.table.info.get("logged", True):
            counted = select(column, func.count()).where(column.in_(ids)).group_by(column)
            users |= {owner: f"{count} {column.table.name}" for owner, count in session.connection().execute(counted)}
    return users


def _named(table: Table, row: Values) -> str:
    label = row.get(table.info.get("label", ""))
    return f"{table.name} {label or '/'.join(str(row.get(name)) for name in identity(table))}"
