"""What the terminal reads every few seconds: is the database there, the server, what waits, have plugins changed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.config import Settings
from shopdb.store import journal
from shopdb.store.base import utc_now
from shopdb.store.models import Batch, HeldItem, MaintenancePlan

DUE_WITHIN = timedelta(days=7)
SERVER_TIMEOUT_SECONDS = 1.0

ServerState = Literal["up", "down", "another"]
LONGEST_ANSWER = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class ShopState:
    """One reading. ``last_batch`` grows with every change in the shop, ``generation`` with every change of its plugins.

    ``notices`` are (severity, text) of what plugins want everybody to know now.
    """

    held: int
    due: int
    last_batch: int
    notices: tuple[tuple[str, str], ...] = ()
    generation: int = 0


def read_state(session: Session) -> ShopState:
    """Return what the database says, in four statements; no plugin's code runs for it."""
    held = select(func.count()).select_from(HeldItem).where(HeldItem.resolution.is_(None))
    soon = (utc_now() + DUE_WITHIN).date()
    due = select(func.count()).select_from(MaintenancePlan).where(MaintenancePlan.due_on <= soon)
    last = select(func.coalesce(func.max(Batch.id), 0))
    connection = session.connection()
    return ShopState(
        connection.scalar(held) or 0,
        connection.scalar(due) or 0,
        connection.scalar(last) or 0,
        generation=journal.generation(connection),
    )


def server_state(settings: Settings) -> ServerState:
    """Return whether this site's server answers here, or another site's on its port. Blocks for at most a second."""
    url = f"http://{_reachable(settings.host)}:{settings.port}/api/health"
    try:
        with urllib.request.urlopen(url, timeout=SERVER_TIMEOUT_SECONDS) as answer:
            told = json.loads(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError:
        return "another"
    except (OSError, HTTPException):
        return "down"
    except ValueError:
        return "another"
    is_ours = isinstance(told, dict) and told.get("mark") == settings.site_mark
    return "up" if is_ours else "another"


def _reachable(host: str) -> str:
    """Return where this host reaches a server that listens on ``host``."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 compared, not bound
        return "[::1]" if host == "::" else "127.0.0.1"
    return f"[{host}]" if ":" in host else host
