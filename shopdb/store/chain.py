"""The chain over the change log: each sealed batch carries a hash over itself and over all sealed before it.

Sealing is work of its own, done now and then by one host at a time: a writer that had to know the hash before its own
would make every other writer wait (ADR 007). What was changed, added or taken out since is found by `broken_at`.
"""

from __future__ import annotations

import hashlib

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shopdb.exceptions import RecordNotFoundError
from shopdb.store.models.operation import Batch, ChainHead, Change
from shopdb.store.schema import table_of

SEAL_AT_ONCE = 500
GENESIS = bytes(32)
HEAD = (
    Batch.made_at, Batch.actor, Batch.user_id, Batch.token_id, Batch.door, Batch.label, Batch.size, Batch.undoes_id,
)  # fmt: skip
BODY = (
    Change.table, Change.record_id, Change.subject_table, Change.subject_id, Change.action, Change.before, Change.after,
)  # fmt: skip


def seal(session: Session) -> int:
    """Take up to 500 batches that are not yet in the chain into it; return how many were.

    Safe to call from several hosts: the chain's head is locked first. Needs no origin, for it changes nothing
    that people see, but a session that writes.
    """
    connection = session.connection()
    head = select(ChainHead.seal, ChainHead.chain_hash).where(ChainHead.id == 1).with_for_update()
    count, chained = connection.execute(head).one()
    unsealed = select(Batch.id).where(Batch.seal.is_(None)).order_by(Batch.id).limit(SEAL_AT_ONCE)
    waiting = connection.scalars(unsealed).all()
    for batch_id in waiting:
        count += 1
        chained = link(chained, count, batch_id, batch_digest(session, batch_id))
        connection.execute(update(table_of(Batch)).where(Batch.id == batch_id).values(seal=count, chain_hash=chained))
    if waiting:
        connection.execute(update(table_of(ChainHead)).where(ChainHead.id == 1).values(seal=count, chain_hash=chained))
    return len(waiting)


def broken_at(session: Session) -> int | None:
    """Return the number of the first seal that does not follow from what the database holds, None if all do.

    Reads the whole log. Somebody who can write to the database can also make a new chain: only a head that was
    noted elsewhere shows that.
    """
    count, chained = 0, GENESIS
    last, last_hash = session.connection().execute(
        select(ChainHead.seal, ChainHead.chain_hash).where(ChainHead.id == 1)
    ).one()  # fmt: skip
    while True:
        sealed = select(Batch.id, Batch.seal, Batch.chain_hash).where(Batch.seal > count).order_by(Batch.seal)
        batches = session.connection().execute(sealed.limit(SEAL_AT_ONCE)).all()
        for batch_id, number, chain_hash in batches:
            count += 1
            chained = link(chained, count, batch_id, batch_digest(session, batch_id))
            if (number, chain_hash) != (count, chained):
                return count
        if not batches:
            return None if (last, last_hash) == (count, chained) or last < count else count + 1


def link(before: bytes, seal_number: int, batch_id: int, digest: bytes) -> bytes:
    """Return the chain's hash after one more batch."""
    return hashlib.sha256(before + b"%d:%d:" % (seal_number, batch_id) + digest).digest()


def batch_digest(session: Session, batch_id: int) -> bytes:
    """Return the SHA-256 over what the database holds of a batch: its head and its changes in order."""
    digest = hashlib.sha256()
    connection = session.connection()
    head = connection.execute(select(*HEAD).where(Batch.id == batch_id)).one_or_none()
    if head is None:
        raise RecordNotFoundError("batches", batch_id)
    digest.update(orjson.dumps(list(head)))
    changes = select(*BODY).where(Change.batch_id == batch_id).order_by(Change.id)
    for row in connection.execute(changes.execution_options(yield_per=1000)):
        digest.update(orjson.dumps(list(row), option=orjson.OPT_SORT_KEYS))
    return digest.digest()
