"""Three-way merge of a record's fields: what I changed, what they changed, and where both did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both sides changed, to different values."""

    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merge:
    """``values`` can be saved on top of theirs; each of ``clashes`` asks a person."""

    values: Mapping[str, Any]
    clashes: Mapping[str, Clash]


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merge:
    """Return what of mine still has to be saved, field by field.

    ``base`` is the record as I opened it, ``mine`` the values I want (possibly only some), ``theirs`` the record now.
    A field that I left as it was is theirs; one that only I changed is mine; the same change on both sides is no clash.
    """
    values: dict[str, Any] = {}
    clashes: dict[str, Clash] = {}
    for name, wanted in mine.items():
        before, now = base.get(name), theirs.get(name)
        if wanted in (before, now):
            continue
        if now == before:
            values[name] = wanted
        else:
            clashes[name] = Clash(before, wanted, now)
    return Merge(values, clashes)
