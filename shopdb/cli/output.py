"""What commands print: tables for people, JSON and CSV for programs; nothing printed acts on a terminal."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, Final

import click
from rich.cells import cell_len

from shopdb.domain.kinds import Kind, value_to_text
from shopdb.domain.plain import cut, fit, plain
from shopdb.domain.resource import Field

GAP: Final = "  "
WIDEST: Final = 60
NARROWEST: Final = 8
MEASURED_ROWS: Final = 500


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print lines under titles, as wide as the first rows need and as the terminal, if it is one, has room for."""
    rows = iter(rows)
    first = list(islice(rows, MEASURED_ROWS))
    columns = zip(titles, *first, strict=True)
    widths = [max(cell_len(cut(text, WIDEST)) for text in column) for column in columns]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - len(GAP) * (len(titles) - 1)
        while sum(widths) > room and max(widths) > NARROWEST:
            widths[widths.index(max(widths))] -= 1
    for row in chain([titles], first, rows):
        click.echo(GAP.join(fit(text, width) for text, width in zip(row, widths, strict=True)).rstrip())


def show_json(documents: Iterable[Any]) -> None:
    """Print a JSON list as it comes, one element a line; what is not ASCII is escaped."""
    before = "[\n"
    for document in documents:
        click.echo(f"{before}{json.dumps(document)}", nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def show_document(document: Any) -> None:
    """Print one JSON document; what is not ASCII is escaped."""
    click.echo(json.dumps(document, indent=2))


def show_csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print comma-separated values; their cells are made by `shopdb.domain.cells`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)


def show_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Print labels and values, one a line; further lines of a value stand under its first."""
    shown = [(plain(label), plain(value, lines=True).splitlines() or [""]) for label, value in fields]
    width = max((len(label) for label, _ in shown), default=0)
    for label, lines in shown:
        for name, line in zip(chain([label], [""] * len(lines)), lines, strict=False):
            click.echo(f"{name:{width}}{GAP}{line}".rstrip())


def for_people(value: Any, field: Field) -> str:
    """Return a value as a person reads it: moments in this host's zone, to the minute."""
    if field.kind is Kind.MOMENT and value is not None:
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    return value_to_text(value, field)


def show_line(line: str) -> None:
    """Print one line, whatever is in it."""
    click.echo(plain(line))
