"""The language of the filter bar, the same in REST and on the command line.

``status:active os_name:"windows 10" last_seen<7d -tag:retired free words``

====================  ==========================================================================
``field:value``       text, addresses and links: contains; everything else: is
``field:a,b``         any of several
``field=value``       is exactly this;  ``field!=value`` is not
``field<v`` ...       also ``<= > >=``; for moments a span such as ``7d`` means an age
``field<today+7d``    days are also counted from today: ``today``, ``today+2w``, ``today-30d``
``field:none``        is empty;  ``field:any`` is not empty
``field:#12``         links: is the record with this id
``-term``             not that term
``word "two words"``  found in any of the searched fields
====================  ==========================================================================

In quotes every character stands for itself, so that ``notes:"none"`` looks for the word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from shopdb.domain.kinds import Kind, Ref, value_from_text
from shopdb.domain.resource import Field, Resource
from shopdb.domain.values import clean_text
from shopdb.exceptions import FilterSyntaxError, ValueRefusedError

Operator = Literal["contains", "equals", "differs", "below", "at_most", "above", "at_least", "empty", "filled"]

OPERATORS: dict[str, Operator] = {
    ":": "contains",
    "=": "equals",
    "!=": "differs",
    "<": "below",
    "<=": "at_most",
    ">": "above",
    ">=": "at_least",
}
COMPARISONS = frozenset({"below", "at_most", "above", "at_least"})
ORDERED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.MOMENT, Kind.TEXT})
CONTAINED = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LINK, Kind.LINKS, Kind.IP, Kind.MAC})
SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_FILTER = 2000

_TERM = re.compile(
    r"""\s*(?P<not>-)?(?:(?P<field>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>!=|<=|>=|[:=<>]))?"""
    r"""(?P<values>(?:"(?:[^"\\]|\\.)*"|[^\s"])*)""",
    re.DOTALL,
)
_ALTERNATIVE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+', re.DOTALL)
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPAN = re.compile(r"([0-9]{1,5})([mhdw])")
_DAY = re.compile(r"today(?:([+-])([0-9]{1,4})([dw]))?", re.IGNORECASE)
_ID = re.compile(r"#([0-9]{1,18})")
_UNSEARCHABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Age:
    """A span before now, kept as such so that a saved filter stays true tomorrow."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class FromToday:
    """A day counted from today, kept as such for the same reason."""

    days: timedelta


@dataclass(frozen=True, slots=True)
class Condition:
    """One term on one field; ``values`` are alternatives, decoded by the field's codec (or `Age`, `FromToday`)."""

    field: str
    operator: Operator
    values: tuple[Any, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold, and each word must be found; ``text`` is what was typed."""

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.conditions or self.words or self.unwanted)


EVERYTHING = Filter()


def parse_filter(text: str, resource: Resource) -> Filter:
    """Return what the text asks of this resource.

    Raises `FilterSyntaxError` with the column, or `UnknownFieldError` with the fields that would do.
    """
    if len(text) > LONGEST_FILTER:
        raise FilterSyntaxError(text, LONGEST_FILTER, f"a filter has at most {LONGEST_FILTER} characters")
    if unsearchable := _UNSEARCHABLE.search(text):
        raise FilterSyntaxError(text, unsearchable.start() + 1, "no text holds this character")
    conditions: list[Condition] = []
    words: list[str] = []
    unwanted: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        term = _TERM.match(text, position)
        assert term is not None, "every part of a term may be missing"
        if text[term.end() : term.end() + 1] == '"':
            raise FilterSyntaxError(text, term.end() + 1, "a quotation mark is missing")
        position = term.end()
        if term["field"]:
            conditions.append(_condition(text, term, resource))
        elif word := _read(_Written(term["values"]), text, term):
            (unwanted if term["not"] else words).append(word)
        elif term["not"]:
            raise FilterSyntaxError(text, term.start("not") + 1, "a minus stands before what is not wanted")
    return Filter(tuple(conditions), tuple(words), tuple(unwanted), text.strip())


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as it stands in the filter."""

    raw: str

    @property
    def is_quoted(self) -> bool:
        """Whether some of it stands in quotes."""
        return '"' in self.raw

    @property
    def text(self) -> str:
        """What it says, without quotes and escapes."""
        pieces = [_ESCAPED.sub(r"\1", quoted) if quoted else bare for quoted, bare in _PIECE.findall(self.raw)]
        return clean_text("".join(pieces), LONGEST_FILTER)


def _read(value: _Written, text: str, term: re.Match[str]) -> str:
    try:
        return value.text
    except ValueRefusedError as refused:
        raise FilterSyntaxError(text, term.start("values") + 1, f"the word {refused.reason}") from refused


def _condition(text: str, term: re.Match[str], resource: Resource) -> Condition:
    field = resource.filter_field(term["field"])
    operator = OPERATORS[term["operator"]]
    if operator in COMPARISONS and field.kind not in ORDERED:
        raise FilterSyntaxError(text, term.start("operator") + 1, f"{field.name} has no order; use {field.name}:value")
    try:
        values = [value for value in map(_Written, _ALTERNATIVE.findall(term["values"])) if value.text]
        if not values:
            raise FilterSyntaxError(text, term.end() + 1, f"{field.name} needs a value, or none or any")
        only = values[0].raw.casefold() if len(values) == 1 else ""
        if operator == "contains" and only in ("none", "any"):
            return Condition(field.name, "empty" if only == "none" else "filled", (), bool(term["not"]))
        if operator == "contains" and field.kind not in CONTAINED:
            operator = "equals"
        decoded = tuple(_decoded(value, field, operator) for value in values)
    except ValueRefusedError as refused:
        raise FilterSyntaxError(text, term.start("values") + 1, f"{field.name} {refused.reason}") from refused
    return Condition(field.name, operator, decoded, bool(term["not"]))


def _decoded(value: _Written, field: Field, operator: Operator) -> Any:
    if field.kind in (Kind.LINK, Kind.LINKS):
        known = _ID.fullmatch(value.raw)
        return Ref(int(known[1])) if known else Ref(None, value.text)
    if operator == "contains":
        return value.text.replace("-", ":") if field.kind is Kind.MAC else value.text
    span = _SPAN.fullmatch(value.raw)
    if field.kind is Kind.MOMENT and span:
        if operator not in COMPARISONS:
            raise ValueRefusedError(f"is compared with an age by < or >, as in {field.name}<{value.raw}")
        return Age(timedelta(**{SPANS[span[2]]: int(span[1])}))
    day = _DAY.fullmatch(value.raw)
    if field.kind is Kind.DATE and day:
        sign, number, unit = day.groups(default="")
        return FromToday(timedelta(**{SPANS[unit or "d"]: int(f"{sign}{number or 0}")}))
    return value_from_text(value.text, field)
