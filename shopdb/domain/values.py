"""Reading single values, from what people type and programs send, into one normal form.

Each reader takes anything at all and returns the value or raises `ValueRefusedError`, in bounded time. Values made of
several parts are read in `shopdb.domain.compound`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from ipaddress import ip_address
from typing import Any, Protocol

from shopdb.exceptions import ValueRefusedError

LARGEST_INTEGER = 2**63 - 1
LONGEST_TEXT = 65_535
LONGEST_NUMBER = 200
MOST_MARKS = 30
EARLIEST_YEAR = 1000
MAC_DIGITS = 12
YES = frozenset({"yes", "y", "true", "on", "1", "x"})
NO = frozenset({"no", "n", "false", "off", "0"})

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
# MariaDB and MySQL keep at most 65 digits.
_EXACT = Context(prec=LONGEST_NUMBER)


class Limits(Protocol):
    """What a reader needs to know of a field."""

    @property
    def length(self) -> int | None:
        """The most characters of a text."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a choice."""

    @property
    def precision(self) -> int | None:
        """The digits of a decimal, all together."""

    @property
    def scale(self) -> int | None:
        """The digits of a decimal behind its point."""

    @property
    def largest(self) -> int | None:
        """The largest integer."""

    @property
    def words(self) -> tuple[tuple[int, str], ...]:
        """Integers that are no amounts, and the words that people read and type for them."""


def read_text(raw: Any, limits: Limits) -> str:
    """Return the text without surrounding space, composed (NFC)."""
    return clean_text(raw, limits.length or LONGEST_TEXT)


def clean_text(raw: Any, longest: int) -> str:
    """Return the text without surrounding space, composed (NFC), of at most ``longest`` characters."""
    if not isinstance(raw, str):
        raise ValueRefusedError(f"must be text, not {json_name(raw)}")
    text = raw.strip()
    if "\0" in text:
        raise ValueRefusedError("holds a NUL character")
    if not text.isascii():
        _refuse_what_cannot_be_composed(text)
        text = unicodedata.normalize("NFC", text[: 4 * longest])
    if len(text) > longest:
        raise ValueRefusedError(f"is {len(raw.strip())} characters long, at most {longest} are kept")
    return text


