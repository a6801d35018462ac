"""What has to be done now and then, whoever is awake: seal the change log, let old readings grow stale."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from shopdb.store import chain, statistics
from shopdb.store.models import Asset
from shopdb.store.schema import table_of

STALE_AFTER = timedelta(days=7)
SILENT_AFTER = timedelta(days=30)


def keep_up(session: Session, now: datetime) -> int:
    """Seal new batches into the chain, age the health of assets, and return how many batches were sealed."""
    assets = table_of(Asset)
    silent = assets.c.last_seen < now - SILENT_AFTER, assets.c.health != "silent"
    session.connection().execute(update(assets).where(*silent).values(health="silent"))
    stale = assets.c.last_seen < now - STALE_AFTER, assets.c.last_seen >= now - SILENT_AFTER, assets.c.health == "seen"
    session.connection().execute(update(assets).where(*stale).values(health="stale"))
    statistics.refresh(session)
    return chain.seal(session)
