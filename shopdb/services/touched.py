"""Which of the records that a batch created have been worked on since, by whatever still holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from shopdb.store.chunks import chunks
from shopdb.store.log import log_of
from shopdb.store.models.operation import Batch, Change

Subject = tuple[str, int]
"""Table and id of the record to whose history an entry belongs."""

MOST_REMEMBERED = 10_000


class Touched:
    """What is known of the records of one batch."""

    def __init__(self, session: Session, batch_id: int) -> None:
        """Begin with nothing known."""
        self._session = session
        self._batch_id = batch_id
        self._known: dict[Subject, int] = {}
        newest = select(func.max(Change.id)).where(Change.batch_id == batch_id)
        self._last_entry = session.connection().scalar(newest) or 0

    def by(self, subjects: Collection[Subject]) -> Mapping[Subject, int]:
        """Return those of the subjects that the batch created and another batch has changed, with the last such batch.

        Batches that have been undone do not count, nor does the undoing of them.
        """
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        unknown = sorted({one for one in subjects if one not in self._known})
        for table, some in groupby(unknown, key=lambda subject: subject[0]):
            for ids in chunks([record_id for _, record_id in some]):
                self._known |= self._looked_up(table, ids)
        return {one: self._known[one] for one in subjects if self._known.get(one)}

    def _looked_up(self, table: str, ids: Sequence[int]) -> dict[Subject, int]:
        later = self._later(table, ids)
        born = self._born(table, list(later))
        standing = self._standing({batch for record_id in born for batch in later[record_id]})
        last = {record_id: max(later[record_id] & standing, default=0) for record_id in born}
        return {(table, record_id): last.get(record_id, 0) for record_id in ids}

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

    def _born(self, table: str, ids: Sequence[int]) -> Sequence[int]:
        created = select(Change.record_id).where(
            Change.subject_table == table,
            Change.subject_id.in_(ids),
            Change.table == table,
            Change.action == "create",
            Change.batch_id == self._batch_id,
        )
        return [record_id for record_id in self._session.connection().scalars(created) if record_id is not None]

    def _standing(self, batches: set[int]) -> set[int]:
        """Return the batches whose work holds: no undo that holds took it back, and it is no such undo itself."""
        undoes: dict[int, int] = {}
        asked = batches
        while asked:
            found = self._undos(asked)
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
        return {batch for batch in batches - undone if undoes.get(batch) not in {*batches, self._batch_id}}

    def _undos(self, batches: Collection[int]) -> dict[int, int]:
        """Return what is undone by which: the undos among the batches, and those of one of them."""
        found: dict[int, int] = {}
        for some in chunks(sorted(batches)):
            either = or_(Batch.id.in_(some), Batch.undoes_id.in_(some))
            undos = select(Batch.id, Batch.undoes_id).where(either, Batch.undoes_id.is_not(None))
            found |= {row.id: row.undoes_id for row in self._session.connection().execute(undos)}
        return found
