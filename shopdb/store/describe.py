"""``describe``: from a mapped class and a few words about its fields to a complete `Resource`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Numeric, String, Table, Text
from sqlalchemy.types import TypeEngine

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.exceptions import ResourceDescriptionError, UnknownFieldError
from shopdb.store.schema import association_ends, target_of
from shopdb.store.types import Document, Moment

KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Moment, Kind.MOMENT),
    (Document, Kind.JSON),
    (Boolean, Kind.FLAG),
    (Date, Kind.DATE),
    (Text, Kind.LONG_TEXT),
    (String, Kind.TEXT),
    (BigInteger, Kind.INTEGER),
    (Integer, Kind.INTEGER),
    (Numeric, Kind.DECIMAL),
)
LARGEST_INT32 = 2**31 - 1


def describe(
    model: type[Any],
    *,
    title: str,
    fields: Iterable[Field],
    singular: str = "",
    extends: Resource | None = None,
    default_sort: str = "",
    parent: str = "",
    writable: bool = True,
) -> Resource:
    """Return how people meet the model's records.

    With ``extends`` the record also has the extended resource's fields; naming one of them again changes how it is
    shown here. Raises `ResourceDescriptionError` with every field that the table cannot bear out.
    """
    table: Table = model.__table__
    root: Table = extends.model.__table__ if extends else table
    problems: list[str] = []
    own = [_completed(field, table, root, extends, problems) for field in fields]
    if extends:
        named = {field.name for field in own}
        own += [replace(field, listed=False) for field in extends.fields if field.name not in named]
    label = root.info["label"] or own[0].name
    if label not in {field.name for field in own} and not parent:
        problems.append(f"P011 {table.name}: the label field {label!r} is not described")
    described = Resource(
        name=str(table.name),
        title=title,
        singular=singular or title.removesuffix("s"),
        model=model,
        fields=tuple(own),
        label_field=label,
        key_field=root.info["key"] or label,
        default_sort=default_sort or (label if label in {field.name for field in own} else own[0].name),
        extends=extends,
        parent=parent,
        plugin=getattr(model, "__plugin__", "core"),
        writable=writable,
    )
    try:
        described.sort_field(described.default_sort.removeprefix("-"))
    except UnknownFieldError as unknown:
        problems.append(f"P012 {table.name}: {unknown}")
    if problems:
        raise ResourceDescriptionError(problems)
    return described


def _completed(field: Field, table: Table, root: Table, extends: Resource | None, problems: list[str]) -> Field:
    if extends and field.name in extends.fields_by_name and field.name not in table.c:
        return _shown_otherwise(field, extends.fields_by_name[field.name])
    if field.relation:
        return replace(field, kind=Kind.LINKS, target=field.target or "assets")
    if field.kind is Kind.LINKS and field.path:
        return _many_to_many(field, table, root, problems)
    try:
        columns = path_columns(field, table, root)
    except LookupError as missing:
        problems.append(f"P010 {table.name}.{field.name}: {missing.args[0]}")
        return field
    found = _from_column(field, columns[-1])
    return replace(found, editable=False, required=False) if field.path else found


def _shown_otherwise(field: Field, base: Field) -> Field:
    return replace(base, label=field.label or base.label, listed=field.listed, searched=field.searched or base.searched)


def _many_to_many(field: Field, table: Table, root: Table, problems: list[str]) -> Field:
    through = table.metadata.tables.get(field.path)
    try:
        if through is None:
            message = f"there is no table {field.path!r}"
            raise LookupError(message)
        return replace(field, target=target_of(association_ends(through, table, root)[1]).name)
    except LookupError as missing:
        problems.append(f"P010 {table.name}.{field.name}: {missing.args[0]}")
        return field


def path_columns(field: Field, table: Table, root: Table) -> Sequence[Column[Any]]:
    """Return the columns that lead to the field's value: foreign keys to follow, then the column itself.

    A LINK ends at its foreign key. Raises LookupError saying which step is missing.
    """
    return tuple(_steps(field.path or field.name, table, root))


def _steps(path: str, table: Table, root: Table) -> Iterator[Column[Any]]:
    first, *rest = path.split(".")
    where: Table = table if first in table.c or f"{first}_id" in table.c else root
    for step in [first, *rest]:
        if step in where.c:
            yield where.c[step]
        elif f"{step}_id" in where.c:
            column = where.c[f"{step}_id"]
            yield column
            if not column.foreign_keys:
                message = f"{column} has no foreign key"
                raise LookupError(message)
            where = target_of(column)
        else:
            message = f"{where.name} has neither a column {step!r} nor {step + '_id'!r}"
            raise LookupError(message)


def _from_column(field: Field, column: Column[Any]) -> Field:
    filled = column.nullable or column.default is not None or column.server_default is not None
    required = field.editable and not filled and not column.info.get("filled")
    if column.foreign_keys:
        return replace(field, kind=Kind.LINK, target=target_of(column).name, required=required)
    kind = field.kind
    if field.choices:
        kind = Kind.CHOICE
    elif kind is Kind.TEXT:
        kind = next((kind for sort, kind in KINDS if isinstance(column.type, sort)), Kind.TEXT)
    found = replace(field, kind=kind, required=required)
    if isinstance(column.type, String) and column.type.length:
        found = replace(found, length=min(field.length or column.type.length, column.type.length))
    if isinstance(column.type, Numeric):
        found = replace(found, precision=column.type.precision, scale=column.type.scale)
    if kind is Kind.INTEGER and not isinstance(column.type, BigInteger):
        found = replace(found, largest=LARGEST_INT32)
    return found
