"""The review queue: what a person decides about held pushes, and taking them in afterwards."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.collector import CollectorSchema
from shopdb.exceptions import AlreadyResolvedError, DecisionRefusedError, PluginNotFoundError, RecordNotFoundError
from shopdb.services.collect import Answer, Intake, Sent, receive
from shopdb.store import changes
from shopdb.store.models.assets import Asset
from shopdb.store.models.intake import HeldItem, IdentityDecision
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of

Decision = Literal["same", "different", "ignore"]
DECISIONS: tuple[Decision, ...] = ("same", "different", "ignore")
PERMISSION = "held_items.change"
TAKEN_IN = "taken in"
Row = Mapping[str, Any]


def decide(
    session: Session,
    schemas: Mapping[str, CollectorSchema],
    held_id: int,
    decision: Decision,
    *,
    asset_id: int | None = None,
    site_junk: Collection[str] = (),
) -> list[Answer]:
    """Write down which device a held push speaks of and take it in, with all that wait for the same decision.

    "same": it is ``asset_id``, or the only candidate. "different": it is not ``asset_id``, or none of the candidates.
    "ignore": nothing more is heard of it. The decision is remembered for the same evidence. Returns what became of
    each push, the oldest first. Raises `AlreadyResolvedError` if somebody was faster, `DecisionRefusedError`.
    """
    origin_of(session).require(PERMISSION)
    row = _waiting(session, held_id)
    if row["fingerprint"] is None:
        if decision != "ignore":
            raise DecisionRefusedError(
                held_id, f"is not in doubt about its device ({row['reason']}); replay or ignore it"
            )
        _close(session, [row], decision)
        return []
    for one in _meant(session, row, decision, asset_id):
        _remember(session, row, decision, one)
    rows = _asking_the_same(session, row["fingerprint"])
    _close(session, rows, decision)
    if decision == "ignore":
        return []
    return [_taken_in(session, schemas, one, site_junk) for one in rows]


def replay(
    session: Session, schemas: Mapping[str, CollectorSchema], held_id: int, *, site_junk: Collection[str] = ()
) -> Answer:
    """Take a held push in again, after its cause was mended; what is still refused or in doubt goes on waiting."""
    origin_of(session).require(PERMISSION)
    row = _waiting(session, held_id)
    answer = _taken_in(session, schemas, row, site_junk)
    if answer.held_id != held_id:
        _close(session, [row], TAKEN_IN if answer.held_id is None else "asked anew")
    return answer


def payload_of(session: Session, held_id: int) -> Any:
    """Return the payload of a held push, None if it was too large to be kept."""
    return _payload(_row(session, held_id))


def _taken_in(session: Session, schemas: Mapping[str, CollectorSchema], row: Row, site_junk: Collection[str]) -> Answer:
    if row["plugin"] not in schemas:
        raise PluginNotFoundError(row["plugin"], schemas)
    payload = _payload(row)
    if payload is None:
        raise DecisionRefusedError(row["id"], "was too large to be kept; have it sent again")
    sent = Sent(body_digest=row["question"], received_at=row["received_at"])
    return receive(session, Intake(schemas[row["plugin"]]), payload, sent, site_junk=site_junk)


def _payload(row: Row) -> Any:
    return orjson.loads(zlib.decompress(row["payload"])) if row["payload"] else None


def _meant(session: Session, row: Row, decision: Decision, asset_id: int | None) -> Sequence[int | None]:
    """Return the assets that the decision is about; None stands for no asset at all."""
    candidates = [one["id"] for one in row["candidates"]]
    if decision == "ignore":
        return [None]
    if asset_id is not None:
        if session.connection().scalar(select(Asset.id).where(Asset.id == asset_id)) is None:
            raise RecordNotFoundError("assets", asset_id)
        return [asset_id]
    if decision == "same" and len(candidates) != 1:
        raise DecisionRefusedError(row["id"], f"could be any of {len(candidates)} assets; say which as asset_id")
    known = set(session.connection().scalars(select(Asset.id).where(Asset.id.in_(candidates))))
    return [one for one in candidates if one in known]


def _remember(session: Session, row: Row, decision: Decision, asset_id: int | None) -> None:
    table = table_of(IdentityDecision)
    same = table.c.fingerprint == row["fingerprint"], table.c.asset_id.is_not_distinct_from(asset_id)
    old = session.connection().execute(select(table).where(*same)).mappings().first()
    values = {"decision": decision, "decided_by": origin_of(session).actor, "evidence": row["evidence"]}
    if old is not None:
        changes.update_row(session, table, dict(old), values)
    else:
        changes.insert_rows(session, table, [{"fingerprint": row["fingerprint"], "asset_id": asset_id, **values}])


def _asking_the_same(session: Session, fingerprint: bytes) -> list[Row]:
    table = table_of(HeldItem)
    waiting = select(table).where(table.c.fingerprint == fingerprint, table.c.resolution.is_(None)).order_by(table.c.id)
    return [dict(row) for row in session.connection().execute(waiting.with_for_update()).mappings()]


def _close(session: Session, rows: Sequence[Row], resolution: str) -> None:
    table = table_of(HeldItem)
    for row in rows:
        changes.update_row(session, table, row, {"resolution": resolution, "resolved_by": origin_of(session).actor})


def _waiting(session: Session, held_id: int) -> Row:
    row = _row(session, held_id)
    if row["resolution"] is not None:
        raise AlreadyResolvedError(held_id, row["resolution"], row["resolved_by"])
    return row


def _row(session: Session, held_id: int) -> Row:
    table = table_of(HeldItem)
    found = session.connection().execute(select(table).where(table.c.id == held_id).with_for_update())
    row = found.mappings().one_or_none()
    if row is None:
        raise RecordNotFoundError("held_items", held_id)
    return dict(row)
