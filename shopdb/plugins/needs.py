"""Which plugins one needs, by what manifests say; nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shopdb.plugins.loader import discover
from shopdb.plugins.manifest import read_manifest


def needed(plugin: Path, folders: Iterable[Path]) -> set[str]:
    """Return the plugins that the one in a folder needs, with those that they need, as far as they are there."""
    there = {found.name: found.meta for found in discover(folders) if found.meta is not None}
    waiting, names = [read_manifest(plugin).meta], set[str]()
    while waiting:
        meta = waiting.pop()
        for name in meta.dependencies if meta is not None else ():
            if name in there and name not in names:
                names.add(name)
                waiting.append(there[name])
    return names - {plugin.name}
