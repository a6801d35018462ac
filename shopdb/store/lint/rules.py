"""The rules of migrations, each under a code that never changes meaning, and what a finding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for every revision; ``waivable`` ones may be broken for a reason that the revision gives.

    ``destructive`` ones lose data or break the program that still runs: their waiver needs a way back, too.
    """

    told: str
    waivable: bool = False
    destructive: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a revision breaks, and on which engines that was seen; "" is the history as a whole."""

    rule: str
    owner: str
    revision: str
    told: str
    engines: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = " ".join(part for part in (self.owner, self.revision) if part)
        only = f" (on {' and '.join(self.engines)})" if self.engines else ""
        return f"{self.rule} {where}: {self.told}{only}"


RULES: Final[Mapping[str, Rule]] = {
    # the files
    "M001": Rule("a history is one straight line of files that can be read, with ids of at most 32 characters"),
    "M002": Rule("a revision's id is four digits, an underscore, and lowercase letters, digits and _", waivable=True),
    "M003": Rule(
        "a revision imports no models, and nothing else that changes after the day it was written", waivable=True
    ),
    "M004": Rule("a revision changes tables with shopdb's guarded operations, not with Alembic's", waivable=True),
    "M005": Rule("a revision that changes tables has a downgrade", waivable=True),
    # what is lost, or breaks the program that still runs
    "M010": Rule("no table is dropped", waivable=True, destructive=True),
    "M011": Rule("no table is renamed", waivable=True, destructive=True),
    "M012": Rule("no column is dropped", waivable=True, destructive=True),
    "M013": Rule("no column is renamed", waivable=True, destructive=True),
    "M014": Rule("no column gets a type that not every value fits into", waivable=True, destructive=True),
    "M015": Rule("no plain SQL drops, empties or overwrites what was there", waivable=True, destructive=True),
    # what rows that are there may refuse
    "M020": Rule("a new column of an existing table may be empty or has a server default"),
    "M021": Rule("no existing column becomes NOT NULL", waivable=True),
    "M022": Rule("nothing that is in an existing table becomes unique", waivable=True),
    "M023": Rule("nobody touches another owner's table"),
    # what running it shows
    "M030": Rule("a revision runs, forward and back"),
    "M031": Rule("after the way forward and back, every table is as before", waivable=True),
    "M032": Rule("the second way forward ends where the first one did"),
    "M033": Rule("a revision that has run can run again and changes nothing"),
    "M034": Rule("a revision that was cut off anywhere comes to the same end when it is run again"),
    "M035": Rule("after the last revision, tables are what the models say"),
    # waivers
    "M040": Rule("a waiver waives something that is found"),
    "M041": Rule("a waiver is a literal that gives a reason for each rule, and the rule may be waived"),
    "M042": Rule("a waiver of what is lost says how it is rolled back, and which earlier revision made it needless"),
}
