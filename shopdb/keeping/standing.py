"""Where a site stands, seen from this program: its plugins' code, the revisions it lacks, the room on the disks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from shopdb.config import Settings
from shopdb.keeping.backup import folder_of
from shopdb.keeping.sites import facts_of
from shopdb.plugins.loader import bundled_folder, discover, load
from shopdb.plugins.registry import Registry
from shopdb.store import revisions
from shopdb.store.base import utc_now
from shopdb.store.revisions import Owner

BACKUP_SHARE = 1.0
"""How much of the size of the data a backup needs at most: rows shrink to an eighth of it, attachments do not."""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder on whose disk something has to find room, in bytes."""

    folder: Path
    purpose: str
    free: int
    needed: int

    @property
    def problem(self) -> str:
        """What is wrong, "" if there is enough."""
        if self.free >= self.needed:
            return ""
        told = f"{self.needed // 1_000_000:,} MB are needed in {self.folder} for {self.purpose}"
        return f"{told}, and {self.free // 1_000_000:,} MB are free"


@dataclass(frozen=True, slots=True)
class Standing:
    """``behind`` says (is at, wanted) by owner; ``problems`` are those of plugins in use."""

    registry: Registry
    owners: tuple[Owner, ...]
    behind: dict[str, tuple[str, str]]
    problems: tuple[str, ...]


def standing(engine: Engine, settings: Settings) -> Standing:
    """Return where the site stands; the plugins that it uses are loaded for that, and the others are not."""
    with engine.connect() as connection:
        facts = facts_of(connection, settings, utc_now())
    used = {one.name for one in facts.plugins if one.enabled and one.installed} - settings.disable_plugins
    folders = [bundled_folder(), *settings.plugin_dirs]
    unused = {one.name for one in discover(folders)} - used
    registry = load(folders, strict=False, disabled=dict.fromkeys(unused, "the site does not use it"))
    owners = (revisions.core_owner(), *registry.owners)
    behind = dict(revisions.behind(engine, owners))
    return Standing(registry, owners, behind, tuple(_plugin_problems(registry, used, settings)))


def rooms(engine: Engine, settings: Settings) -> tuple[Room, ...]:
    """Return where an upgrade needs room, and how much there is."""
    size = _size(engine, settings)
    found = [(folder_of(settings), "a backup", int(size * BACKUP_SHARE))]
    if settings.database_file:
        found += [
            (Path(tempfile.gettempdir()), "the copy that migrations are tried on", size),
            (settings.database_file.parent, "tables that are made anew", size),
        ]
    return tuple(
        Room(folder, purpose, shutil.disk_usage(_there(folder)).free, needed) for folder, purpose, needed in found
    )


def _plugin_problems(registry: Registry, used: set[str], settings: Settings) -> Iterator[str]:
    for name in sorted(used - set(registry.plugins)):
        left_out = registry.left_out.get(name)
        if left_out is None:
            yield f"plugin {name} is in use, and its files are not in {settings.plugin_dirs[0]}"
        else:
            yield f"plugin {name} cannot be used by this version: {'; '.join(left_out.reasons)}"


def _size(engine: Engine, settings: Settings) -> int:
    """Return how many bytes the data takes."""
    if settings.database_file:
        return sum(
            file.stat().st_size
            for file in (settings.database_file, Path(f"{settings.database_file}-wal"))
            if file.exists()
        )
    wanted = "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()"
    with engine.connect() as connection:
        return int(connection.scalar(text(wanted)) or 0)


def _there(folder: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())
