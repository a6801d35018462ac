"""What an examination found, in one of four states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "hint", "warning", "fault"]
STATES: tuple[State, ...] = ("ok", "hint", "warning", "fault")
"""From good to bad. A hint is for whoever has time, a warning for this week; a fault keeps from working or trusting."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, in sentences, and what to do now: nothing where all is well, or something else comes first."""

    state: State
    told: str
    fix: str = ""


def ok(told: str) -> Finding:
    """Return that all is well."""
    return Finding("ok", told)


def together(told: str, findings: Iterable[Finding]) -> Finding:
    """Return several findings as one, in its worst state; where there are none, ``told`` is well."""
    found = sorted(findings, key=lambda one: -STATES.index(one.state))
    if not found:
        return ok(told)
    fixes = dict.fromkeys(one.fix for one in found if one.fix)
    return Finding(found[0].state, " ".join(one.told for one in found), " ".join(fixes))
