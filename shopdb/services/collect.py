"""Taking in what collectors push: checked, matched to an asset, merged with what people typed, never lost.

One message is one transaction: an answer can be given when it has committed. What cannot be taken in is held, whole,
with the reason, until a person decides or the cause is mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import jsonschema_rs
import orjson
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopdb.domain.access import Origin
from shopdb.domain.catalog import Catalog
from shopdb.domain.collector import CollectorSchema
from shopdb.domain.evidence import gather
from shopdb.domain.kinds import Kind, value_from_json
from shopdb.domain.resource import Field
from shopdb.exceptions import KeyReusedError, PushRepeatedError, RefusedValuesError, ValueRefusedError
from shopdb.services import merging
from shopdb.services.doubt import Question, hold
from shopdb.services.members import Members
from shopdb.services.merging import Sighting
from shopdb.store import identity, locks
from shopdb.store.base import utc_now
from shopdb.store.models.intake import Push
from shopdb.store.schema import schema_of, table_of
from shopdb.store.session import origin_of, settle

Outcome = Literal["created", "updated", "unchanged", "held", "refused"]
MOST_PROBLEMS = 20
LONGEST_SOURCE = 120
FUTURE = timedelta(minutes=10)
"""How far a collector's clock may run ahead before its moments are replaced by ours."""

