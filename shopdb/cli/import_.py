"""`shopdb import`: a site's existing lists, taken in as one batch."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopdb.boot import Shop
    from shopdb.services.lists.scheme import Scheme
    from shopdb.services.lists.sheet import Sheet
    from shopdb.services.lists.taking import ListReport

SHOWN_ROWS = 20


class _OnlyTried(Exception):
    """Ends the transaction of a preview."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, readable=False))
@click.argument("resource")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column is; COLUMN= passes it by. RESOURCE.FIELD for a second record of the row.",
)
@click.option("--by", default="", metavar="COLUMN", help="For mixed lists: the column that says what each row is.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="WORD=RESOURCE",
    help="What a word of that column means here; WORD= leaves its rows out.",
)
@click.option("--key", default="", metavar="FIELD", help="The field by which records that are here are known again.")
@click.option(
    "--add-missing", is_flag=True, help="Make places, makers, people and others that cells name and nobody has."
)
@click.option("--good-rows", is_flag=True, help="Take the good rows in, and write the others into a file.")
@click.option("--rejected", type=click.Path(path_type=Path, dir_okay=False), help="That file; without it, beside FILE.")
@click.option("--encoding", default="utf-8-sig", show_default=True, help="cp1252 for most spreadsheets of Windows.")
@click.option("--delimiter", default="", metavar="CHARACTER", help="What parts cells; without it, guessed.")
@click.option("--dry-run", is_flag=True, help="Show what would become of each row, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask after the preview.")
@click.option("--json", "as_json", is_flag=True, help="One object.")
def import_(  # noqa: PLR0913 what a person says about a list
    *,
    file: Path,
    resource: str,
    mapped: tuple[str, ...],
    by: str,
    kinds: tuple[str, ...],
    key: str,
    add_missing: bool,
    good_rows: bool,
    rejected: Path | None,
    encoding: str,
    delimiter: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take the rows of the CSV FILE in as records of RESOURCE, or as what each is for "mixed".

    Columns are fields where their headings are called so. A preview, made by the same code, comes first. A record that
    is here already is changed where the list says something else; a blank cell clears nothing, and the same list again
    changes nothing. All of it is one batch, which `shopdb undo` takes back.
    """
    from dataclasses import replace
    from functools import partial

    from shopdb.cli.site import acting, opened_shop
    from shopdb.exceptions import RowsNotTakenError
    from shopdb.services.lists.scheme import scheme_for
    from shopdb.services.lists.sheet import read_sheet

    sheet = read_sheet(_bytes_of(file), encoding=encoding, delimiter=delimiter)
    with opened_shop() as shop:
        scheme = scheme_for(
            shop.catalog,
            sheet.headings,
            resource,
            mapped=_pairs("--map", mapped),
            by=by,
            kinds=dict(_pairs("--kind", kinds)),
            key=key,
            decimal_comma=sheet.delimiter == ";",
        )
        _show_scheme(scheme, as_json=as_json)
        tried = _tried(shop, sheet, scheme, adding=add_missing)
        if dry_run or not as_json:
            _show_report(tried, None, as_json=as_json)
        if tried.refused and not good_rows:
            raise RowsNotTakenError(len(tried.refused), len(tried.rows), tried=dry_run)
        if dry_run or not _agreed(yes=yes):
            return
        refused = _handed_back(file, rejected, sheet, tried)
        origin = replace(acting(f"import {file.name}"), door="import")
        report, batch = shop.write(
            origin, partial(_taken, sheet=sheet, scheme=scheme, adding=add_missing, whole=not good_rows)
        )
    if as_json:
        _show_report(report, batch, as_json=True)
    else:
        _tell_end(batch, refused)


def _bytes_of(file: Path) -> bytes:
    from shopdb.cli.site import acting
    from shopdb.exceptions import SheetRefusedError

    try:
        return file.read_bytes()
    except FileNotFoundError as missing:
        raise click.UsageError(f"There is no file {file}.") from missing
    except OSError as refused:
        account = acting("reading a list").actor
        why = f"{file} cannot be read by this account, {account} ({refused.strerror})"
        raise SheetRefusedError([why]) from refused


def _taken(session: Any, *, sheet: Sheet, scheme: Scheme, adding: bool, whole: bool) -> tuple[ListReport, int | None]:
    from shopdb.exceptions import RowsNotTakenError
    from shopdb.services.lists.taking import take_in
    from shopdb.store.session import settle

    report = take_in(session, sheet.rows, scheme, adding=adding, heard=_heard)
    if whole and report.refused:
        # Somebody has changed something since the preview.
        raise RowsNotTakenError(len(report.refused), len(report.rows))
    return report, settle(session)


def _tried(shop: Shop, sheet: Sheet, scheme: Scheme, *, adding: bool) -> ListReport:
    """Return what would become of each row: the same code, rolled back."""
    from shopdb.cli.site import acting
    from shopdb.services.lists.taking import take_in

    kept: list[ListReport] = []

    def work(session: Any) -> None:
        kept[:] = [take_in(session, sheet.rows, scheme, adding=adding, heard=_heard)]
        raise _OnlyTried

    with suppress(_OnlyTried):
        shop.write(acting("preview of an import"), work)
    return kept[0]


def _heard(done: int, total: int) -> None:
    if done == total or done % 500 == 0:
        click.echo(f"{done} of {total} rows", err=True)


def _pairs(option: str, given: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for one in given:
        name, equals, value = one.rpartition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {one!r}: it must be NAME=VALUE.")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _show_scheme(scheme: Scheme, *, as_json: bool) -> None:
    from shopdb.cli import output

    if as_json:
        return
    output.show_table(
        ("column", "is"),
        [
            *([one.heading, f"{one.resource}.{one.field}" if one.resource else one.field] for one in scheme.columns),
            *([heading, "not taken in"] for heading in scheme.unused),
        ],
    )


def _show_report(report: ListReport, batch: int | None, *, as_json: bool) -> None:
    from shopdb.cli import output

    if as_json:
        output.show_document(
            {
                "records": [{"resource": name, "fate": fate, "count": n} for (name, fate), n in report.counts.items()],
                "added": dict(report.added),
                "refused": [{"row": one.row.line, "problems": list(one.problems)} for one in report.refused],
                "notes": [{"row": line, "note": note} for line, note in report.notes],
                "left_out": report.left_out,
                "rows": len(report.rows),
                "batch": batch,
            }
        )
        return
    for (name, fate), count in sorted(report.counts.items()):
        output.show_line(f"{count} {name}: {fate}")
    for name, count in sorted(report.added.items()):
        output.show_line(f"{count} {name}: new, because cells name them")
    if report.left_out:
        output.show_line(f"rows of a kind that you leave out: {report.left_out}")
    _show_rows([f"row {line}: {note}" for line, note in report.notes], "are found so")
    _show_rows([f"row {one.row.line} is refused: {'; '.join(one.problems)}" for one in report.refused], "are refused")


def _show_rows(lines: Sequence[str], what: str) -> None:
    from shopdb.cli import output

    for line in lines[:SHOWN_ROWS]:
        output.show_line(line)
    if len(lines) > SHOWN_ROWS:
        output.show_line(f"... and {len(lines) - SHOWN_ROWS} more rows {what}")


def _agreed(*, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("Take this in? Say --yes.")
    return click.confirm("Take this in?")


def _handed_back(file: Path, rejected: Path | None, sheet: Sheet, report: ListReport) -> Path | None:
    """Write the refused rows into a file that can be imported again, and return it; None if there are none."""
    import csv
    import io

    from shopdb.collect import durable
    from shopdb.domain.cells import text_to_cell
    from shopdb.exceptions import RejectedRowsUnwritableError
    from shopdb.services.lists.sheet import PROBLEM

    if not report.refused:
        return None
    path = rejected or file.with_name(f"{file.stem}.rejected.csv")
    headings = [heading for heading in sheet.headings if heading != PROBLEM]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sheet.delimiter, lineterminator="\n")
    writer.writerow([*headings, PROBLEM])
    for one in report.refused:
        cells = [text_to_cell(one.row.cells[heading]) for heading in headings]
        writer.writerow([*cells, text_to_cell("; ".join(one.problems))])
    try:
        durable.write(path, text.getvalue().encode("utf-8-sig"))
    except OSError as refused:
        raise RejectedRowsUnwritableError(path, refused.strerror or str(refused)) from refused
    return path


def _tell_end(batch: int | None, refused: Path | None) -> None:
    from shopdb.cli import output

    output.show_line(
        "Nothing was changed: all of it is here." if batch is None else f"Done; `shopdb undo {batch}` takes it back."
    )
    if refused is not None:
        output.show_line(f"The refused rows are in {refused}; mend them there and import that file.")
