"""What a cell says: as forms read it, and beyond that days and numbers as spreadsheets of many countries write them."""

from __future__ import annotations

import re
from typing import Any

from shopdb.domain.kinds import Kind, value_from_text
from shopdb.domain.resource import Field
from shopdb.domain.values import shown
from shopdb.exceptions import ValueRefusedError

_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:[ T]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?))?")
_SLASHED = re.compile(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}.*", re.DOTALL)
_POINT_OR_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_THOUSANDS_AND_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})*,[0-9]*")


def value_of(text: str, field: Field, *, decimal_comma: bool = False) -> Any:
    """Return the value of a cell; `ValueRefusedError` if it is none, or could be two.

    With ``decimal_comma`` a comma is one, and a point may only part thousands.
    """
    if field.kind in (Kind.DATE, Kind.MOMENT):
        return value_from_text(_iso(text.strip()), field)
    if field.kind is Kind.DECIMAL and decimal_comma:
        return value_from_text(_with_a_point(text.strip()), field)
    return value_from_text(text, field)


def _iso(text: str) -> str:
    if _SLASHED.fullmatch(text):
        raise ValueRefusedError(f"{shown(text)} could be two days; write it like 2026-12-31 or 31.12.2026")
    if (parts := _DAY_FIRST.fullmatch(text)) is None:
        return text
    day, month, year, time = parts.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{time:0>5}" if time else "")


def _with_a_point(text: str) -> str:
    if _POINT_OR_THOUSANDS.fullmatch(text):
        whole, point = text.replace(".", ""), text.replace(".", ",", 1)
        such = f"{whole}, or {point}0" if text.count(".") == 1 else whole
        raise ValueRefusedError(f"{shown(text)} could have a decimal point or thousands; write {such}")
    return text.replace(".", "").replace(",", ".") if _THOUSANDS_AND_COMMA.fullmatch(text) else text
