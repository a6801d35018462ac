"""`shopdb plugin check`, and the command by which shopdb tries a plugin in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from shopdb.authoring.check import Checked

MOST_LOG_LINES = 20


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="One object.")
def check(path: Path, *, as_json: bool) -> None:
    """Hold the plugin in a folder or .zip to the whole contract.

    A copy of it is loaded in a process of its own, on a database that is made for it: its migrations go up and back,
    its hooks run, its endpoints answer, its screens open, its widgets are read, its examples are pushed. No site is
    needed, and none is touched. Exit code 1 if it breaks a rule.
    """
    from shopdb.authoring.check import check as checked
    from shopdb.cli import output

    found = checked(path, _plugin_dirs())
    if as_json:
        output.show_document(_as_document(found))
    else:
        _show(path, found)
    if not found.ok:
        click.get_current_context().exit(1)


@click.command("try-out", hidden=True)
def try_out() -> None:
    """Try the plugin that standard input names; for shopdb itself."""
    from shopdb.authoring.trial import run

    run()


def _plugin_dirs() -> tuple[Path, ...]:
    """Return where the plugins lie that this one may need; nothing is made for a site that is not there."""
    import os
    import secrets

    from shopdb.config import load_settings

    return load_settings({"SHOPDB_SECRET_KEY": secrets.token_urlsafe(48), **os.environ}).plugin_dirs


def _as_document(found: Checked) -> dict[str, Any]:
    return {
        "name": found.name,
        "version": found.version,
        "ok": found.ok,
        "checks": [
            {"title": one.title, "state": one.state, "problems": list(one.problems), "hints": list(one.hints)}
            for one in found.checks
        ],
        "tests": list(found.tests),
        "brings": {kind: list(names) for kind, names in found.brings.items()},
        "schema": list(found.schema),
        "log": found.log,
    }


def _show(path: Path, found: Checked) -> None:
    from shopdb.cli.output import show_line

    for one in found.checks:
        show_line(f"{one.state:5}  {one.title}")
        for told in (*one.problems, *one.hints):
            show_line(f"       {told}")
    lines = found.log.splitlines()
    if lines and not found.ok:
        show_line("What it wrote meanwhile:")
        for line in lines[-MOST_LOG_LINES:]:
            show_line(f"       {line}")
    if found.tests:
        show_line(f"It has tests of its own, which pytest runs: pytest {path / 'tests' if path.is_dir() else 'tests'}")
    show_line(
        f"{found.name or path.name} {found.version}".rstrip()
        + f": {_counted(len(found.problems), 'fault')} and {_counted(len(found.hints), 'hint')}"
        + f" in {_counted(len(found.checks), 'check')}."
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
