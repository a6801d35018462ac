"""Taking in what a collector pushes: checked, matched to an asset, merged with what people typed, never lost.

One call is one transaction: an answer can be given when it has committed. What cannot be taken in is held, whole,
with the reason, until a person decides or the cause is mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jsonschema_rs
import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shopdb.domain.collector import CollectorSchema
from shopdb.domain.evidence import Gathered, gather
from shopdb.domain.resource import Resource
from shopdb.exceptions import KeyReusedError, RefusedValuesError
from shopdb.services import held, observe
from shopdb.services import records as record_service
from shopdb.store import identity
from shopdb.store.base import utc_now
from shopdb.store.models.intake import Observation, Push
from shopdb.store.schema import Schema, table_of
from shopdb.store.session import origin_of, settle

Outcome = Literal["created", "updated", "unchanged", "held", "refused"]
MOST_PROBLEMS = 20
FUTURE = timedelta(minutes=10)
"""How far a collector's clock may run ahead before its moments are replaced by ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one push; ``id`` is the record's, ``reasons`` can be told to a person."""

    outcome: Outcome
    id: int | None = None
    reasons: tuple[str, ...] = ()
    held_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the wire carries it."""
        shown = {
            "outcome": self.outcome,
            "id": self.id,
            "reasons": list(self.reasons),
            "held_id": self.held_id,
        }
        return {name: value for name, value in shown.items() if value not in (None, [])} | {"outcome": self.outcome}


class Intake:
    """One plugin's door: its schema with the validator compiled once."""

    def __init__(self, schema: CollectorSchema) -> None:
        """Compile the JSON Schema."""
        self.schema = schema
        self._validator = jsonschema_rs.validator_for(dict(schema.document))
        self.schema_digest = hashlib.sha256(orjson.dumps(schema.document, option=orjson.OPT_SORT_KEYS)).digest()

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
        return hashlib.sha256(self.schema_digest + str(token_id).encode() + b":" + body).digest()


@dataclass(frozen=True, slots=True)
class Sent:
    """How a payload arrived: the digest of its body, the sender's idempotency key, the moment."""

    body_digest: bytes
    key: str | None = None
    received_at: datetime = field(default_factory=utc_now)


def repeated(session: Session, plugin: str, body_digest: bytes) -> Answer | None:
    """Answer an exact repetition of the last push without reading it: only ``last_seen`` moves."""
    statement = select(Observation.id, Observation.asset_id).where(
        Observation.body_digest == body_digest, Observation.plugin == plugin
    )
    known = session.connection().execute(statement).first()
    if known is None:
        return None
    moment = utc_now()
    identity.seen(session, known.asset_id, moment)
    table = table_of(Observation)
    session.connection().execute(update(table).where(table.c.id == known.id).values(received_at=moment))
    return Answer("unchanged", known.asset_id)


def answered(session: Session, key: str | None, body_digest: bytes) -> Answer | None:
    """Return the answer that was given to this idempotency key; `KeyReusedError` if it came with another body."""
    if key is None:
        return None
    statement = select(Push.body_digest, Push.answer).where(Push.idempotency_key == key)
    known = session.connection().execute(statement).one_or_none()
    if known is None:
        return None
    if bytes(known.body_digest) != body_digest:
        raise KeyReusedError(key)
    given = known.answer
    return Answer(given["outcome"], given.get("id"), tuple(given.get("reasons", ())), given.get("held_id"))


@dataclass(frozen=True, slots=True)
class _Case:
    """One payload on its way in: what it is, how it came, what it says of its device."""

    schema: CollectorSchema
    resource: Resource
    payload: Any
    sent: Sent
    gathered: Gathered | None = None

    @property
    def source(self) -> str:
        """The program that sent it, as it calls itself."""
        return str(self.payload.get("source") or "")[:120] if isinstance(self.payload, Mapping) else ""


def receive(session: Session, intake: Intake, payload: Any, sent: Sent, *, site_junk: Collection[str] = ()) -> Answer:
    """Take one payload in and answer what became of it.

    The same payload again changes nothing but ``last_seen``; an older one than the last changes nothing at all.
    """
    known = answered(session, sent.key, sent.body_digest)
    if known is not None:
        return known
    schema: Schema = session.info["schema"]
    case = _Case(intake.schema, schema.catalog[intake.schema.resource], payload, sent)
    answer = _taken_in(session, intake, case, site_junk)
    if answer.outcome != "unchanged" or sent.key:
        _remember_push(session, case, answer)
    return answer


