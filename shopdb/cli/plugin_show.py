"""`shopdb plugin list` and `inspect`: which plugins there are, and what one would bring before anything of it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopdb.cli.plugin import in_json, site

if TYPE_CHECKING:
    from shopdb.lifecycle.inspection import Inspection
    from shopdb.lifecycle.states import PluginState
    from shopdb.store.journal import OperationState


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects.")
def list_(*, as_json: bool) -> None:
    """List every plugin with its state, and why one is left out."""
    from shopdb.cli import output
    from shopdb.lifecycle.recovery import unfinished
    from shopdb.lifecycle.states import new_offers, plugin_states

    with site() as shop:
        states = plugin_states(shop)
        offered = new_offers(shop)
        stopped = unfinished(shop.engine)
    if as_json:
        output.show_json(_as_object(state, stopped) for state in states)
        return
    titles = ("name", "version", "state", "signed by", "notes")
    output.show_table(titles, ([one.name, one.version, one.state, _signer(one), _notes(one)] for one in states))
    for offer in offered:
        output.show_line(f"{offer.path} holds {offer.name} {offer.version}: `shopdb plugin install {offer.path}`")
    if stopped is not None:
        output.show_line(
            f"The {stopped.verb} of {stopped.plugin} stopped after {stopped.step or 'nothing'!r}: "
            "`shopdb plugin recover --finish` or `--take-back`."
        )


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object.")
def inspect(path: Path, *, as_json: bool) -> None:
    """Tell what the plugin in a folder or .zip is and what it would add; no line of it is run.

    Exit code 1 if it cannot be installed here.
    """
    from shopdb.cli import output
    from shopdb.lifecycle import inspection

    with site() as shop:
        found = inspection.inspect(shop, path)
    if as_json:
        output.show_document(as_document(found))
    else:
        show_inspection(found)
    if found.problems:
        click.get_current_context().exit(1)


def as_document(found: Inspection) -> dict[str, Any]:
    """Return an inspection as JSON has it."""
    meta = found.archive.meta
    return {
        "name": meta.name,
        "version": meta.version,
        "description": meta.description,
        "author": meta.author,
        "homepage": meta.homepage,
        "core_version": meta.core_version,
        "dependencies": dict(meta.dependencies),
        "verb": found.verb,
        "here": found.here,
        "trust": found.trust.state,
        "signer": found.trust.signer,
        "archive_sha256": found.archive.archive_sha256,
        "files": dict(found.archive.hashes),
        "adds": in_json(found.survey),
        "problems": list(found.problems),
        "warnings": list(found.warnings),
    }


def show_inspection(found: Inspection) -> None:
    """Print an inspection for people."""
    from shopdb.cli import output
    from shopdb.lifecycle import wording

    files = ("files", f"{len(found.archive.hashes)}; `--json` gives the hash of each")
    output.show_fields((*wording.identity(found), files, *wording.adds(found.survey), *wording.standing(found)))
    output.show_line(wording.RIGHTS)


def _as_object(state: PluginState, stopped: OperationState | None) -> dict[str, Any]:
    found: dict[str, Any] = in_json(state)
    unfinished = stopped is not None and stopped.plugin == state.name
    return found | {"unfinished": in_json(stopped) if unfinished else None}


def _signer(state: PluginState) -> str:
    return state.signer if state.trust == "signed" else state.trust or "-"


def _notes(state: PluginState) -> str:
    notes = [reason for reason in state.reasons if state.state == "left out"]
    notes += [f"{fault.program} on {fault.host}: {fault.problem}" for fault in state.faults]
    if state.changed:
        notes.append(f"changed on disk: {', '.join(state.changed)}")
    if state.update is not None:
        notes.append(f"{state.update.version} is available")
    return "; ".join(notes)
