"""A plugin's files on this host's disk: staged beside their place, renamed into it, and compared with what they were.

A plugin of the site lies in the first of `SHOPDB_PLUGIN_DIRS`. Names that begin with a dot are passed by when plugins
are looked for, so nothing here is ever met half written.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from shopdb.plugins.archive_names import HASHES
from shopdb.plugins.importing import content_digest, content_hashes

LARGEST_HASHES = 1024 * 1024

Condition = Literal["missing", "as packed", "modified", "without hashes"]


def staged(parent: Path, name: str) -> Path:
    """Return where a plugin's files wait before they are put in their place."""
    return parent / f".staged-{name}" / name


def old(parent: Path, name: str) -> Path:
    """Return where the files that were in its place wait until they are not needed any more."""
    return parent / f".old-{name}" / name


def stage(parent: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write a plugin's files beside their place, safe from a power cut, and return their folder."""
    folder = staged(parent, name)
    shutil.rmtree(folder.parent, ignore_errors=True)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for made in (folder, *(one for one in folder.rglob("*") if one.is_dir()), folder.parent, parent):
        _sync(made)
    return folder


def unstage(parent: Path, name: str) -> None:
    """Remove what waits beside a plugin's place."""
    shutil.rmtree(staged(parent, name).parent, ignore_errors=True)


def put_in_place(parent: Path, name: str) -> None:
    """Rename the staged files into their place, and those that are there beside it; safe to run again."""
    waiting, place = staged(parent, name), parent / name
    if not waiting.exists():
        return  # a run before this one did it
    if place.exists():
        set_aside(parent, name)
    waiting.rename(place)
    _sync(parent)
    unstage(parent, name)


def set_aside(parent: Path, name: str) -> None:
    """Rename a plugin's files out of their place; safe to run again."""
    place, aside = parent / name, old(parent, name)
    if not place.exists():
        return
    shutil.rmtree(aside.parent, ignore_errors=True)
    aside.parent.mkdir(parents=True)
    place.rename(aside)
    _sync(parent)


def put_back(parent: Path, name: str, *, had_files: bool) -> None:
    """Undo `put_in_place` or `set_aside`: what was in its place is there again, what came waits beside it again.

    Safe to run again.
    """
    place, aside, waiting = parent / name, old(parent, name), staged(parent, name)
    if place.exists() and (aside.exists() or not had_files):
        shutil.rmtree(waiting.parent, ignore_errors=True)
        waiting.parent.mkdir(parents=True)
        place.rename(waiting)
    if aside.exists():
        aside.rename(place)
        forget_old(parent, name)
    if parent.exists():
        _sync(parent)


def forget_old(parent: Path, name: str) -> None:
    """Remove the files that were in a plugin's place before."""
    shutil.rmtree(old(parent, name).parent, ignore_errors=True)


def condition(folder: Path) -> Condition:
    """Return whether a plugin's files are what its own list of hashes says."""
    if not folder.is_dir():
        return "missing"
    hashes = _hashes(folder)
    if hashes is None:
        return "without hashes"
    return "modified" if changed_files(folder, hashes) else "as packed"


def changed_files(folder: Path, hashes: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the files of a plugin that were changed, added or taken away since it was packed, by path."""
    hashes = (_hashes(folder) or {}) if hashes is None else hashes
    found = {path: digest.hex() for path, digest in content_hashes(folder).items()}
    return tuple(sorted(path for path in {*hashes, *found} if hashes.get(path) != found.get(path)))


def is_content(folder: Path, digest: bytes) -> bool:
    """Whether a folder holds the plugin with this content."""
    return folder.is_dir() and content_digest(folder) == digest


def _hashes(folder: Path) -> dict[str, str] | None:
    try:
        with (folder / HASHES).open("rb") as file:
            document = json.loads(file.read(LARGEST_HASHES))
        files = document["files"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return {str(path): str(digest) for path, digest in files.items()} if isinstance(files, dict) else None


def _sync(folder: Path) -> None:
    """Make names in a folder survive a power cut, where the platform can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