def _taken_in(session: Session, intake: Intake, case: _Case, site_junk: Collection[str]) -> Answer:
    if problems := intake.problems(case.payload):
        return Answer("refused", None, problems, _hold(session, case, "it does not fit the schema", details=problems))
    case = replace(case, gathered=gather(case.schema, case.payload, site_junk=site_junk))
    assert case.gathered is not None
    found = identity.match(session, case.gathered, case.resource.name)
    if found.verdict == "ignored":
        return Answer("unchanged", None, (found.reason,))
    if found.verdict == "doubt":
        held_id = _hold(session, case, found.reason, candidates=found.candidates)
        return Answer("held", None, (found.reason,), held_id)
    if found.verdict == "new" and case.payload.get("partial"):
        reason = "a partial push never creates; send a full one first"
        return Answer("held", None, (reason,), _hold(session, case, reason))
    try:
        with session.begin_nested():
            return _applied(session, case, case.gathered, found)
    except RefusedValuesError as refused:
        return Answer("refused", None, (str(refused),), _hold(session, case, str(refused)))


def _hold(session: Session, case: _Case, reason: str, **facts: Any) -> int:
    facts["evidence"] = case.gathered
    return held.hold(session, case.schema.plugin, case.payload, case.sent.body_digest, reason, **facts)


def _applied(session: Session, case: _Case, gathered: Gathered, found: identity.Match) -> Answer:
    observed_at = _observed_at(case.payload, case.sent.received_at)
    reasons = list(gathered.dropped)
    asset_id = found.asset_id
    created = asset_id is None
    if asset_id is None:
        values, refused = observe.new_values(session, case.schema, case.resource, case.payload)
        reasons += refused
        asset_id = record_service.create(session, case.resource, values).id
    observations = _observations(session, case.schema.plugin, asset_id)
    mine = observations.get(case.source)
    if mine is not None and observed_at < mine.observed_at:
        return Answer("unchanged", asset_id, (f"older than what was observed at {mine.observed_at:%Y-%m-%d %H:%M:%S}",))
    before: Mapping[str, str] = mine.section_digests if mine is not None else {}
    now = observe.digests(session, case.schema, case.payload)
    changed = False
    observed = dict(mine.observed_values) if mine is not None else {}
    if any(before.get(member) != digest for member, digest in now.items()):
        sighting = observe.Sighting(case.schema, case.resource, asset_id, case.payload, observed_at)
        known = [one.observed_values for one in observations.values()]
        changed, told, seen = observe.apply(session, sighting, known=known, digests=(before, now))
        reasons += [*told, *identity.remember(session, asset_id, gathered, found.share)]
        observed |= seen
    row = {"observed_values": observed, "section_digests": {**before, **now}, "observed_at": observed_at}
    _save_observation(session, case, asset_id, mine, row)
    identity.seen(session, asset_id, observed_at)
    return Answer("created" if created else "updated" if changed else "unchanged", asset_id, tuple(reasons))


def _observed_at(payload: Mapping[str, Any], received_at: datetime) -> datetime:
    try:
        told = datetime.fromisoformat(str(payload["observed_at"]))
    except (KeyError, ValueError):
        return received_at
    told = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    return told if told <= received_at + FUTURE else received_at


def _observations(session: Session, plugin: str, asset_id: int) -> dict[str, Any]:
    """Return what each source last observed of the asset, by source."""
    table = table_of(Observation)
    statement = select(table).where(table.c.asset_id == asset_id, table.c.plugin == plugin).with_for_update()
    return {row.source: row for row in session.connection().execute(statement)}


def _save_observation(session: Session, case: _Case, asset_id: int, before: Any, row: Mapping[str, Any]) -> None:
    table = table_of(Observation)
    values = {**row, "body_digest": case.sent.body_digest, "received_at": case.sent.received_at}
    if before is None:
        fresh = {"asset_id": asset_id, "plugin": case.schema.plugin, "source": case.source, **values}
        session.connection().execute(insert(table), fresh)
    else:
        session.connection().execute(update(table).where(table.c.id == before.id).values(**values))


def _remember_push(session: Session, case: _Case, answer: Answer) -> None:
    row = {
        "plugin": case.schema.plugin,
        "source": case.source,
        "token_id": origin_of(session).token_id,
        "idempotency_key": case.sent.key,
        "body_digest": case.sent.body_digest,
        "received_at": case.sent.received_at,
        "observed_at": None,
        "outcome": answer.outcome,
        "record_id": answer.id,
        "batch_id": settle(session),
        "answer": answer.as_json(),
    }
    session.connection().execute(insert(table_of(Push)), row)
