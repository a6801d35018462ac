"""The language of the filter bar, the same in REST and on the command line.

``status:active os:"windows 10" last_seen<7d -tag:retired free words``

====================  ==========================================================================
``field:value``       text and links: contains; everything else: is
``field:a,b``         any of several
``field=value``       is exactly this;  ``field!=value`` is not
``field<v`` ...       also ``<= > >=``; for moments a span such as ``7d`` means an age
``field:none``        is empty;  ``field:any`` is not empty
``-term``             not that term
``word "two words"``  found in any of the searched fields
====================  ==========================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from shopdb.domain.kinds import Kind, Ref, value_from_text
from shopdb.domain.resource import Field, Resource
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
ORDERED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.MOMENT, Kind.TEXT})
CONTAINED = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LINK, Kind.LINKS, Kind.IP, Kind.MAC})
SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_FILTER = 2000

_TERM = re.compile(
    r"""\s*(?P<not>-)?(?:(?P<field>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>!=|<=|>=|[:=<>]))?"""
    r"""(?P<values>(?:"(?:[^"\\]|\\.)*"|[^\s"])*)""",
)
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",]+)')
_SPAN = re.compile(r"(\d{1,5})([mhdw])")


@dataclass(frozen=True, slots=True)
class Age:
    """A span before now, kept as such so that a saved filter stays true tomorrow."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Condition:
    """One term on one field; ``values`` are alternatives, decoded by the field's codec (or `Age`)."""

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
    conditions: list[Condition] = []
    words: list[str] = []
    unwanted: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        term = _TERM.match(text, position)
        if term is None or term.end() == position:
            raise FilterSyntaxError(text, position + 1, "a quotation mark is missing")
        position = term.end()
        if term["field"]:
            conditions.append(_condition(text, term, resource))
        elif term["values"]:
            (unwanted if term["not"] else words).extend(_unquoted(term["values"]))
        elif term["not"]:
            raise FilterSyntaxError(text, term.start("not") + 1, "a minus stands before what is not wanted")
    return Filter(tuple(conditions), tuple(words), tuple(unwanted), text.strip())


def _condition(text: str, term: re.Match[str], resource: Resource) -> Condition:
    field = resource.filter_field(term["field"])
    operator = OPERATORS[term["operator"]]
    values = _unquoted(term["values"])
    if not values:
        raise FilterSyntaxError(text, term.end(), f"{field.name} needs a value, or none or any")
    negated = bool(term["not"])
    if operator == "contains" and values in (["none"], ["any"]):
        return Condition(field.name, "empty" if values == ["none"] else "filled", (), negated)
    if operator == "contains" and field.kind not in CONTAINED:
        operator = "equals"
    if operator in ("below", "at_most", "above", "at_least") and field.kind not in ORDERED:
        raise FilterSyntaxError(text, term.start("operator") + 1, f"{field.name} has no order; use {field.name}:value")
    try:
        decoded = tuple(_decoded(value, field, operator) for value in values)
    except ValueRefusedError as refused:
        raise FilterSyntaxError(text, term.start("values") + 1, f"{field.name} {refused.reason}") from refused
    return Condition(field.name, operator, decoded, negated)


def _decoded(value: str, field: Field, operator: Operator) -> Any:
    if field.kind in (Kind.LINK, Kind.LINKS):
        return Ref(int(value[1:])) if re.fullmatch(r"#\d{1,18}", value) else Ref(None, value)
    if operator == "contains":
        return value
    span = _SPAN.fullmatch(value)
    if field.kind is Kind.MOMENT and span:
        return Age(timedelta(**{SPANS[span[2]]: int(span[1])}))
    return value_from_text(value, field)


def _unquoted(text: str) -> list[str]:
    return [
        re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for quoted, bare in _VALUE.findall(text)
        if quoted.strip() or bare.strip()
    ]
