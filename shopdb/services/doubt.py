"""Keeping a push that cannot be taken in, whole, until a person decides or the cause is mended."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shopdb.domain.evidence import Gathered
from shopdb.store import changes, locks
from shopdb.store.base import utc_now
from shopdb.store.identity import Candidate
from shopdb.store.models.intake import HeldItem
from shopdb.store.schema import table_of

LARGEST_PAYLOAD_BYTES = 16 * 1024 * 1024
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Why a payload waits; ``gathered`` only where it is in doubt which device it speaks of."""

    plugin: str
    payload: Any
    reason: str
    details: Sequence[str] = ()
    gathered: Gathered | None = None
    candidates: Sequence[Candidate] = ()

    @property
    def fingerprint(self) -> bytes | None:
        """The fingerprint of the device in doubt, None if the doubt is about something else."""
        return self.gathered.fingerprint if self.gathered is not None and self.gathered.evidence else None

    @property
    def digest(self) -> bytes:
        """SHA-256 that the same question has again: the same program about the same device, or the same payload."""
        asked: list[Any] = [self.plugin]
        if self.fingerprint is None:
            asked.append(self.payload)
        else:
            asked += [self.fingerprint.hex(), self.payload.get("source"), bool(self.payload.get("partial"))]
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).digest()


def hold(session: Session, question: Question) -> int:
    """Keep the payload for a person and return the held item's id; the same question again is counted, not repeated."""
    table = table_of(HeldItem)
    digest = question.digest
    locks.take(session, {digest.hex()})
    waiting = select(table.c.id, table.c.times).where(table.c.question == digest, table.c.resolution.is_(None))
    known = session.connection().execute(waiting).first()
    packed = zlib.compress(orjson.dumps(question.payload))
    kept = packed if len(packed) <= LARGEST_PAYLOAD_BYTES else b""
    if known is not None:
        again = {"times": known.times + 1, "payload": kept, "received_at": utc_now()}
        session.connection().execute(update(table).where(table.c.id == known.id).values(**again))
        return int(known.id)
    row = {
        "plugin": question.plugin,
        "reason": question.reason[:LONGEST_REASON],
        "evidence": _told(question.gathered),
        "candidates": [one.described() for one in question.candidates],
        "payload": kept,
        "question": digest,
        "fingerprint": question.fingerprint,
        "received_at": utc_now(),
        "times": 1,
        "note": "\n".join(question.details) or None,
    }
    made = changes.insert_rows(session, table, [row])[0]
    assert made is not None
    return made


def _told(gathered: Gathered | None) -> dict[str, list[str]]:
    kinds = {one.kind for one in gathered.evidence} if gathered is not None else set()
    return {kind: sorted(gathered.values(kind)) for kind in sorted(kinds)} if gathered is not None else {}
