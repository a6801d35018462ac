"""Imports plugins from their folders, without ever putting a folder on ``sys.path``.

A plugin is the package ``_shopdb_plugins.<name>_<stamp>``. The stamp changes with its content: old and new
code can stand side by side, and a plugin that has not changed is not imported again.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from threading import Lock
from types import ModuleType

PACKAGE = "_shopdb_plugins"
STAMP_DIGITS = 12
_LOCK = Lock()


def import_plugin(name: str, folder: Path, stamp: bytes) -> ModuleType:
    """Return the module plugin.py of a folder; if it raises, nothing of it stays imported."""
    package = f"{name}_{stamp.hex()[:STAMP_DIGITS]}"
    with _LOCK:
        _install()
        _FINDER.folders[package] = folder
        try:
            return importlib.import_module(f"{PACKAGE}.{package}.plugin")
        except BaseException:
            _forget(package)
            raise


def content_digest(folder: Path) -> bytes:
    """Return the SHA-256 over every file of a plugin: its path and its bytes, without what Python caches."""
    return digest_of(content_hashes(folder))


def content_hashes(folder: Path) -> dict[str, bytes]:
    """Return the SHA-256 of each file that makes up a plugin, by path: not what Python caches, nor what a dot hides."""
    hashes: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if "__pycache__" in parts or any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        hashes["/".join(parts)] = sha256(path.read_bytes()).digest()
    return hashes


def digest_of(hashes: Mapping[str, bytes]) -> bytes:
    """Return what `content_digest` returns for a folder whose files have these SHA-256 by their paths."""
    digest = sha256()
    for path in sorted(hashes, key=lambda path: path.split("/")):
        digest.update(path.encode(errors="surrogateescape") + b"\0" + hashes[path])
    return digest.digest()


class _Source(SourceFileLoader):
    """Loads source whose byte code is taken from the cache only if the very same bytes were compiled.

    Python compares whole seconds and sizes: an upgrade within a second could run the old code.
    """

    def path_stats(self, path: str) -> dict[str, int]:
        source = self.get_data(path)
        return {"mtime": int.from_bytes(sha256(source).digest()[:4], "little"), "size": len(source)}


class _Finder:
    """Finds plugins' packages by the folders that the loader names, and modules below them as source only."""

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if root != PACKAGE or path is None:
            return None
        if rest not in self.folders:
            return _source_spec(fullname, path)
        folder = self.folders[rest]
        start = folder / "__init__.py"
        loader = _Source(fullname, str(start)) if start.is_file() else None
        spec = ModuleSpec(fullname, loader, origin=str(start) if loader else None, is_package=True)
        spec.has_location = loader is not None
        spec.submodule_search_locations = [str(folder)]
        return spec


_FINDER = _Finder()


def _source_spec(fullname: str, path: Sequence[str]) -> ModuleSpec:
    for folder in path:
        spec = FileFinder(folder, (_Source, SOURCE_SUFFIXES)).find_spec(fullname)
        if spec is not None:
            return spec
    # An answer of None would leave the search to Python's finder, which also takes byte code and libraries.
    raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def plugin_in(module: str) -> str:
    """Return the name of the plugin that a module belongs to, "" if it is none's."""
    root, _, rest = module.partition(".")
    return rest.partition(".")[0].rpartition("_")[0] if root == PACKAGE else ""


def forget_plugin(module: str) -> None:
    """Take a plugin's package, given any module of it, out of Python's memory."""
    with _LOCK:
        _forget(module.split(".")[1])


def _install() -> None:
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE, "Plugins, each in a package of its own.")
        package.__path__ = []
        sys.modules[PACKAGE] = package
    if _FINDER not in sys.meta_path:
        # Before Python's own finder, which would take the folders of these packages for its own.
        sys.meta_path.insert(0, _FINDER)


def _forget(package: str) -> None:
    fullname = f"{PACKAGE}.{package}"
    for name in [name for name in sys.modules if name == fullname or name.startswith(f"{fullname}.")]:
        del sys.modules[name]
    sys.modules[PACKAGE].__dict__.pop(package, None)
    _FINDER.folders.pop(package, None)
