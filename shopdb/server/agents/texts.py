"""Texts, numbers and moments out of an agent's fields, made to fit what a payload may hold."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

LONGEST_TEXT = 255  # characters, as the columns have them
LONGEST_DESCRIPTION = 2000

# What firmware and agents write instead of a value; compared without case, whole.
PLACEHOLDERS = frozenset(
    {
        "(none)",
        "(null string)",
        "(null)",
        "default string",
        "empty",
        "invalid",
        "n/a",
        "none",
        "not applicable",
        "not available",
        "not present",
        "not specified",
        "o.e.m.",
        "oem",
        "system manufacturer",
        "system product name",
        "system serial number",
        "to be filled by o.e.m.",
        "unknown",
    }
)

WHOLE_NUMBER = re.compile(r"\s*([0-9]{1,18})(?![0-9])")
MOMENT = re.compile(r"\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\s*([+-]\d\d:?\d\d|Z)?\s*", re.ASCII)
OFFSET = re.compile(r"\s*[+-]\d\d:?\d\d\s*", re.ASCII)


class Texts:
    """Reads texts, and counts in `cut` those that were too long and lost their end.

    Texts keep every character that XML carries: making them harmless is the business of whoever shows them.
    """

    def __init__(self) -> None:
        self.cut = 0

    def first(self, fields: Element, *names: str, longest: int = LONGEST_TEXT) -> str:
        """Return the first of the named fields that says something, or the empty text."""
        for name in names:
            text = self.fitting(fields.findtext(name) or "", longest)
            if text and text.casefold() not in PLACEHOLDERS:
                return text
        return ""

    def fitting(self, raw: str, longest: int = LONGEST_TEXT) -> str:
        """Return the text without surrounding space, composed (NFC), and cut to `longest` characters."""
        trimmed = raw.strip()
        # Composing takes time in the square of a run of combining marks, so what cannot fit goes first.
        composed = unicodedata.normalize("NFC", trimmed[: 4 * longest])
        if len(trimmed) > 4 * longest or len(composed) > longest:
            self.cut += 1
        return composed[:longest].rstrip()


def number(fields: Element, name: str) -> int | None:
    """Return the whole number at the beginning of a field; None where there is none or a negative one."""
    found = WHOLE_NUMBER.match(fields.findtext(name) or "")
    return int(found[1]) if found else None


def moment(text: str | None, offset: str | None) -> str | None:
    """Return the moment in UTC as RFC 3339; `offset` ("+0200") is of the clock that `text` was read from.

    Without an offset, in the text or beside it, the moment could be half a day wrong: it is None.
    """
    written = MOMENT.fullmatch(text or "")
    if not written:
        return None
    zone = written[3] or (offset or "").strip()
    if zone != "Z" and not OFFSET.fullmatch(zone):
        return None
    try:
        local = datetime.fromisoformat(f"{written[1]}T{written[2]}{zone}")
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None
