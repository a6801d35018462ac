"""What has to be done now and then, whoever is awake: seal the change log, let readings grow stale, forget keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shopdb.store import chain
from shopdb.store.models import Asset, Push
from shopdb.store.schema import table_of

STALE_AFTER = timedelta(days=7)
SILENT_AFTER = timedelta(days=30)
KEYS_KEPT_FOR = timedelta(days=2)
"""How long the key of a push that changed nothing is known; those of others are kept for good."""

FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Chore:
    """One piece of upkeep: ``do(session, now=...)`` returns how much was done, 0 when there is no more of it."""

    do: Callable[..., int]
    every: timedelta


def seal_batches(session: Session, now: datetime) -> int:
    """Take new batches into the chain, whenever it is."""
    del now
    return chain.seal(session)


def age_health(session: Session, now: datetime) -> int:
    """Say of assets that no collector has seen for long that they are stale, then silent."""
    assets = table_of(Asset)
    silent = assets.c.last_seen < now - SILENT_AFTER, assets.c.health != "silent"
    session.connection().execute(update(assets).where(*silent).values(health="silent"))
    stale = assets.c.last_seen < now - STALE_AFTER, assets.c.last_seen >= now - SILENT_AFTER, assets.c.health == "seen"
    session.connection().execute(update(assets).where(*stale).values(health="stale"))
    return 0


def forget_keys(session: Session, now: datetime) -> int:
    """Forget pushes that changed nothing and whose keys nobody will send again."""
    pushes = table_of(Push)
    old = pushes.c.outcome == "unchanged", pushes.c.received_at < now - KEYS_KEPT_FOR
    ids = list(session.connection().scalars(select(pushes.c.id).where(*old).limit(FORGOTTEN_AT_ONCE)))
    if ids:
        session.connection().execute(delete(pushes).where(pushes.c.id.in_(ids)))
    return len(ids)


CHORES = (
    Chore(seal_batches, timedelta(seconds=5)),
    Chore(age_health, timedelta(minutes=10)),
    Chore(forget_keys, timedelta(minutes=10)),
)
