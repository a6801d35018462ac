"""The review queue: pushes that wait for a person, and what the person decides."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.evidence import Gathered
from shopdb.exceptions import AlreadyResolvedError, RecordNotFoundError
from shopdb.store import changes
from shopdb.store.base import utc_now
from shopdb.store.identity import Candidate
from shopdb.store.models.intake import HeldItem, IdentityDecision
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of

Decision = Literal["same", "different", "ignore"]
LARGEST_PAYLOAD_BYTES = 16 * 1024 * 1024


def hold(
    session: Session,
    plugin: str,
    payload: Any,
    body_digest: bytes,
    reason: str,
    *,
    details: Sequence[str] = (),
    evidence: Gathered | None = None,
    candidates: Sequence[Candidate] = (),
) -> int:
    """Keep a payload for a person to decide on and return the held item's id.

    The same question asked again is counted, not asked twice.
    """
    table = table_of(HeldItem)
    fingerprint = evidence.fingerprint if evidence is not None else body_digest
    waiting = select(table).where(table.c.body_digest == fingerprint, table.c.resolution.is_(None)).with_for_update()
    known = session.connection().execute(waiting).mappings().first()
    kept = zlib.compress(orjson.dumps(payload))
    packed = kept if len(kept) <= LARGEST_PAYLOAD_BYTES else b""
    if known is not None:
        values = {"times": known["times"] + 1, "payload": packed, "received_at": utc_now()}
        changes.update_row(session, table, dict(known), values)
        return int(known["id"])
    row = {
        "plugin": plugin,
        "reason": reason[:500],
        "evidence": _told(evidence),
        "candidates": [one.described() for one in candidates],
        "payload": packed,
        "body_digest": fingerprint,
        "received_at": utc_now(),
        "note": "\n".join(details) or None,
    }
    made = changes.insert_rows(session, table, [row])[0]
    return int(made or 0)


def _told(evidence: Gathered | None) -> dict[str, list[str]]:
    if evidence is None:
        return {}
    kinds = sorted({one.kind for one in evidence.evidence})
    return {kind: sorted(evidence.values(kind)) for kind in kinds}


def payload_of(session: Session, held_id: int) -> tuple[str, Any]:
    """Return the plugin and the payload of a held item."""
    row = _row(session, held_id)
    return row["plugin"], orjson.loads(zlib.decompress(row["payload"])) if row["payload"] else None


def decide(
    session: Session,
    held_id: int,
    decision: Decision,
    *,
    fingerprint: bytes | None = None,
    asset_id: int | None = None,
) -> None:
    """Write down what a person decided and close the question; the decision is remembered for the same evidence.

    ``asset_id`` is the asset that it is, for "same", or that it is not, for "different".
    Raises `AlreadyResolvedError` if somebody was faster.
    """
    origin = origin_of(session)
    origin.require("held_items.change")
    row = _row(session, held_id)
    if row["resolution"] is not None:
        raise AlreadyResolvedError(held_id, row["resolution"], row["resolved_by"])
    rejected = [asset_id] if decision != "different" or asset_id else [one["id"] for one in row["candidates"]]
    table = table_of(IdentityDecision)
    for one in rejected:
        known = select(table).where(table.c.fingerprint == (fingerprint or row["body_digest"]), table.c.asset_id == one)
        old = session.connection().execute(known).mappings().first()
        values = {"decision": decision, "decided_by": origin.actor, "evidence": row["evidence"]}
        if old is not None:
            changes.update_row(session, table, dict(old), values)
        else:
            fresh = {"fingerprint": fingerprint or row["body_digest"], "asset_id": one, **values}
            changes.insert_rows(session, table, [fresh])
    changes.update_row(session, table_of(HeldItem), row, {"resolution": decision, "resolved_by": origin.actor})


def _row(session: Session, held_id: int) -> dict[str, Any]:
    table = table_of(HeldItem)
    row = session.connection().execute(select(table).where(table.c.id == held_id).with_for_update()).mappings().first()
    if row is None:
        raise RecordNotFoundError("held_items", held_id)
    return dict(row)
