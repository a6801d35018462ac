"""What the header tells, read every few seconds: is the database there, the server, what waits, which notices hold."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.config import Settings
from shopdb.store.base import utc_now
from shopdb.store.models import Batch, HeldItem, MaintenancePlan

NOTICES_SERVICE = ".active_notices"
DUE_WITHIN = timedelta(days=7)
SERVER_TIMEOUT_SECONDS = 1.0

ServerState = Literal["up", "down", "another"]
LONGEST_ANSWER = 64 * 1024  # bytes


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
