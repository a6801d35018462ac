"""Comparing texts without case on engines that disagree about it.

MariaDB and MySQL know the cases of every alphabet, and take accents for no difference; SQLite knows ASCII alone. So
where a wanted text has other letters, SQLite is given Python's rules, at the cost of reading every row.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from shopdb.store.types import Code

ESCAPE = "\\"
FOLD = "shop_fold"
"""The name under which SQLite knows `folded`."""


def folded(text: str | None) -> str | None:
    """Return the text without case."""
    return None if text is None else text.casefold()


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that a column's value has the text in it."""
    if not _can_hold(column, text):
        return false()
    escaped = text.replace(ESCAPE, ESCAPE * 2).replace("%", r"\%").replace("_", r"\_")
    where, pattern = _comparable(column, f"%{escaped}%")
    return where.like(pattern, escape=ESCAPE)


def equals(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that a column's value is the text."""
    if not _can_hold(column, text):
        return false()
    where, wanted = _comparable(column, text)
    return where == wanted


def _can_hold(column: ColumnElement[Any], text: str) -> bool:
    # MariaDB and MySQL refuse to compare a column of ASCII with anything else.
    return text.isascii() or not isinstance(column.type, Code)


def _comparable(column: ColumnElement[Any], text: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    written = column if isinstance(column.type, String) else cast(column, String(255))
    if text.isascii():
        return written, literal(text, String())
    return Folded(written), Folded(literal(text, String()))


class Folded(FunctionElement[str]):
    """A text as the engine compares it without case."""

    inherit_cache = True
    type = String()


@compiles(Folded)
def _as_it_is(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(Folded, "sqlite")
def _by_function(element: Any, compiler: Any, **options: Any) -> str:
    return f"{FOLD}({compiler.process(element.clauses, **options)})"
