"""Whose migrations are here to make a backup's tables, and what becomes of the tables of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from shopdb.config import Settings
from shopdb.exceptions import ArchiveRefusedError, BrokenHistoryError, CodeMissingError
from shopdb.plugins.archive import archive_of
from shopdb.plugins.archive_rules import LARGEST_PACKED
from shopdb.plugins.loader import bundled_folder, discover
from shopdb.plugins.manifest import PluginMeta
from shopdb.store.base import NAMING
from shopdb.store.dump import cells
from shopdb.store.dump.manifest import Contents
from shopdb.store.dump.reading import Dump
from shopdb.store.revisions import CORE, Owner, core_owner, history

MIGRATIONS = "migrations"


@dataclass(frozen=True, slots=True)
class Plan:
    """``owners`` have their migrations here, with the revision to stop at; ``described`` come along without code."""

    owners: tuple[tuple[Owner, str], ...]
    described: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Code:
    """A version of a plugin that is here, or in the backup."""

    meta: PluginMeta
    folder: Path


def plan(dump: Dump, settings: Settings, folder: Path) -> Plan:
    """Return how a backup's tables are to be made; archives of plugins in it are unpacked into ``folder``.

    A plugin in use must have its code here or in the backup. One that is switched off, removed, or named in
    SHOPDB_DISABLE_PLUGINS need not: its tables are made as the backup describes them, and its rows are kept. Raises
    `CodeMissingError` with every problem.
    """
    facts = dump.manifest.facts
    problems: list[str] = []
    owners: dict[str, tuple[Owner, str]] = {}
    needed = {one.name for one in facts.plugins if one.enabled and one.installed} - settings.disable_plugins
    code = {**_on_disk(settings), **_in_backup(dump, folder)}
    for name, revision in facts.revisions.items():
        owner = core_owner() if name == CORE else _owner(code.get(name))
        problem = _problem(owner, name, revision, made_by=facts.application)
        if owner is not None and not problem:
            owners[name] = (owner, revision)
        elif name == CORE or name in needed:
            problems.append(f"{problem}{_advice(name, settings)}")
    if CORE not in facts.revisions:
        problems.append("it holds no tables of core")
    if problems:
        raise CodeMissingError(problems)
    described = tuple(name for name in facts.revisions if name not in owners)
    return Plan(tuple(owners[name] for name in _in_order(owners, code)), described)


def _on_disk(settings: Settings) -> dict[str, _Code]:
    found = discover([bundled_folder(), *settings.plugin_dirs])
    return {one.name: _Code(one.meta, one.folder) for one in found if one.meta is not None and not one.problems}


def _in_backup(dump: Dump, folder: Path) -> dict[str, _Code]:
    """Return the plugins whose archive is in the backup, unpacked; one that breaks a rule of archives is left alone."""
    tables = {contents.shape.name: contents for contents in dump.manifest.tables}
    wanted: dict[int, str] = {}
    for row in _rows(dump, tables.get("plugins")):
        if row.get("archive_id") is not None and row.get("removed_at") is None:
            wanted[row["archive_id"]] = row["name"]
    parts: dict[str, bytearray] = {}
    for row in _rows(dump, tables.get("plugin_archive_parts")) if wanted else ():
        raw = parts.setdefault(wanted.get(row["archive_id"], ""), bytearray())
        if row["archive_id"] in wanted and len(raw) <= LARGEST_PACKED:
            raw.extend(row["content"])
    found = {}
    for name, raw in parts.items():
        try:
            archive = archive_of(bytes(raw), f"the archive of {name} in {dump.path}")
        except ArchiveRefusedError:
            continue
        if archive.name == name:
            found[name] = _Code(archive.meta, _unpacked(archive.files, folder / name))
    return found


def _rows(dump: Dump, contents: Contents | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that the backup may have."""
    if contents is None:
        return
    for lines in dump.rows(contents):
        for line in lines:
            yield dict(zip(contents.shape.names, cells.values(line), strict=True))


def _unpacked(files: Mapping[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def _owner(code: _Code | None) -> Owner | None:
    return None if code is None else Owner(code.meta.name, code.folder / MIGRATIONS, MetaData(naming_convention=NAMING))


def _problem(owner: Owner | None, name: str, revision: str, *, made_by: str) -> str:
    """Return why an owner's migrations cannot make the tables of this revision, "" if they can."""
    if owner is None:
        return f"the code of plugin {name} is neither here nor in the backup"
    try:
        known = [one.id for one in history(owner.name, owner.script_location)]
    except BrokenHistoryError as broken:
        return str(broken).rstrip(".")
    if revision in known:
        return ""
    told = f"the tables of {name} are at {revision}, and the {name} that is here knows revisions up to {known[-1]}"
    return f"{told}; shopdb {made_by} made the backup" if name == CORE else told


def _advice(name: str, settings: Settings) -> str:
    if name == CORE:
        return ". Use that version of shopdb, or a newer one"
    return (
        f". Put the plugin's folder into {settings.plugin_dirs[0]}, or name {name} in SHOPDB_DISABLE_PLUGINS: then its "
        "data comes along without it"
    )


def _in_order(owners: Mapping[str, object], code: Mapping[str, _Code]) -> tuple[str, ...]:
    """Return core, and then the plugins, each after those that it needs."""
    graph = {
        name: [needed for needed in code[name].meta.dependencies if needed in owners] for name in owners if name != CORE
    }
    return (CORE, *TopologicalSorter(graph).static_order())
