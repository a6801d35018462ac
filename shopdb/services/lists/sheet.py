"""A list as it comes from a spreadsheet: bytes to rows of texts, whatever wrote them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from shopdb.domain.cells import text_from_cell
from shopdb.exceptions import SheetRefusedError

LARGEST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 200_000
DELIMITERS = ",;\t|"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files begin that spreadsheets keep for themselves: .xlsx and .ods, .xls."""

PROBLEM = "shopdb says"
"""The column that rows get which are handed back; passed by when they come again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, counting lines from the headings' 1, and its cells by heading."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: its headings in order, its rows that are not empty, and what parts its cells."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str


def read_sheet(raw: bytes, *, encoding: str = "utf-8-sig", delimiter: str = "") -> Sheet:
    """Return the list in a CSV file; without a delimiter, the one of ``, ; tab |`` that the headings have most of.

    Raises `SheetRefusedError` naming everything that keeps it from being read.
    """
    text = _text(raw, encoding)
    parted = delimiter or max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=parted, strict=True))
    except csv.Error as broken:
        raise SheetRefusedError([f"it is not a CSV file ({broken})"]) from broken
    headings = tuple(cell.strip() for cell in found[0]) if found else ()
    problems = _heading_problems(headings)
    if len(found) > MOST_ROWS:
        problems.append(f"it has more than {MOST_ROWS} rows; part it")
    rows = []
    for line, cells in enumerate(found[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headings):
            problems.append(f"row {line} has {len(cells)} cells under {len(headings)} headings")
        texts = [text_from_cell(cell).strip() for cell in cells]
        rows.append(Row(line, dict(zip(headings, [*texts, *[""] * (len(headings) - len(texts))], strict=False))))
    if problems:
        raise SheetRefusedError(problems)
    return Sheet(headings, tuple(rows), parted)


def _text(raw: bytes, encoding: str) -> str:
    if len(raw) > LARGEST_BYTES:
        raise SheetRefusedError([f"it is larger than {LARGEST_BYTES // 2**20} MB; part it"])
    if raw.startswith(WORKBOOKS):
        raise SheetRefusedError(["it is a workbook; save the sheet as CSV"])
    try:
        text = raw.decode("utf-16" if raw.startswith(UTF16_MARKS) else encoding)
    except LookupError as unknown:
        raise SheetRefusedError([f"there is no encoding {encoding!r}"]) from unknown
    except UnicodeDecodeError as wrong:
        told = f"byte {wrong.start} is not {wrong.encoding}; spreadsheets on Windows often write --encoding cp1252"
        raise SheetRefusedError([told]) from wrong
    return text.replace("\x00", "\ufffd")


def _heading_problems(headings: tuple[str, ...]) -> list[str]:
    problems = [] if headings else ["it is empty"]
    problems += [f"column {at} has no heading" for at, heading in enumerate(headings, start=1) if not heading]
    twice = sorted({heading for heading in headings if heading and headings.count(heading) > 1})
    return problems + [f"two columns are headed {heading!r}" for heading in twice]
