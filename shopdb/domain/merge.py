"""Three-way merge of a record's fields: what I changed, what they changed, and where both did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.domain.kinds import Ref


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
    Links are the same if they lead to the same record, whatever it is called by now.
    """
    values: dict[str, Any] = {}
    clashes: dict[str, Clash] = {}
    for name, wanted in mine.items():
        now = theirs.get(name)
        if _is_same(wanted, now) or (name in base and _is_same(wanted, base[name])):
            continue
        if name in base and _is_same(now, base[name]):
            values[name] = wanted
        else:
            clashes[name] = Clash(base.get(name), wanted, now)
    return Merge(values, clashes)


def _is_same(one: Any, other: Any) -> bool:
    return bool(_comparable(one) == _comparable(other))


def _comparable(value: Any) -> Any:
    if isinstance(value, Ref):
        return value.key
    if isinstance(value, tuple | list) and value and all(isinstance(ref, Ref) for ref in value):
        return {ref.key for ref in value}
    return value or None if isinstance(value, str | tuple) else value
