"""Which of the records that a batch created have to stay when it is undone, whole, with all that belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Column, func, or_, select
from sqlalchemy.orm import Session

from shopdb.store.chunks import chunks
from shopdb.store.log import log_of
from shopdb.store.models.operation import Batch, Change
from shopdb.store.schema import key_column, schema_of, subject_table

Subject = tuple[str, int]
"""Table and id of the record to whose history an entry belongs."""

MOST_REMEMBERED = 10_000


class Holding:
    """What is known of the records of one batch: the reason why each has to stay, "" if it may go."""

    def __init__(self, session: Session, batch_id: int) -> None:
        """Begin with nothing known."""
        self._session = session
        self._batch_id = batch_id
        self._known: dict[Subject, str] = {}
        newest = select(func.max(Change.id)).where(Change.batch_id == batch_id)
        self._last_entry = session.connection().scalar(newest) or 0

    def reasons(self, subjects: Collection[Subject]) -> Mapping[Subject, str]:
        """Return those of the subjects that the batch created and that have to stay, each with the reason.

        Somebody has worked on them since, or something that stays points at them. Batches that have been undone do
        not count as work, nor does the undoing of them.
        """
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        self._learn(subjects)
        return {one: self._known[one] for one in subjects if self._known[one]}

    def _learn(self, subjects: Collection[Subject]) -> None:
        unknown = sorted({one for one in subjects if one not in self._known})
        for table, some in groupby(unknown, key=lambda subject: subject[0]):
            for ids in chunks([record_id for _, record_id in some]):
                self._known |= {(table, record_id): "" for record_id in ids}
                self._known |= self._worked_on(table, ids)
                self._known |= self._pointed_at(table, [one for one in ids if not self._known[table, one]])

    def _worked_on(self, table: str, ids: Sequence[int]) -> dict[Subject, str]:
        later = self._later(table, ids)
        born = self._born(table, list(later))
        standing = self._standing({batch for record_id in born for batch in later[record_id]})
        last = {record_id: max(later[record_id] & standing, default=0) for record_id in born}
        return {(table, one): f"changed since, last by batch {batch}" for one, batch in last.items() if batch}

    def _later(self, table: str, ids: Sequence[int]) -> Mapping[int, set[int]]:
        """Return by record the batches that changed it after this one; the undo that asks is none of them."""
        entries = select(Change.subject_id, Change.batch_id).where(
            Change.subject_table == table, Change.subject_id.in_(ids), Change.id > self._last_entry
        )
        found: defaultdict[int, set[int]] = defaultdict(set)
        for record_id, batch in self._session.connection().execute(entries.distinct()):
            if record_id is not None and batch != log_of(self._session).batch_id:
                found[record_id].add(batch)
        return found

    def _born(self, table: str, ids: Sequence[int]) -> set[int]:
        """Return those of the records that the batch created."""
        found: set[int] = set()
        for some in chunks(ids):
            created = select(Change.record_id).where(
                Change.subject_table == table,
                Change.subject_id.in_(some),
                Change.table == table,
                Change.action == "create",
                Change.batch_id == self._batch_id,
            )
            found.update(one for one in self._session.connection().scalars(created) if one is not None)
        return found

    def _pointed_at(self, table: str, ids: Sequence[int]) -> dict[Subject, str]:
        """Return which of the records something points at that stays: a relation of a record that stays, say."""
        held: dict[Subject, str] = {}
        for column in self._pointers(table):
            child = column.table
            owner = child.c[child.info["subject"] or key_column(child).name]
            owners = subject_table(child)
            pairs = self._session.connection().execute(select(column, owner).where(column.in_(ids))).all()
            sources = {source for _, source in pairs}
            self._learn({(owners, source) for source in sources})
            going = {one for one in self._born(owners, sorted(sources)) if not self._known[owners, one]}
            for record_id, source in pairs:
                if source not in going:
                    held[table, record_id] = f"still used by {child.name} of {owners} {source}"
        return held

    def _pointers(self, table: str) -> Iterator[Column[int]]:
        """Yield the foreign keys that point at records of a table from elsewhere; none if no rows belong to them.

        A record without such rows cannot be torn apart: undo finds out by itself what still uses it.
        """
        dependents = schema_of(self._session).dependents.get(table, ())
        logged = [one.column for one in dependents if one.column.table.info.get("logged", True)]
        pointers = [column for column in logged if column.name != column.table.info["subject"]]
        if len(pointers) < len(logged):
            yield from pointers

    def _standing(self, batches: set[int]) -> set[int]:
        """Return the batches whose work holds: no undo that holds took it back, and it is no such undo itself."""
        undoes, undone = _settled(self._session, batches)
        return {batch for batch in batches - undone if undoes.get(batch) not in {*batches, self._batch_id}}


def undos_that_hold(session: Session, batch_id: int) -> set[int]:
    """Return the undos of a batch that have not been undone themselves."""
    undoes, undone = _settled(session, {batch_id})
    return {batch for batch, target in undoes.items() if target == batch_id} - undone


def _settled(session: Session, batches: set[int]) -> tuple[Mapping[int, int], set[int]]:
    """Return what each undo around these batches undoes, and which of all these an undo that holds took back."""
    undoes: dict[int, int] = {}
    asked: Collection[int] = batches
    while asked:
        found = _undos(session, asked)
        asked = found.keys() - undoes.keys()
        undoes |= found
    undone_by: defaultdict[int, set[int]] = defaultdict(set)
    for batch, target in undoes.items():
        undone_by[target].add(batch)
    undone: set[int] = set()
    for batch in sorted(batches | undoes.keys(), reverse=True):
        # Whatever undoes a batch came after it, so that is decided by now.
        if undone_by[batch] - undone:
            undone.add(batch)
    return undoes, undone


def _undos(session: Session, batches: Collection[int]) -> dict[int, int]:
    """Return what is undone by which: the undos among the batches, and those of one of them."""
    found: dict[int, int] = {}
    for some in chunks(sorted(batches)):
        either = or_(Batch.id.in_(some), Batch.undoes_id.in_(some))
        undos = select(Batch.id, Batch.undoes_id).where(either, Batch.undoes_id.is_not(None))
        found |= {row.id: row.undoes_id for row in session.connection().execute(undos)}
    return found
