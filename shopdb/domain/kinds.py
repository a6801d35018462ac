"""The closed set of kinds that a field can have, and the one codec of each for text and JSON.

Lists, forms, REST and CSV cannot disagree about a value because they all read and write it here.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from shopdb.exceptions import ValueRefusedError

if TYPE_CHECKING:
    from shopdb.domain.resource import Field

LARGEST_INTEGER = 2**63 - 1
LONGEST_TEXT = 65_535
MAC_DIGITS = 12
YES = frozenset({"yes", "y", "true", "on", "1", "x"})
NO = frozenset({"no", "n", "false", "off", "0"})


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


@dataclass(frozen=True, slots=True)
class Ref:
    """A link's value: the record's id and the label that people know it by.

    ``id`` is None while only the label is known; the store finds the record by its natural key.
    """

    id: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind is read from and written to text and JSON.

    ``from_text`` gets a non-blank text, ``from_json`` a value that is not null; both raise
    `ValueRefusedError`. ``to_text`` and ``to_json`` get a value that is not None.
    """

    from_text: Callable[[str, Field], Any]
    from_json: Callable[[Any, Field], Any]
    to_text: Callable[[Any], str]
    to_json: Callable[[Any], Any]


def value_from_text(text: str, field: Field) -> Any:
    """Return the value that a person typed; blank is None."""
    return CODECS[field.kind].from_text(text, field) if text.strip() else None


