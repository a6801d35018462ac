"""Completions of the filter language: the names of fields, what they are compared with, links by their labels.

Belongs to the terminal. What the language means stands in `shopdb.domain.filters`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from shopdb.domain.catalog import Catalog
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import UNFILTERABLE, Field, Resource
from shopdb.tui.lookup import matches
from shopdb.tui.widgets.filterbar import Completion

SPANS: Final = (("1h", "an hour"), ("1d", "a day"), ("7d", "a week"), ("30d", "a month"), ("52w", "a year"))
EMPTINESS: Final = (("none", "is empty"), ("any", "is not empty"))
MOST_LABELS: Final = 6

_WRITTEN = re.compile(r"(-?)(?:([A-Za-z_][A-Za-z0-9_]*)(!=|<=|>=|[:=<>]))?(.*)", re.DOTALL)
_BARE = re.compile(r'[^\s",#]+')

Read = Callable[[Callable[[Session], Any]], Any]


@dataclass(frozen=True, slots=True)
class FilterCompletion:
    """Completes filters of one resource; asks the database for labels, so it is called in job threads."""

    read: Read
    catalog: Catalog
    resource: Resource

    def __call__(self, text: str, cursor: int) -> Sequence[Completion]:
        """Return what could stand at the cursor, likeliest first."""
        start = _start_of_term(text[:cursor])
        written = _WRITTEN.fullmatch(text[start:cursor])
        assert written is not None  # every part of the pattern may be empty
        minus, name, operator, rest = written.groups()
        if name is None:
            return list(self._names(rest, start + len(minus))) if rest else []
        field = self.resource.fields_by_name.get(name)
        if field is None or field.kind in UNFILTERABLE:
            return []
        value = rest[_start_of_alternative(rest) :]
        return list(self._values(field, operator, value, cursor - len(value)))

    def _names(self, begun: str, start: int) -> Iterator[Completion]:
        wanted = begun.casefold()
        fields = [one for one in self.resource.fields if one.kind not in UNFILTERABLE]
        by_name = [one for one in fields if one.name.startswith(wanted)]
        by_label = [one for one in fields if one not in by_name and wanted in f"{one.name} {one.label}".casefold()]
        for one in (*by_name, *by_label):
            age = one.kind is Kind.MOMENT
            yield Completion(f"{one.name}<" if age else f"{one.name}:", start, one.label)

    def _values(self, field: Field, operator: str, begun: str, start: int) -> Iterator[Completion]:
        wanted = begun.strip('"').casefold()
        for value, told in self._known_values(field, operator, wanted):
            if wanted in value.casefold() and value != begun:
                yield Completion(_quoted(value), start, told)

    def _known_values(self, field: Field, operator: str, wanted: str) -> Iterator[tuple[str, str]]:
        if field.kind is Kind.CHOICE:
            yield from ((choice, "") for choice in field.choices)
        elif field.kind is Kind.FLAG:
            yield from (("yes", ""), ("no", ""))
        elif field.kind is Kind.MOMENT and operator in ("<", "<=", ">", ">="):
            newer = operator.startswith("<")
            yield from ((span, f"{'less' if newer else 'more'} than {told} ago") for span, told in SPANS)
        elif field.kind in (Kind.LINK, Kind.LINKS):
            yield from self._labels(field, wanted)
        if operator == ":":
            yield from EMPTINESS

    def _labels(self, field: Field, wanted: str) -> Iterator[tuple[str, str]]:
        target = self.catalog[field.target]
        for match in self.read(lambda session: matches(session, target, wanted, MOST_LABELS)):
            yield match.ref.label, match.told


def _start_of_term(text: str) -> int:
    return _after_last(text, str.isspace)


def _start_of_alternative(text: str) -> int:
    return _after_last(text, ",".__eq__)


def _after_last(text: str, parts: Callable[[str], bool]) -> int:
    """Return the position after the last character outside of quotes that parts the text."""
    start, quoted, escaped = 0, False, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted and parts(character):
            start = position + 1
    return start


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
