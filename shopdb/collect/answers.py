"""What a server's answer means for a push: a table of statuses, and the words of the collector's door.

Pure: a status, headers and a body go in, a verdict comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any

import orjson

from shopdb.collect.inventory import printable


class Fate(Enum):
    """What becomes of a push."""

    TAKEN = "taken"  # the server has it for good
    REFUSED = "refused"  # the push itself is at fault: sending it again changes nothing
    RETRY = "retry"  # the server is at fault, or busy: waiting helps
    KEPT = "kept"  # the set-up is at fault: a person can mend it, waiting does not help


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of a push, and why; `wait` is how many seconds the server asked for."""

    fate: Fate
    reasons: tuple[str, ...] = ()
    outcome: str = ""
    record_id: int | None = None
    wait: float = 0.0


# 4xx that say nothing against the push: the token, the address or the moment is wrong. Others refuse it.
MENDABLE = {
    HTTPStatus.UNAUTHORIZED: "does not accept the token (401): it is wrong, expired or switched off",
    HTTPStatus.FORBIDDEN: "does not let the token push here (403): it needs the scope collector:computers",
    HTTPStatus.NOT_FOUND: "has no such address (404): it is not shopdb, or the plugin is not enabled",
    HTTPStatus.METHOD_NOT_ALLOWED: "takes nothing in at this address (405): it may not be shopdb",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "stands behind a proxy that wants a password (407)",
    HTTPStatus.GONE: "has no such address any more (410)",
    HTTPStatus.MISDIRECTED_REQUEST: "is not the one meant (421)",
}
BUSY = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,  # the same key is being worked on: the first sending is not through yet
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
OUTCOMES = frozenset({"created", "updated", "unchanged", "held"})


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """What the answer to one push means."""
    said = _said(body)
    if 200 <= status < 300:
        return _answered(said)
    if status in MENDABLE:
        return Verdict(Fate.KEPT, (MENDABLE[HTTPStatus(status)],))
    if status in BUSY or status >= 500:
        reason = "; ".join(_complaints(said)) or "without a reason"
        return Verdict(Fate.RETRY, (f"cannot take it now ({status}, {reason})",), wait=_asked_wait(headers))
    if 400 <= status < 500:
        return Verdict(Fate.REFUSED, _complaints(said) or (f"status {status}",))
    # Following a redirect would hand the token to wherever it points.
    where = printable(headers.get("Location", "")) or "nowhere"
    return Verdict(Fate.KEPT, (f"points elsewhere ({status}, to {where}): give the address it moved to",))


def _answered(said: Mapping[str, Any]) -> Verdict:
    """Only shopdb's own words count: a portal's friendly page is no receipt."""
    outcome = said.get("outcome")
    reasons = _texts(said.get("reasons"))
    if outcome == "refused":
        return Verdict(Fate.REFUSED, reasons or ("no reason given",))
    if outcome not in OUTCOMES:
        return Verdict(Fate.KEPT, ("does not answer as shopdb does: is the address right?",))
    record_id = said.get("id")
    return Verdict(Fate.TAKEN, reasons, str(outcome), record_id if isinstance(record_id, int) else None)


def _complaints(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Reasons of shopdb's error shape, each refused field with its own; or those of a refused outcome."""
    error = said.get("error")
    if not isinstance(error, dict):
        return _texts(said.get("reasons"))
    fields = error.get("fields")
    by_field = fields.items() if isinstance(fields, dict) else ()
    told = [printable(f"{name}: {', '.join(_texts(reasons))}") for name, reasons in by_field]
    return (*_texts([error.get("message")]), *told)


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _texts(reasons: object) -> tuple[str, ...]:
    listed = reasons if isinstance(reasons, list) else [reasons]
    return tuple(printable(reason) for reason in listed if isinstance(reason, str) and printable(reason))


def _asked_wait(headers: Mapping[str, str]) -> float:
    """Seconds by Retry-After, which is a number or a date (RFC 9110 10.2.3); 0 when it asks for nothing."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked[:9])
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
