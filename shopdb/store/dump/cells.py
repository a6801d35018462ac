"""Rows as lines of JSON that are the same on every engine: the value that a row holds decides its line, nothing else.

Integers, texts and NULL stand for themselves, and so does a flag, as 0 or 1. A decimal is a text with as many places
as its column has, a moment is "2026-11-28 21:38:27.000000" in UTC, a day "2026-11-28", and bytes are
{"base64": "..."}. Documents are kept as text in the database, and come along letter by letter.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

BYTES = "base64"
REAL = "real"
LONGEST_MOMENT = len("2026-11-28 21:38:27.000000")

Encoder = Callable[[Any], Any]


def line(values: Sequence[Any]) -> bytes:
    """Return the line of a row, with its end."""
    return orjson.dumps(values, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE)


def values(row: bytes) -> list[Any]:
    """Return a line's values as both drivers take them; ValueError if it is no row."""
    found = orjson.loads(row)
    if not isinstance(found, list):
        message = "a line is no list"
        raise ValueError(message)  # noqa: TRY004 the file is wrong, not a caller's type
    for place, value in enumerate(found):
        if isinstance(value, dict):
            found[place] = _tagged(value)
        elif isinstance(value, list | bool):
            message = "a value is no number, text or bytes"
            raise ValueError(message)  # noqa: TRY004  as above
    return found


def decimal(places: int | None) -> Encoder:
    """Return what makes a text of the numbers that SQLite keeps of a decimal column, as the other engines tell them."""

    def text(value: Any) -> Any:
        if isinstance(value, float) and math.isfinite(value):
            exact = Decimal(f"{value:.{places}f}") if places is not None else Decimal(repr(value))
        elif isinstance(value, int):
            exact = Decimal(value)
        else:
            return value
        exact = abs(exact) if exact.is_zero() else exact
        return f"{exact:f}" if places is None else f"{exact:.{places}f}"

    return text


def moment(value: Any) -> Any:
    """Return a moment that SQLite's own clock wrote, without parts of the second, as shopdb writes them."""
    if not isinstance(value, str) or len(value) == LONGEST_MOMENT:
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (found.astimezone(UTC) if found.tzinfo else found).replace(tzinfo=None).isoformat(" ", "microseconds")


def real(value: Any) -> Any:
    """Return a floating-point number; those that JSON has no word for are tagged."""
    return {REAL: str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def encoded(rows: Iterable[Iterable[Any]], encoders: Mapping[int, Encoder]) -> Iterator[bytes]:
    """Yield the line of each row; ``encoders`` are for the columns, by place, whose values need one."""
    for row in rows:
        told = list(row)
        for place, encode in encoders.items():
            told[place] = encode(told[place])
        yield line(told)


def _plain(value: Any) -> Any:
    """Return what a driver made of a value as JSON has it."""
    if isinstance(value, bytes):
        return {BYTES: b64encode(value).decode()}
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _time(value)
    if isinstance(value, Decimal):
        return str(value)
    message = f"a value of the type {type(value).__name__}"
    raise TypeError(message)


def _time(value: timedelta) -> str:
    """Return a time of day, or what else MariaDB and MySQL keep as one: up to 838 hours, also before the day."""
    size = abs(value)
    minutes, seconds = divmod(size.days * 86_400 + size.seconds, 60)
    sign = "-" if value < timedelta() else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{size.microseconds:06}"


def _tagged(value: Mapping[str, Any]) -> bytes | float:
    tag, text = next(iter(value.items()), ("", None))
    if len(value) != 1 or not isinstance(text, str) or tag not in (BYTES, REAL):
        message = f"nothing is known of values tagged {tag!r}"
        raise ValueError(message)
    return b64decode(text, validate=True) if tag == BYTES else float(text)
