"""What the columns of a list mean: each is a field of a record type, and a row may make records of several types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shopdb.domain.catalog import Catalog
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import SchemeRefusedError, ShopdbError
from shopdb.services.lists.sheet import PROBLEM

MIXED = "mixed"
KEYS = ("serial_number",)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list and the field that it is; ``resource`` is "" where the row's own type has the field."""

    heading: str
    resource: str
    field: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a list is read. ``resource`` is what each row is, or "mixed": then the cell under ``by`` says it.

    ``kinds`` are words of that column by casefolded cell, as a person gave them, "" for rows to leave out; ``key`` the
    field by which a record that is here already is known, "" for the first of key, serial number and label that a row
    has. With ``decimal_comma`` numbers are written so.
    """

    resource: str
    columns: tuple[Column, ...]
    unused: tuple[str, ...] = ()
    by: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    decimal_comma: bool = False

    def keys_of(self, resource: Resource, *, is_main: bool) -> tuple[str, ...]:
        """Return the fields by which a record may be known again, the best first; the given one is of what rows are."""
        given = (self.key,) if self.key and is_main else ()
        return tuple(dict.fromkeys((*given, resource.key_field, *KEYS, resource.label_field)))


def scheme_for(
    catalog: Catalog,
    headings: Sequence[str],
    resource: str,
    *,
    mapped: Sequence[tuple[str, str]] = (),
    by: str = "",
    kinds: Mapping[str, str] = {},
    key: str = "",
    decimal_comma: bool = False,
) -> Scheme:
    """Return how a list is read: as ``mapped`` says, and beyond that by headings that are called as fields are.

    ``mapped`` gives headings a field, "resource.field", or "" to pass the column by; one heading may be several.
    Raises `SchemeRefusedError` with all that does not fit.
    """
    named = {heading for heading, _ in mapped} | ({by} if by else set())
    problems = [f"there is no column {heading!r}" for heading in sorted(named - {*headings})]
    if resource == MIXED and not by:
        problems.append("a mixed list needs --by COLUMN: the column that says what each row is")
    types = [catalog[resource]] if resource != MIXED else _types(catalog)
    columns = [column for heading, name in mapped for column in _given(catalog, types, heading, name, problems)]
    unsaid = [heading for heading in headings if heading not in {*named, PROBLEM}]
    columns += [Column(heading, "", found) for heading in unsaid if (found := _guessed(types, heading))]
    problems += [
        f"--kind {word!r}: there is no record type {name}"
        for word, name in kinds.items()
        if name and name not in catalog
    ]
    if not columns:
        problems.append(f"no column is called as a field is; say --map COLUMN=FIELD ({_names(types)})")
    if key and key not in {column.field for column in columns if not column.resource}:
        problems.append(f"--key {key}: no column is that field")
    problems += _ownerless(catalog, resource, columns)
    if problems:
        raise SchemeRefusedError(problems)
    used = {column.heading for column in columns} | named | {PROBLEM}
    unused = tuple(heading for heading in headings if heading not in used)
    words = {" ".join(word.casefold().split()): name for word, name in kinds.items()}
    return Scheme(resource, tuple(columns), unused, by, words, key, decimal_comma)


def plain_name(text: str) -> str:
    """Return a heading or label as it is compared: letters and digits only, without case."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _types(catalog: Catalog) -> list[Resource]:
    """Return the record types that a row of a mixed list can be: those of things."""
    return [one for one in catalog.values() if one.extends is not None]


def _given(
    catalog: Catalog, types: Sequence[Resource], heading: str, name: str, problems: list[str]
) -> Iterable[Column]:
    resource, _, field_name = name.rpartition(".")
    if not name:
        return
    try:
        described = catalog[resource] if resource else None
    except ShopdbError as unknown:
        problems.append(f"--map {heading!r}: {unknown}")
        return
    those = [described] if described is not None else types
    if not any(_may_be_set(one.fields_by_name.get(field_name)) for one in those):
        problems.append(f"--map {heading!r}: no field {field_name!r} that can be typed; there are {_names(those)}")
        return
    yield Column(heading, resource, field_name)


def _guessed(types: Sequence[Resource], heading: str) -> str:
    wanted = plain_name(heading)
    for one in types:
        for described in one.fields:
            if _may_be_set(described) and wanted in (plain_name(described.label), plain_name(described.name)):
                return described.name
    return ""


def _ownerless(catalog: Catalog, resource: str, columns: Sequence[Column]) -> Iterable[str]:
    """Yield what is wrong where no column says whose the records are."""
    for name in dict.fromkeys((resource, *(column.resource for column in columns))):
        described = catalog.get(name)
        if described is None or not described.parent:
            continue
        said = {
            column.field for column in columns if column.resource == name or (not column.resource and name == resource)
        }
        if described.parent not in said:
            field = described.parent if name == resource else f"{name}.{described.parent}"
            yield f"no column says whose each of the {name} is; say --map COLUMN={field}"


def _may_be_set(described: Field | None) -> bool:
    return described is not None and described.editable and described.kind is not Kind.POSITION


def _names(types: Sequence[Resource]) -> str:
    return ", ".join(dict.fromkeys(f.name for one in types for f in one.fields if _may_be_set(f)))