def value_from_json(raw: Any, field: Field) -> Any:
    """Return the value that a JSON member holds; null and blank text are None."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return CODECS[field.kind].from_json(raw, field)


def value_to_text(value: Any, field: Field) -> str:
    """Return the value as a person reads and types it; None is the empty text."""
    return "" if value is None else CODECS[field.kind].to_text(value)


def value_to_json(value: Any, field: Field) -> Any:
    """Return the value as JSON carries it."""
    return None if value is None else CODECS[field.kind].to_json(value)


def _text(raw: Any, field: Field) -> str:
    if not isinstance(raw, str):
        reason = f"must be text, not {_json_name(raw)}"
        raise ValueRefusedError(reason)
    try:
        raw.encode()
    except UnicodeEncodeError as refused:
        reason = "holds half a character (a lone surrogate)"
        raise ValueRefusedError(reason) from refused
    if "\0" in raw:
        reason = "holds a NUL character"
        raise ValueRefusedError(reason)
    text = unicodedata.normalize("NFC", raw.strip())
    longest = field.length or LONGEST_TEXT
    if len(text) > longest:
        reason = f"is {len(text)} characters long, at most {longest} are kept"
        raise ValueRefusedError(reason)
    return text


def _line(raw: Any, field: Field) -> str:
    return _text(raw, field)


def _integer_from_text(text: str, field: Field) -> int:
    try:
        number = int(text.strip().replace("_", "x"))
    except ValueError as refused:
        reason = f"{_shown(text)} is not a whole number"
        raise ValueRefusedError(reason) from refused
    return _integer_in_range(number, field)


def _integer_from_json(raw: Any, field: Field) -> int:
    if isinstance(raw, str):
        return _integer_from_text(raw, field)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        reason = f"must be a whole number, not {_json_name(raw)}"
        raise ValueRefusedError(reason)
    return _integer_in_range(raw, field)


def _integer_in_range(number: int, field: Field) -> int:
    largest = field.largest or LARGEST_INTEGER
    if not -largest - 1 <= number <= largest:
        reason = f"must lie between {-largest - 1} and {largest}"
        raise ValueRefusedError(reason)
    return number


def _decimal(raw: Any, field: Field) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        reason = f"must be a number, not {_json_name(raw)}"
        raise ValueRefusedError(reason)
    try:
        number = Decimal(str(raw).strip().replace(",", ".") if "." not in str(raw) else str(raw).strip())
    except InvalidOperation as refused:
        reason = f"{_shown(str(raw))} is not a number"
        raise ValueRefusedError(reason) from refused
    if not number.is_finite():
        reason = "must be a finite number"
        raise ValueRefusedError(reason)
    scale = field.scale if field.scale is not None else 2
    if abs(number) >= Decimal(10) ** (field.precision or 12) / Decimal(10) ** scale:
        reason = "is too large"
        raise ValueRefusedError(reason)
    return number.quantize(Decimal(1).scaleb(-scale))


def _decimal_to_text(value: Any) -> str:
    return format(value, "f")


def _flag_from_text(text: str, _field: Field) -> bool:
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    reason = f"{_shown(text)} is neither yes nor no"
    raise ValueRefusedError(reason)


def _flag_from_json(raw: Any, field: Field) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        return _flag_from_text(raw, field)
    reason = f"must be true or false, not {_json_name(raw)}"
    raise ValueRefusedError(reason)


def _date(raw: Any, _field: Field) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw.strip())
    except (AttributeError, ValueError) as refused:
        reason = f"{_shown(str(raw))} is not a date like 2026-01-31"
        raise ValueRefusedError(reason) from refused


def _moment(raw: Any, _field: Field) -> datetime:
    if isinstance(raw, datetime):
        moment = raw
    else:
        try:
            moment = datetime.fromisoformat(raw.strip())
        except (AttributeError, ValueError) as refused:
            reason = f"{_shown(str(raw))} is not a moment like 2026-01-31T14:00:00Z"
            raise ValueRefusedError(reason) from refused
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as refused:
        reason = f"{_shown(str(raw))} is out of range"
        raise ValueRefusedError(reason) from refused


def _moment_to_json(value: Any) -> str:
    return str(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _choice(raw: Any, field: Field) -> str:
    text = _text(raw, field)
    for choice in field.choices:
        if text.casefold() in (choice.casefold(), choice.replace("_", " ").casefold()):
            return choice
    reason = f"{_shown(text)} is not one of {', '.join(field.choices)}"
    raise ValueRefusedError(reason)


def _link(raw: Any, _field: Field) -> Ref:
    if isinstance(raw, Ref):
        return raw
    if isinstance(raw, Mapping):
        number, label = raw.get("id"), raw.get("label", "")
        if _is_id(number) and isinstance(label, str):
            return Ref(number, label)
        if number is None and isinstance(label, str) and label.strip():
            return Ref(None, label.strip())
    elif _is_id(raw):
        return Ref(raw)
    elif isinstance(raw, str):
        return Ref(None, unicodedata.normalize("NFC", raw.strip()))
    reason = 'must be a record\'s id, its label, or {"id": ...}'
    raise ValueRefusedError(reason)


def _is_id(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= LARGEST_INTEGER


def _link_to_json(value: Any) -> dict[str, Any]:
    return {"id": value.id, "label": value.label}


def _links(raw: Any, field: Field) -> tuple[Ref, ...]:
    if not isinstance(raw, list | tuple):
        reason = f"must be a list, not {_json_name(raw)}"
        raise ValueRefusedError(reason)
    return tuple(dict.fromkeys(_link(one, field) for one in raw))


def _links_from_text(text: str, field: Field) -> tuple[Ref, ...]:
    return _links([part.strip() for part in text.split(";") if part.strip()], field)


def _ip(raw: Any, field: Field) -> str:
    text = _text(raw, field)
    try:
        return str(ip_address(text))
    except ValueError as refused:
        reason = f"{_shown(text)} is not an IP address"
        raise ValueRefusedError(reason) from refused


def _mac(raw: Any, field: Field) -> str:
    digits = "".join(character for character in _text(raw, field).lower() if character not in ":-. ")
    if len(digits) != MAC_DIGITS or any(digit not in "0123456789abcdef" for digit in digits):
        reason = f"{_shown(str(raw))} is not a MAC address like 00:1a:2b:3c:4d:5e"
        raise ValueRefusedError(reason)
    return ":".join(digits[start : start + 2] for start in range(0, MAC_DIGITS, 2))


def _position_from_text(text: str, field: Field) -> dict[str, float]:
    parts = text.replace(";", ",").split(",")
    if len(parts) != len("xy"):
        reason = f"{_shown(text)} is not a position like 120.5, 80"
        raise ValueRefusedError(reason)
    return _position({"x": parts[0].strip(), "y": parts[1].strip()}, field)


def _position(raw: Any, _field: Field) -> dict[str, float]:
    try:
        place = {axis: float(raw[axis]) for axis in "xy"}
    except (KeyError, TypeError, ValueError) as refused:
        reason = 'must be {"x": number, "y": number}'
        raise ValueRefusedError(reason) from refused
    if not all(math.isfinite(number) for number in place.values()):
        reason = "must be finite"
        raise ValueRefusedError(reason)
    return place


def _position_to_text(value: Any) -> str:
    return f"{value['x']:g}, {value['y']:g}"


def _json_from_text(text: str, _field: Field) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as refused:
        reason = f"is not JSON ({refused})"
        raise ValueRefusedError(reason) from refused


def _refuse_constant(name: str) -> None:
    reason = f"{name} is not JSON"
    raise ValueError(reason)


def _json_name(raw: Any) -> str:
    names: Mapping[type, str] = {bool: "true or false", dict: "an object", list: "a list", str: "text"}
    return names.get(type(raw), "a number" if isinstance(raw, int | float) else type(raw).__name__)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _as_is(value: Any) -> Any:
    return value


TEXT_CODEC = Codec(_line, _line, str, _as_is)
CODECS: Mapping[Kind, Codec] = {
    Kind.TEXT: TEXT_CODEC,
    Kind.LONG_TEXT: Codec(_text, _text, str, _as_is),
    Kind.INTEGER: Codec(_integer_from_text, _integer_from_json, str, _as_is),
    Kind.DECIMAL: Codec(_decimal, _decimal, _decimal_to_text, _decimal_to_text),
    Kind.FLAG: Codec(_flag_from_text, _flag_from_json, lambda value: "yes" if value else "no", bool),
    Kind.DATE: Codec(_date, _date, date.isoformat, date.isoformat),
    Kind.MOMENT: Codec(_moment, _moment, _moment_to_json, _moment_to_json),
    Kind.CHOICE: Codec(_choice, _choice, str, _as_is),
    Kind.LINK: Codec(_link, _link, lambda value: value.label, _link_to_json),
    Kind.LINKS: Codec(
        _links_from_text,
        _links,
        lambda value: "; ".join(ref.label for ref in value),
        lambda value: [_link_to_json(ref) for ref in value],
    ),
    Kind.IP: Codec(_ip, _ip, str, _as_is),
    Kind.MAC: Codec(_mac, _mac, str, _as_is),
    Kind.POSITION: Codec(_position_from_text, _position, _position_to_text, _as_is),
    Kind.JSON: Codec(
        _json_from_text, lambda raw, _field: raw, lambda value: json.dumps(value, ensure_ascii=False), _as_is
    ),
}
