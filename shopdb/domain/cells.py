"""Values as cells of a CSV file that harm neither a spreadsheet nor a terminal, and come back as they were.

Spreadsheets run a cell that begins with one of a few characters as a formula: such a cell gets an apostrophe in front,
which is how people enter text there, and loses it when it is read back.
"""

from __future__ import annotations

import re
from typing import Any, Final

from shopdb.domain.kinds import Kind, value_to_text
from shopdb.domain.plain import stand_in
from shopdb.domain.resource import Field

NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL})

# The last four are the wide forms, which East Asian spreadsheets take for the narrow ones.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

# Everything that moves a cursor, starts an escape sequence or turns the direction of writing; line feeds and tabs stay.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def to_cell(value: Any, field: Field) -> str:
    """Return the value as the text of a cell; acting characters become visible stand-ins."""
    text = value_to_text(value, field)
    return text if field.kind in NUMBERS else text_to_cell(text)


def text_to_cell(text: str) -> str:
    """Return the text as a cell that is no formula."""
    shown = _ACTING.sub(lambda found: stand_in(found[0]) or "", text.replace("\r\n", "\n"))
    return f"'{shown}" if _FORMULA.match(shown) else shown


def text_from_cell(cell: str) -> str:
    """Return the text that `text_to_cell` made the cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
