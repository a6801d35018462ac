"""`shopdb doctor`: what is wrong with this site, and what to do about it."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from shopdb.doctor.examining import Examined

WIDTH: Final = 80
STATE_WIDTH: Final = 9
TITLE_WIDTH: Final = 17
COUNTED: Final = {
    "ok": ("ok", "ok"),
    "hint": ("hint", "hints"),
    "warning": ("warning", "warnings"),
    "fault": ("fault", "faults"),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects: id, title, state, told, why, fix.")
def doctor(*, as_json: bool) -> None:
    """Look this site over: settings, database, grants, plugins, change log, backups, certificate.

    Each finding is ok, a hint, a warning or a fault, with what to do now; exit 1 if there is a fault. No record is
    changed.
    """
    from shopdb.cli.companion import who_answers
    from shopdb.cli.output import show_json
    from shopdb.config import read_settings
    from shopdb.doctor.examining import examine
    from shopdb.exceptions import FaultsFoundError

    found: list[Examined] = []
    for one in examine(read_settings(), who_answers):
        found.append(one)
        if not as_json:
            _show(one)
    if as_json:
        show_json(one.as_json() for one in found)
    else:
        counts: Counter[str] = Counter(one.finding.state for one in found)
        told = [f"{counts[state]} {words[counts[state] != 1]}" for state, words in COUNTED.items() if counts[state]]
        click.echo(f"\n{len(found)} examinations: {', '.join(told)}.")
    if faulty := [one.examination.id for one in found if one.finding.state == "fault"]:
        raise FaultsFoundError(faulty)


def _show(one: Examined) -> None:
    finding = one.finding
    _show_lines(f"{finding.state:{STATE_WIDTH}}{one.examination.title:{TITLE_WIDTH}}", finding.told)
    if finding.fix:
        _show_lines(" " * STATE_WIDTH + f"{'why':{TITLE_WIDTH}}", one.examination.why)
        _show_lines(" " * STATE_WIDTH + f"{'what now':{TITLE_WIDTH}}", finding.fix)


def _show_lines(head: str, text: str) -> None:
    """Print text beside its head, within the width of the smallest terminal."""
    from shopdb.cli.output import show_line
    from shopdb.domain.plain import plain

    indent = " " * len(head)
    for line in textwrap.wrap(plain(text), WIDTH, initial_indent=head, subsequent_indent=indent):
        show_line(line)
