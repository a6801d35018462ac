"""Loading the tried plugin beside those that are on, from copies, so that nothing it writes reaches its folder."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine

from shopdb.authoring.attempts import Attempts
from shopdb.exceptions import PluginContractError
from shopdb.plugins.checks import SCREEN
from shopdb.plugins.loader import discover, load
from shopdb.plugins.registry import Registry
from shopdb.plugins.rules import fault
from shopdb.store.installed import installed

FRONT_ENDS = ("flask", "textual")
_BESIDE = shutil.ignore_patterns("__pycache__", ".*")


def here(engine: Engine) -> dict[str, bool]:
    """Return the plugins that a database has, and whether each is on."""
    with engine.connect() as connection:
        return {state.name: state.enabled for state in installed(connection).values() if state.removed_at is None}


def copied(plugin: Path, folders: Iterable[Path], on: set[str], into: Path) -> Path:
    """Return a folder with a copy of the plugin, and of each other that is on and in one of the folders."""
    # Opening a copy of the database has brought the installed versions there, as it does on every host.
    shutil.rmtree(into, ignore_errors=True)
    for found in discover(folders):
        if found.name in on and found.name != plugin.name:
            shutil.copytree(found.folder, into / found.name, ignore=_BESIDE)
    shutil.copytree(plugin, into / plugin.name, ignore=_BESIDE)
    return into


def others_beside(folder: Path, plugin: str) -> Registry:
    """Return what is there without the plugin; whatever is faulty by itself is left out."""
    return load([folder], strict=False, disabled={plugin: "it is tried"})


def loaded(attempts: Attempts, folder: Path, others: Registry) -> Registry:
    """Return the plugin beside the others.

    Raises `PluginError` with all that is wrong with it, or with what becomes of another beside it.
    """
    faulty = {name: "it is faulty by itself" for name, one in others.left_out.items() if one.faulty}
    registry: Registry = attempts.call("P030", "loading it", lambda: load([folder], strict=True, disabled=faulty))
    if attempts.plugin not in registry.plugins:
        left_out = registry.left_out.get(attempts.plugin)
        reasons = (
            left_out.reasons if left_out else ("it is no plugin: its folder holds neither manifest nor plugin.py",)
        )
        raise PluginContractError(attempts.plugin, [fault("P021", reason) for reason in reasons])
    return registry


def front_end_problems() -> list[str]:
    """Return a fault for each front end that was loaded by now."""
    return [
        fault("P039", f"loading it loads {name}; import it inside of the hook that needs it")
        for name in FRONT_ENDS
        if name in sys.modules
    ]


def brought(registry: Registry, plugin: str) -> Mapping[str, tuple[str, ...]]:
    """Return what a loaded plugin brings, by kind; what only a front end can tell is not in it."""
    found = registry.contributions[plugin]
    meta = registry.plugin(plugin).meta
    names = tuple(resource.name for resource in found.resources)
    own = (f"{name}.{verb}" for name in names for verb in ("view", "change"))
    return {
        "tables": tuple(dict.fromkeys(table for model in found.models for table in model.metadata.tables)),
        "resources": names,
        "screens": tuple(f"{screen.id}: {screen.title}" for screen in found.screens),
        "navigation": tuple(f"{item.label}: {item.opens}" for item in found.navigation),
        "widgets": tuple(f"{widget.title} ({widget.kind})" for widget in found.widgets),
        "services": tuple(f"{plugin}.{name}" for name in found.services),
        "permissions": tuple(dict.fromkeys((*meta.permissions, *own))),
        "collector": (f"POST /api/collector/{plugin}",) if found.collector_schema else (),
    }


def hints(registry: Registry, plugin: str) -> Iterator[str]:
    """Yield what of a loaded plugin people will hardly find, and what nobody can try."""
    found = registry.contributions[plugin]
    opened = {item.opens for item in found.navigation}
    for resource in found.resources:
        if resource.parent:
            continue  # it is met where its owner is
        if resource.name not in opened:
            yield f"no entry of the navigation opens {resource.name}"
        if not resource.searched_fields:
            yield f"the global search looks for nothing in {resource.name}: give a field searched=True"
    for screen in found.screens:
        if f"{SCREEN}{screen.id}" not in opened:
            yield f"no entry of the navigation opens the screen {screen.title!r}"
    if found.collector_document is not None and not found.collector_document.get("examples"):
        yield "the collector schema shows no push in its examples"
