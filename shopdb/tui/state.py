"""What the header tells, read every few seconds: is the database there, the server, what waits, which notices hold."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.store.base import utc_now
from shopdb.store.models import Batch, HeldItem, MaintenancePlan

NOTICES_SERVICE = ".active_notices"
DUE_WITHIN = timedelta(days=7)
SERVER_TIMEOUT_SECONDS = 1.0

ServerState = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class ShopState:
    """One reading. ``last_batch`` grows with every change in the shop, whoever made it."""

    held: int
    due: int
    last_batch: int
    notices: tuple[tuple[str, str], ...]


def read_state(session: Session) -> ShopState:
    """Return what the database says, in four statements and one for each plugin with notices."""
    held = select(func.count()).select_from(HeldItem).where(HeldItem.resolution.is_(None))
    soon = (utc_now() + DUE_WITHIN).date()
    due = select(func.count()).select_from(MaintenancePlan).where(MaintenancePlan.due_on <= soon)
    last = select(func.coalesce(func.max(Batch.id), 0))
    connection = session.connection()
    return ShopState(
        connection.scalar(held) or 0,
        connection.scalar(due) or 0,
        connection.scalar(last) or 0,
        tuple(_notices(session)),
    )


def _notices(session: Session) -> Sequence[tuple[str, str]]:
    """Return (severity, text) of what plugins want everybody to know now; a plugin that fails is silent."""
    told: list[tuple[str, str]] = []
    services: dict[str, Any] = session.info.get("services", {})
    for name, ask in services.items():
        if name.endswith(NOTICES_SERVICE):
            try:
                told += [(str(one.severity), str(one.title)) for one in ask(session)]
            except Exception:  # noqa: BLE001, S112 a plugin's code: its failure is told by its own screens
                continue
    return told


def server_state(url: str) -> ServerState:
    """Return whether the server beside this terminal answers. Blocks for at most a second."""
    try:
        with urllib.request.urlopen(f"{url}/api/health", timeout=SERVER_TIMEOUT_SECONDS) as answer:  # noqa: S310 our own http address
            return "up" if answer.status == 200 else "down"
    except (urllib.error.URLError, TimeoutError, OSError, ValueError):
        return "down"
