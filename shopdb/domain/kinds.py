"""The closed set of kinds that a field can have, and the one codec of each for text and JSON.

Lists, forms, REST and CSV cannot disagree about a value because they all read and write it here. How a value is read
stands in `shopdb.domain.values` and `shopdb.domain.compound`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from shopdb.domain import compound, values
from shopdb.domain.compound import Ref
from shopdb.domain.values import Limits

__all__ = [
    "CODECS",
    "Codec",
    "Kind",
    "Ref",
    "value_from_json",
    "value_from_text",
    "value_to_json",
    "value_to_text",
]


class Kind(StrEnum):
    """What sort of value a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLAG = "flag"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    LINK = "link"
    LINKS = "links"
    IP = "ip"
    MAC = "mac"
    POSITION = "position"
    JSON = "json"


class Kinded(Limits, Protocol):
    """A field as its codec sees it."""

    @property
    def kind(self) -> Kind:
        """The kind, which names the codec."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind is read from and written to text and JSON.

    ``from_text`` gets a non-blank text, ``from_json`` a value that is not null, which may also be a decoded one; both
    raise `ValueRefusedError` and nothing else. ``to_text`` and ``to_json`` get a value that is not None.
    """

    from_text: Callable[[str, Limits], Any]
    from_json: Callable[[Any, Limits], Any]
    to_text: Callable[[Any], str]
    to_json: Callable[[Any], Any]


def value_from_text(text: str, field: Kinded) -> Any:
    """Return the value that a person typed; blank is None."""
    return CODECS[field.kind].from_text(text, field) if text.strip() else None


def value_from_json(raw: Any, field: Kinded) -> Any:
    """Return the value that a JSON member holds; null and blank text are None. A decoded value stays what it is."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return CODECS[field.kind].from_json(raw, field)


def value_to_text(value: Any, field: Kinded) -> str:
    """Return the value as a person reads and types it; None is the empty text."""
    if value is None:
        return ""
    for number, word in field.words:
        if value == number:
            return word
    return CODECS[field.kind].to_text(value)


def value_to_json(value: Any, field: Kinded) -> Any:
    """Return the value as JSON carries it."""
    return None if value is None else CODECS[field.kind].to_json(value)


def _as_is(value: Any) -> Any:
    return value


def _decimal_to_text(value: Decimal) -> str:
    return format(value, "f")


def _flag_to_text(value: bool) -> str:  # noqa: FBT001 the value of a flag
    return "yes" if value else "no"


def _moment_to_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


CODECS: Mapping[Kind, Codec] = {
    Kind.TEXT: Codec(values.read_text, values.read_text, str, _as_is),
    Kind.LONG_TEXT: Codec(values.read_text, values.read_text, str, _as_is),
    Kind.INTEGER: Codec(values.read_integer, values.read_integer, str, _as_is),
    Kind.DECIMAL: Codec(values.read_decimal, values.read_decimal, _decimal_to_text, _decimal_to_text),
    Kind.FLAG: Codec(values.read_flag, values.read_flag, _flag_to_text, bool),
    Kind.DATE: Codec(values.read_date, values.read_date, date.isoformat, date.isoformat),
    Kind.MOMENT: Codec(values.read_moment, values.read_moment, _moment_to_text, _moment_to_text),
    Kind.CHOICE: Codec(values.read_choice, values.read_choice, str, _as_is),
    Kind.LINK: Codec(compound.read_link, compound.read_link, compound.link_to_text, compound.link_to_json),
    Kind.LINKS: Codec(compound.links_from_text, compound.read_links, compound.links_to_text, compound.links_to_json),
    Kind.IP: Codec(values.read_ip, values.read_ip, str, _as_is),
    Kind.MAC: Codec(values.read_mac, values.read_mac, str, _as_is),
    Kind.POSITION: Codec(compound.position_from_text, compound.read_position, compound.position_to_text, dict),
    Kind.JSON: Codec(compound.json_from_text, compound.read_json, compound.json_to_text, _as_is),
}
