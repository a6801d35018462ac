"""Reading and writing values made of several parts: links, positions and JSON documents.

As in `shopdb.domain.values`, a reader returns the value or raises `ValueRefusedError`, whatever it is given.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shopdb.domain.values import LARGEST_INTEGER, LONGEST_TEXT, Limits, clean_text, json_name, number_text, shown
from shopdb.exceptions import ValueRefusedError

LONGEST_LABEL = 500
MOST_LINKS = 1000


@dataclass(frozen=True, slots=True)
class Ref:
    """A link's value: the record's id and the label that people know it by.

    ``id`` is None while only the label is known; the store finds the record by its natural key.
    """

    id: int | None
    label: str = ""

    @property
    def key(self) -> int | str:
        """What tells the record from others: the id, or the label while it is all there is."""
        return self.label if self.id is None else self.id


def read_link(raw: Any, _limits: Limits) -> Ref:
    """Return the link that an id, a label or ``{"id": ..., "label": ...}`` names."""
    record_id: Any
    label: Any
    if isinstance(raw, Ref):
        record_id, label = raw.id, raw.label
    elif isinstance(raw, Mapping):
        record_id, label = raw.get("id"), raw.get("label")
    else:
        record_id, label = (None, raw) if isinstance(raw, str) else (raw, None)
    if is_id(record_id):
        return Ref(record_id, label if isinstance(label, str) else "")
    if record_id is None and isinstance(label, str) and label.strip():
        return Ref(None, clean_text(label, LONGEST_LABEL))
    raise ValueRefusedError('must be a record\'s id, its label, or {"id": ...}')


def is_id(raw: Any) -> bool:
    """Whether a value can be a record's id."""
    return type(raw) is int and 0 < raw <= LARGEST_INTEGER


def link_to_text(value: Ref) -> str:
    """Return the label."""
    return value.label


def link_to_json(value: Ref) -> dict[str, Any]:
    """Return the id with the label."""
    return {"id": value.id, "label": value.label}


def read_links(raw: Any, limits: Limits) -> tuple[Ref, ...]:
    """Return the links of a list, each once."""
    if not isinstance(raw, list | tuple):
        raise ValueRefusedError(f"must be a list, not {json_name(raw)}")
    if len(raw) > MOST_LINKS:
        raise ValueRefusedError(f"holds {len(raw)} links, at most {MOST_LINKS} are kept")
    refs = [read_link(one, limits) for one in raw]
    return tuple({ref.key: ref for ref in refs}.values())


def links_from_text(text: str, limits: Limits) -> tuple[Ref, ...] | None:
    """Return the links of labels with semicolons between, None for separators alone; quotes keep one in a label."""
    if len(text) > LONGEST_TEXT:
        raise ValueRefusedError(f"is {len(text)} characters long, at most {LONGEST_TEXT} are kept")
    try:
        labels = [label for row in csv.reader([text], delimiter=";", skipinitialspace=True) for label in row]
    except csv.Error as refused:
        raise ValueRefusedError(f"{shown(text)} is not a list of labels ({refused})") from refused
    return read_links([label for label in labels if label.strip()], limits) or None


def links_to_text(value: Sequence[Ref]) -> str:
    """Return the labels with semicolons between."""
    return "; ".join(_quoted(ref.label) for ref in value)


def _quoted(label: str) -> str:
    if not any(character in label for character in ';"\r\n'):
        return label
    doubled = label.replace('"', '""')
    return f'"{doubled}"'


def links_to_json(value: Sequence[Ref]) -> list[dict[str, Any]]:
    """Return ids with labels."""
    return [link_to_json(ref) for ref in value]


def read_position(raw: Any, _limits: Limits) -> dict[str, float]:
    """Return the finite coordinates of ``{"x": number, "y": number}``."""
    if not isinstance(raw, Mapping) or not {"x", "y"} <= raw.keys():
        raise ValueRefusedError('must be {"x": number, "y": number}')
    return {axis: _coordinate(raw[axis]) for axis in "xy"}


def position_from_text(text: str, _limits: Limits) -> dict[str, float]:
    """Return the coordinates of "120.5, 80", or of "120,5; 80"."""
    parts = text.split(";" if ";" in text else ",")
    if len(parts) != len("xy"):
        raise ValueRefusedError(f"{shown(text)} is not a position like 120.5, 80")
    return {axis: _coordinate(float(number_text(part))) for axis, part in zip("xy", parts, strict=True)}


def _coordinate(raw: Any) -> float:
    if type(raw) not in (int, float) or abs(raw) > LARGEST_INTEGER or math.isnan(raw):
        raise ValueRefusedError("must have finite numbers for x and y")
    return float(raw)


def position_to_text(value: Mapping[str, float]) -> str:
    """Return both coordinates, exactly."""
    return ", ".join(repr(float(value[axis])).removesuffix(".0") for axis in "xy")


def read_json(raw: Any, _limits: Limits) -> Any:
    """Return a copy of the document; what another JSON reader would not take, or read otherwise, is refused."""
    try:
        json.dumps(raw, allow_nan=False)
        return orjson.loads(orjson.dumps(raw))
    except (TypeError, ValueError, RecursionError) as refused:
        raise ValueRefusedError(f"is not JSON ({refused})") from refused


def json_from_text(text: str, limits: Limits) -> Any:
    """Return the document that the text spells."""
    try:
        return read_json(json.loads(text, object_pairs_hook=_members), limits)
    except (ValueError, RecursionError) as refused:
        raise ValueRefusedError(f"is not JSON ({refused})") from refused


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueRefusedError("names a member twice")
    return members


def json_to_text(value: Any) -> str:
    """Return the document on one line."""
    return json.dumps(value, ensure_ascii=False)
