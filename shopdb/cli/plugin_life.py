"""`shopdb plugin install`, `upgrade` and what else happens to a plugin of this site."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shopdb.cli.plugin import in_json, site

if TYPE_CHECKING:
    from shopdb.lifecycle.inspection import Inspection
    from shopdb.lifecycle.steps import Outcome, Progress
    from shopdb.lifecycle.trial import Trial

Command = TypeVar("Command", bound=Callable[..., Any])


def _common(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One object instead of words."),
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing to the site."),
    ):
        command = option(command)
    return command


_CONFIRM = click.option(
    "--confirm",
    metavar="NAME",
    default="",
    help="The plugin's name, where nobody whom this site trusts has signed it.",
)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@_CONFIRM
@click.option("--off", is_flag=True, help="Leave it switched off.")
@_common
def install(path: Path, confirm: str, *, off: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Install the plugin in a folder or .zip, or the bundled one of that name, and switch it on.

    It is rehearsed on a copy of the database first. If anything fails, files and tables go back to where they were.
    """
    _bring(path, confirm, wanted="install", enabled=not off, dry_run=dry_run, yes=yes, as_json=as_json)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@_CONFIRM
@_common
def upgrade(path: Path, confirm: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Take a plugin to the version in a folder or .zip; the old one is kept for `rollback`."""
    _bring(path, confirm, wanted="upgrade", enabled=True, dry_run=dry_run, yes=yes, as_json=as_json)


@click.command()
@click.argument("name")
@_common
def rollback(name: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Return to the version before; what only the newer one kept is written into a file first."""
    from shopdb.lifecycle import versions

    with site() as shop:
        target = versions.rollbacks(shop).get(name, "")
        asked = f"Roll {name} back to {target}? What only the newer version keeps goes; a copy is written first."
        if _agreed(asked, dry_run=dry_run, yes=yes):
            outcome = versions.rollback(shop, name, origin=_origin("rollback", name), report=_told)
            _show(outcome, as_json=as_json)


@click.command()
@click.argument("name")
@_common
def enable(name: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Switch an installed plugin on."""
    from shopdb.lifecycle import switching

    del yes  # nothing is lost by it
    with site() as shop:
        if _agreed(f"Switch {name} on?", dry_run=dry_run, yes=True):
            _show(switching.enable(shop, name, origin=_origin("enable", name), report=_told), as_json=as_json)


@click.command()
@click.argument("name")
@_common
def disable(name: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Switch a plugin off: what it brings disappears, its data stays."""
    from shopdb.lifecycle import switching

    with site() as shop:
        if _agreed(f"Switch {name} off? Its data stays.", dry_run=dry_run, yes=yes):
            _show(switching.disable(shop, name, origin=_origin("disable", name), report=_told), as_json=as_json)


@click.command()
@click.argument("name")
@click.option(
    "--data",
    type=click.Choice(("keep", "export", "drop")),
    default="keep",
    show_default=True,
    help="keep leaves the data in the database; export writes it into a folder, drop among the site's backups, and "
    "then takes it away.",
)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="The folder for --data export.")
@_common
def uninstall(name: str, data: Any, folder: Path | None, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove a plugin. Without --data its tables stay, and installing it again takes them up."""
    from shopdb.lifecycle import removing

    with site() as shop:
        rows = removing.what_would_go(shop, name)
        told = ", ".join(f"{count} rows of {table}" for table, count in rows.items()) or "no data"
        fate = {"keep": "stay", "export": "are written into a file and dropped", "drop": "are dropped after a backup"}
        if _agreed(f"Remove {name}? Its data ({told}) would {fate[data]}.", dry_run=dry_run, yes=yes):
            origin = _origin("uninstall", name)
            outcome = removing.uninstall(shop, name, data, origin=origin, report=_told, folder=folder)
            _show(outcome, as_json=as_json)


@click.command()
@click.argument("name")
@_common
def repair(name: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Put the files of a plugin back that were changed on disk since it was installed; the changed ones are kept."""
    from shopdb.lifecycle import repairing

    with site() as shop:
        if _agreed(f"Put the files of {name} back as they were installed?", dry_run=dry_run, yes=yes):
            _show(repairing.repair(shop, name, origin=_origin("repair", name), report=_told), as_json=as_json)


@click.command()
@click.option("--finish", "ending", flag_value="finish", help="Go on where it stopped.")
@click.option("--take-back", "ending", flag_value="take back", help="Return to what was before.")
@_common
def recover(ending: str | None, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """End what was begun with a plugin and stopped in the middle, as when the host lost its power."""
    from shopdb.cli import output
    from shopdb.exceptions import NothingUnfinishedError
    from shopdb.lifecycle import recovery

    with site() as shop:
        stopped = recovery.unfinished(shop.engine)
        if stopped is None:
            raise NothingUnfinishedError
        output.show_line(f"The {stopped.verb} of {stopped.plugin} on {stopped.host} stopped after {stopped.step!r}.")
        if ending is None:
            raise click.UsageError("Say --finish or --take-back.")
        if _agreed(f"{ending.capitalize()}?", dry_run=dry_run, yes=yes):
            end = recovery.finish if ending == "finish" else recovery.give_up
            _show(end(shop, origin=_origin("recover", stopped.plugin), report=_told), as_json=as_json)


def _bring(path: Path, confirm: str, *, wanted: str, enabled: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    from shopdb.cli.plugin_show import show_inspection
    from shopdb.exceptions import PluginMissingError
    from shopdb.lifecycle import inspection, versions

    with site() as shop:
        found = inspection.inspect(shop, _place(path))
        if not as_json:
            show_inspection(found)
        if wanted == "upgrade" and found.verb == "install":
            raise PluginMissingError(found.archive.name, "upgraded", shop.plugins.plugins)
        if dry_run:
            _show_trial(found, versions.rehearse(shop, found, _told), as_json=as_json)
            return
        if found.needs_confirmation and not confirm and sys.stdin.isatty():
            confirm = click.prompt(
                f"Nobody whom you trust has signed it. Type {found.archive.name} to run it", default=""
            )
        versions.refuse(found, confirm)
        if _agreed(f"{wanted.capitalize()} {found.archive.name}?", dry_run=False, yes=yes or bool(confirm)):
            origin = _origin(wanted, found.archive.name)
            outcome = versions.install(shop, found, origin=origin, report=_told, confirmed=confirm, enabled=enabled)
            _show(outcome, as_json=as_json)


def _place(path: Path) -> Path:
    """Return the path; the folder of a bundled plugin for its bare name."""
    from shopdb.plugins.loader import bundled_folder

    bundled = bundled_folder() / path
    return bundled if not path.exists() and len(path.parts) == 1 and bundled.is_dir() else path


def _origin(verb: str, name: str) -> Any:
    from shopdb.cli.site import acting

    return acting(f"{verb} plugin {name}")


def _told(progress: Progress) -> None:
    from shopdb.domain.plain import plain

    click.echo(plain(f"[{progress.done}/{progress.total}] {progress.told}"), err=True)


def _agreed(question: str, *, dry_run: bool, yes: bool) -> bool:
    from shopdb.domain.plain import plain

    if dry_run:
        click.echo(plain(f"This would be asked, and then done: {question}"))
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError(f"{plain(question)} Say --yes.")
    return click.confirm(plain(question))


def _show(outcome: Outcome, *, as_json: bool) -> None:
    from shopdb.cli import output

    if as_json:
        output.show_document(in_json(outcome))
    else:
        output.show_line(f"{outcome.told}.")


def _show_trial(found: Inspection, trial: Trial, *, as_json: bool) -> None:
    from shopdb.cli import output
    from shopdb.cli.plugin_show import as_document

    if as_json:
        output.show_document({"inspection": as_document(found), "rehearsal": in_json(trial), "ok": trial.ok})
    else:
        for told in (*trial.schema, *trial.problems):
            output.show_line(told)
        output.show_line("The rehearsal went well; nothing was changed." if trial.ok else "The rehearsal failed.")
    if found.problems or not trial.ok:
        click.get_current_context().exit(1)