def _refuse_what_cannot_be_composed(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as refused:
        raise ValueRefusedError("holds half a character (a lone surrogate)") from refused
    # Composing takes the square of the marks in a row: 65,000 would take seconds. UAX #15 allows 30.
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            raise ValueRefusedError(f"has more than {MOST_MARKS} accents on one letter")


def read_choice(raw: Any, limits: Limits) -> str:
    """Return the choice as it is declared, whatever case it was written in."""
    text = read_text(raw, limits)
    for choice in limits.choices:
        if text.casefold() in (choice.casefold(), choice.replace("_", " ").casefold()):
            return choice
    raise ValueRefusedError(f"{shown(text)} is not one of {', '.join(limits.choices)}")


def read_integer(raw: Any, limits: Limits) -> int:
    """Return the whole number, within what its column can hold."""
    if isinstance(raw, str):
        digits = raw.strip()
        for number, word in limits.words:
            if digits.casefold() == word.casefold():
                return number
        if not _INTEGER.fullmatch(digits):
            raise ValueRefusedError(f"{shown(raw)} is not a whole number")
        number = int(digits) if len(digits) <= LONGEST_NUMBER else LARGEST_INTEGER + 1
    elif isinstance(raw, float):
        if not raw.is_integer():
            raise ValueRefusedError(f"{raw} is not a whole number")
        number = int(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    else:
        raise ValueRefusedError(f"must be a whole number, not {json_name(raw)}")
    largest = limits.largest or LARGEST_INTEGER
    if not -largest - 1 <= number <= largest:
        raise ValueRefusedError(f"must lie between {-largest - 1} and {largest}")
    return number


def read_decimal(raw: Any, limits: Limits) -> Decimal:
    """Return the number, rounded to the digits that its column keeps.

    A comma is read as a point, unless it could also part thousands: nobody is guessed at.
    """
    number = _number(raw)
    scale = 2 if limits.scale is None else limits.scale
    bound = Decimal(10) ** ((limits.precision or 12) - scale)
    if number.copy_abs() < bound:
        kept = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
        if kept.copy_abs() < bound:
            return kept or kept.copy_abs()
    raise ValueRefusedError(f"must lie between {-bound:f} and {bound:f}")


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise ValueRefusedError(f"must be a number, not {json_name(raw)}")
    if isinstance(raw, Decimal):
        if not raw.is_finite():
            raise ValueRefusedError("must be a finite number")
        return raw
    if isinstance(raw, int) and abs(raw) > LARGEST_INTEGER:
        raise ValueRefusedError("has too many digits")
    return Decimal(number_text(str(raw)))


def number_text(text: str) -> str:
    """Return a number as Python reads it; refuse what is none, or could be two."""
    digits = text.strip()
    if _GROUPED.fullmatch(digits):
        raise ValueRefusedError(
            f"{shown(text)} could have a decimal comma or thousands; write it with a point or without"
        )
    if len(digits) > LONGEST_NUMBER or not _NUMBER.fullmatch(digits):
        raise ValueRefusedError(f"{shown(text)} is not a number like 1234.5")
    return digits.replace(",", ".")


def read_flag(raw: Any, _limits: Limits) -> bool:
    """Return the truth of yes and no, on and off, true and false, 1 and 0."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold() if isinstance(raw, str) or raw in (0, 1) else None
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueRefusedError(f"must be yes or no, not {shown(raw) if isinstance(raw, str) else json_name(raw)}")


def read_date(raw: Any, _limits: Limits) -> date:
    """Return the day of an ISO 8601 date."""
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    elif isinstance(raw, str):
        try:
            day = date.fromisoformat(raw.strip())
        except ValueError as refused:
            raise ValueRefusedError(f"{shown(raw)} is not a date like 2026-01-31") from refused
    else:
        raise ValueRefusedError(f"must be a date like 2026-01-31, not {json_name(raw)}")
    if day.year < EARLIEST_YEAR:
        raise ValueRefusedError(f"{shown(str(raw))} is before the year {EARLIEST_YEAR}")
    return day


def read_moment(raw: Any, _limits: Limits) -> datetime:
    """Return the moment of an ISO 8601 date and time, in UTC; without a zone it is taken to be in UTC."""
    if isinstance(raw, datetime):
        moment = raw
    elif isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError as refused:
            raise ValueRefusedError(f"{shown(raw)} is not a moment like 2026-01-31T14:00:00Z") from refused
    else:
        raise ValueRefusedError(f"must be a moment like 2026-01-31T14:00:00Z, not {json_name(raw)}")
    try:
        found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as refused:
        raise ValueRefusedError(f"{shown(str(raw))} is out of range") from refused
    if found.year < EARLIEST_YEAR:
        raise ValueRefusedError(f"{shown(str(raw))} is before the year {EARLIEST_YEAR}")
    return found


def read_ip(raw: Any, limits: Limits) -> str:
    """Return the address in its shortest form; the zone of a link-local one names an interface and is left out."""
    text = read_text(raw, limits)
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError as refused:
        raise ValueRefusedError(f"{shown(text)} is not an IP address") from refused


def read_mac(raw: Any, limits: Limits) -> str:
    """Return the address as lower-case pairs with colons, whichever way it was written."""
    text = read_text(raw, limits)
    digits = "".join(character for character in text.lower() if character not in ":-. ")
    if len(digits) != MAC_DIGITS or any(digit not in "0123456789abcdef" for digit in digits):
        raise ValueRefusedError(f"{shown(text)} is not a MAC address like 00:1a:2b:3c:4d:5e")
    return ":".join(digits[start : start + 2] for start in range(0, MAC_DIGITS, 2))


def json_name(raw: Any) -> str:
    """Return what JSON calls a value of this sort."""
    if isinstance(raw, bool):
        return "true or false"
    if isinstance(raw, int | float):
        return "a number"
    names = {dict: "an object", list: "a list", str: "text", type(None): "null"}
    return names.get(type(raw), type(raw).__name__)


def shown(text: str) -> str:
    """Return the beginning of a text in quotes, for a message."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