_MOMENT = Field("observed_at", "Observed at", kind=Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one payload; ``id`` is the record's, ``reasons`` can be told to a person."""

    outcome: Outcome
    id: int | None = None
    reasons: tuple[str, ...] = ()
    held_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the wire carries it."""
        told = {"id": self.id, "reasons": list(self.reasons), "held_id": self.held_id}
        return {"outcome": self.outcome} | {name: value for name, value in told.items() if value not in (None, [])}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Answer:
        """Return the answer that `as_json` made this of."""
        return cls(told["outcome"], told.get("id"), tuple(told.get("reasons", ())), told.get("held_id"))


class Intake:
    """One plugin's door: its schema, with what can be worked out once."""

    def __init__(self, schema: CollectorSchema) -> None:
        """Compile the JSON Schema."""
        self.schema = schema
        self._validator = jsonschema_rs.validator_for(dict(schema.document))
        self._digest = hashlib.sha256(orjson.dumps(schema.document, option=orjson.OPT_SORT_KEYS)).digest()
        self._members: tuple[Catalog, Members] | None = None

    def problems(self, payload: Any) -> tuple[str, ...]:
        """Return what is wrong with a payload, each with its place in it; nothing if it can be taken in."""
        if self._validator.is_valid(payload):
            return ()
        found: list[str] = []
        for error in self._validator.iter_errors(payload):
            place = ".".join(str(step) for step in error.instance_path)
            found.append(f"{place}: {error.message}"[:300] if place else error.message[:300])
            if len(found) == MOST_PROBLEMS:
                found.append("... and more")
                break
        return tuple(found)

    def body_digest(self, body: bytes, token_id: int | None) -> bytes:
        """Return the SHA-256 that an exact repetition has: the same bytes, from the same token, for this schema."""
        return hashlib.sha256(self._digest + f"{self.schema.plugin}:{token_id}:".encode() + body).digest()

    def members(self, catalog: Catalog) -> Members:
        """Return what the members of its payloads are in a catalog."""
        if self._members is None or self._members[0] is not catalog:
            self._members = catalog, Members.of(self.schema, catalog)
        return self._members[1]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a message arrived: the digest of its body, the sender's idempotency key, the moment."""

    body_digest: bytes
    key: str | None = None
    received_at: datetime = field(default_factory=utc_now)


def receive(session: Session, intake: Intake, payload: Any, sent: Sent, *, site_junk: Collection[str] = ()) -> Answer:
    """Take one payload in and answer what became of it.

    The same payload again changes nothing but when it was seen; an older one than the last changes nothing at all.
    Raises `PushRepeatedError` as `receive_all` does.
    """
    return receive_all(session, [(intake, payload)], sent, site_junk=site_junk)[0]


def receive_all(
    session: Session, parts: Sequence[tuple[Intake, Any]], sent: Sent, *, site_junk: Collection[str] = ()
) -> list[Answer]:
    """Take in the payloads of one message in their order and answer what became of each.

    Raises `PushRepeatedError` if its idempotency key was used before. The transaction must then be given up, and
    `answered` knows what to say.
    """
    alone = len(parts) == 1
    answers = [_taken_in(session, intake, payload, sent, alone=alone, site_junk=site_junk) for intake, payload in parts]
    _remember(session, parts, sent, answers)
    return answers


def answered(session: Session, origin: Origin, key: str, body_digest: bytes) -> list[Answer] | None:
    """Return what was answered to the origin's message with this key, None if there was none.

    Raises `KeyReusedError` if its body was another.
    """
    statement = select(Push.body_digest, Push.answer).where(Push.idempotency_key == _whose(origin, key))
    known = session.connection().execute(statement).one_or_none()
    if known is None:
        return None
    if bytes(known.body_digest) != body_digest:
        raise KeyReusedError(key)
    return [Answer.from_json(told) for told in known.answer]


def repeated(session: Session, plugin: str, asset_id: int, sent: Sent) -> Answer | None:
    """Answer an exact repetition of the last push about an asset without reading it; None if it is none.

    Raises `PushRepeatedError` as `receive_all` does.
    """
    if not merging.note_repetition(session, plugin, asset_id, sent.body_digest, sent.received_at):
        return None
    answer = Answer("unchanged", asset_id)
    if sent.key is not None:
        _insert(session, [_push(session, plugin, "", sent, answer) | _keyed(session, sent.key, [answer])])
    return answer


def _taken_in(
    session: Session, intake: Intake, payload: Any, sent: Sent, *, alone: bool, site_junk: Collection[str]
) -> Answer:
    schema = intake.schema
    if problems := intake.problems(payload):
        held_id = hold(session, Question(schema.plugin, payload, "it does not fit the schema", problems))
        return Answer("refused", None, problems, held_id)
    catalog = schema_of(session).catalog
    sighting = Sighting(
        schema=schema,
        members=intake.members(catalog),
        resource=catalog[schema.resource],
        payload=payload,
        gathered=gather(schema, payload, site_junk=site_junk),
        source=str(payload.get("source") or "")[:LONGEST_SOURCE],
        observed_at=_observed_at(payload, sent.received_at),
        received_at=sent.received_at,
        body_digest=sent.body_digest if alone else None,
    )
    known = merging.known(session, sighting)
    if known is not None:
        return _merged(session, sighting, known, None)
    return _matched(session, sighting)


def _matched(session: Session, sighting: Sighting) -> Answer:
    gathered, plugin, payload = sighting.gathered, sighting.schema.plugin, sighting.payload
    # Whoever reports the same device for the first time at this moment waits here, and then finds it.
    locks.take(session, {f"{one.kind} {one.value}" for one in gathered.evidence})
    found = identity.match(session, gathered, sighting.resource.name)
    if found.verdict == "ignored":
        return Answer("unchanged", None, (found.reason,))
    reason = found.reason
    if found.verdict == "new" and payload.get("partial"):
        reason = "a partial push never creates; send a full one first"
    if reason:
        question = Question(plugin, payload, reason, gathered.dropped, gathered, found.candidates)
        return Answer("held", None, (reason,), hold(session, question))
    return _merged(session, sighting, None, found)


def _merged(
    session: Session, sighting: Sighting, known: merging.Observed | None, found: identity.Match | None
) -> Answer:
    if known is not None and (late := known.is_newer_than(sighting)):
        return Answer("unchanged", known.asset_id, (late,))
    if known is not None and known.says_the_same_as(sighting):
        merging.note_sighting(session, sighting, known)
        return Answer("unchanged", known.asset_id)
    try:
        with session.begin_nested():
            merged = merging.merge(session, sighting, known, found)
    except RefusedValuesError as refused:
        question = Question(sighting.schema.plugin, sighting.payload, str(refused))
        return Answer("refused", None, (str(refused),), hold(session, question))
    return Answer(merged.outcome, merged.asset_id, merged.told[:MOST_PROBLEMS])


def _observed_at(payload: Mapping[str, Any], received_at: datetime) -> datetime:
    try:
        told = value_from_json(payload.get("observed_at"), _MOMENT)
    except ValueRefusedError:
        return received_at
    return told if isinstance(told, datetime) and told <= received_at + FUTURE else received_at


def _remember(session: Session, parts: Sequence[tuple[Intake, Any]], sent: Sent, answers: Sequence[Answer]) -> None:
    rows = [
        _push(session, intake.schema.plugin, _source(payload), sent, answer)
        for (intake, payload), answer in zip(parts, answers, strict=True)
        if answer.outcome != "unchanged"
    ]
    if sent.key is not None and parts:
        # One row answers for the key, with the answers to the whole message.
        intake, payload = parts[0]
        rows = rows or [_push(session, intake.schema.plugin, _source(payload), sent, answers[0])]
        rows[0] |= _keyed(session, sent.key, answers)
    _insert(session, rows)


def _source(payload: Any) -> str:
    return str(payload.get("source") or "")[:LONGEST_SOURCE] if isinstance(payload, Mapping) else ""


def _push(session: Session, plugin: str, source: str, sent: Sent, answer: Answer) -> dict[str, Any]:
    return {
        "plugin": plugin,
        "source": source,
        "token_id": origin_of(session).token_id,
        "idempotency_key": None,
        "body_digest": sent.body_digest,
        "received_at": sent.received_at,
        "outcome": answer.outcome,
        "record_id": answer.id,
        "batch_id": settle(session),
        "answer": [answer.as_json()],
    }


def _keyed(session: Session, key: str, answers: Sequence[Answer]) -> dict[str, Any]:
    return {"idempotency_key": _whose(origin_of(session), key), "answer": [one.as_json() for one in answers]}


def _whose(origin: Origin, key: str) -> str:
    """Return the key as the database knows it: two programs may choose the same one."""
    return f"{origin.token_id or 0}.{origin.user_id or 0}.{key}"


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    try:
        session.connection().execute(insert(table_of(Push)), list(rows))
    except IntegrityError as taken:
        raise PushRepeatedError from taken
