"""What is left of what was seen: findings that no revision waives, and waivers that waive nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from shopdb.store.lint.rules import RULES, Finding
from shopdb.store.lint.source import Source

SQLITE: Final = "SQLite"
# Types are not the same everywhere, nor is what a way back leaves.
_DIFFERS_BY_ENGINE: Final = frozenset({"M014", "M031"})

Seen = dict[Finding, set[str]]
"""Findings, and the engines on which each was seen; none where nothing had to run."""

Sources = Mapping[tuple[str, str], Source]
"""The files of the revisions that have run, by owner and revision."""


def remaining(
    seen: Seen, examined: Sources, engines: Collection[str], order: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    """Return the findings that count, by ``order`` of owners and their revisions.

    A finding names its engines if it was not seen on every one of several.
    """
    waived = {(*place, rule) for place, source in examined.items() for rule in source.waivers.reasons}
    waived = {one for one in waived if one[2] in RULES and RULES[one[2]].waivable}
    found = {(one.owner, one.revision, one.rule) for one in seen}
    left = [
        replace(one, engines=() if where in (set(), set(engines)) else tuple(sorted(where)))
        for one, where in seen.items()
        if (one.owner, one.revision, one.rule) not in waived
    ]
    left += _stale(waived - found, examined, engines)
    owners = list(order)
    return tuple(
        sorted(left, key=lambda one: (owners.index(one.owner), _place(one.revision, order[one.owner]), one.rule))
    )


def _stale(
    needless: Collection[tuple[str, str, str]], examined: Sources, engines: Collection[str]
) -> Iterator[Finding]:
    both = SQLITE in engines and len(set(engines)) > 1
    for owner, revision, rule in sorted(needless):
        may_be_elsewhere = rule in _DIFFERS_BY_ENGINE or examined[owner, revision].asks_which_engine
        if both or not may_be_elsewhere:
            yield Finding("M040", owner, revision, f"it waives {rule}, which is not found")


def _place(revision: str, line: Sequence[str]) -> int:
    return line.index(revision) if revision in line else -1
