"""Values as people read and type them in the terminal.

Belongs to the terminal. Codecs make the texts; here moments get the site's zone, lists get ages, and nothing gets a
dash. What comes out is not yet harmless: widgets see to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from shopdb.domain.kinds import Kind, Ref, value_from_json, value_from_text, value_to_text
from shopdb.domain.resource import BLANK, Field
from shopdb.domain.values import shown
from shopdb.exceptions import ValueRefusedError

NOTHING: Final = "\u2013"
LONGEST_CELL: Final = 200  # characters; no terminal shows more of one
NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL})
ELSEWHEN: Final = frozenset({"stale", "silent"})
"""What health says of a record that has not been seen as often as it should be."""

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86_400, 365 * 86_400
_TYPED_MOMENT = "%Y-%m-%d %H:%M"


def cell(value: Any, field: Field, now: datetime) -> str:
    """Return the value as it stands in a list: moments as ages ("2 min", "9 d"), everything on one line."""
    if value in BLANK:
        return NOTHING
    if isinstance(value, datetime):
        return age(value, now)
    return _words(value, field)[:LONGEST_CELL]


def whole(value: Any, field: Field, zone: tzinfo) -> str:
    """Return the value as it stands in a record: everything of it, moments in the site's zone."""
    if value in BLANK:
        return NOTHING
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return _words(value, field)


def _words(value: Any, field: Field) -> str:
    if field.kind is Kind.CHOICE:
        return str(value).replace("_", " ")
    if isinstance(value, tuple) and all(isinstance(one, Ref) for one in value):
        return ", ".join(one.label for one in value)
    return value_to_text(value, field)


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago a moment was, or in how long it will be, in its largest unit."""
    seconds = int((now - moment).total_seconds())
    ahead, seconds = seconds < 0, abs(seconds)
    if seconds < _MINUTE:
        return "now"
    for unit, length, below in (("min", _MINUTE, _HOUR), ("h", _HOUR, _DAY), ("d", _DAY, _YEAR)):
        if seconds < below:
            return f"{'in ' if ahead else ''}{seconds // length} {unit}"
    return f"{'in ' if ahead else ''}{seconds // _YEAR} y"


def seen(values: Mapping[str, Any], field: Field, now: datetime) -> str:
    """Return when a record was seen, with the word that says that this is too long ago ("9 d stale")."""
    told = cell(values.get(field.name), field, now)
    health = values.get("health")
    return f"{told} {health}" if health in ELSEWHEN else told


def tone(values: Mapping[str, Any], status_class: str | None) -> str:
    """Return the tone of a record's line in a list; see `Row.tone`. The words in the line say the same."""
    if status_class == "retired":
        return "muted"
    if status_class == "repair":
        return "warning"
    return {"stale": "warning", "silent": "error"}.get(str(values.get("health")), "")


def typed(value: Any, field: Field, zone: tzinfo) -> str:
    """Return the value as a person would type it into a form; `read` takes it back."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(_TYPED_MOMENT)
    return value_to_text(value, field)


def read(text: str, field: Field, zone: tzinfo) -> Any:
    """Return the value that a person typed, moments in the site's zone; `ValueRefusedError` where it does not do."""
    if field.kind is not Kind.MOMENT or not text.strip():
        return value_from_text(text, field)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as refused:
        raise ValueRefusedError(f"{shown(text.strip())} is not a moment like 2026-01-31 14:00") from refused
    return value_from_json(moment if moment.tzinfo else moment.replace(tzinfo=zone), field)
