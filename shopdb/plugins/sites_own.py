"""Bringing the files of the site's own plugins to this host: every host over one database has the same ones."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection

from shopdb.exceptions import ShopdbError
from shopdb.plugins.archive import Archive, archive_of
from shopdb.plugins.manifest import read_manifest
from shopdb.plugins.placing import condition, forget_old, is_content, old, put_in_place, set_aside, stage
from shopdb.store import journal
from shopdb.store.installed import InstalledState, archive_bytes

LOG = logging.getLogger(__name__)


def bring_files(connection: Connection, states: Iterable[InstalledState], folders: Sequence[Path]) -> dict[str, str]:
    """Put plugins' files into the first folder where they are missing, or are those of another version.

    Files that somebody changed by hand stay as they are while the version is right. Returns the plugins whose files
    cannot be had here, with the reason.
    """
    missing: dict[str, str] = {}
    wanted = [one for one in states if one.archive_id is not None and one.removed_at is None]
    busy = {one.plugin for one in journal.operations(connection, state=journal.RUNNING)} if wanted else set()
    for state in wanted:
        if state.name in busy:
            continue  # who works on it moves its files
        try:
            _bring(connection, state, folders[0])
        except (OSError, ShopdbError) as failed:
            LOG.warning("the files of plugin %s cannot be brought here: %s", state.name, failed)
            missing[state.name] = (
                f"its files of version {state.plugin_version} cannot be put into {folders[0]}: {failed}"
            )
    return missing


def _bring(connection: Connection, state: InstalledState, parent: Path) -> None:
    place = parent / state.name
    assert state.content_digest is not None
    if is_content(place, state.content_digest):
        return
    if condition(place) in ("modified", "without hashes") and _is_version(place, state):
        LOG.warning("plugin %s was changed on disk after it was installed", state.name)
        return
    put_files(connection, state, parent)


def put_files(connection: Connection, state: InstalledState, parent: Path) -> None:
    """Put the files of the installed archive in their place; what somebody changed by hand is kept beside it.

    Raises OSError, or `ArchiveRefusedError` for an archive that is not as it was kept.
    """
    archive = _archive(connection, state)
    found = condition(parent / state.name)
    stage(parent, state.name, archive.files)
    if found != "missing":
        set_aside(parent, state.name)
        if found != "as packed":
            _keep_aside(parent, state.name)
    put_in_place(parent, state.name)
    forget_old(parent, state.name)


def _archive(connection: Connection, state: InstalledState) -> Archive:
    assert state.archive_id is not None
    return archive_of(archive_bytes(connection, state.archive_id))


def _is_version(place: Path, state: InstalledState) -> bool:
    """Whether files that somebody changed, or whose author works on them here, say that they are of this version."""
    meta = read_manifest(place).meta
    return meta is not None and meta.version == state.plugin_version


def _keep_aside(parent: Path, name: str) -> None:
    """Keep what somebody changed by hand: it is not in any archive."""
    kept = parent / f".changed-{name}"
    number = 1
    while (target := kept.with_name(f"{kept.name}-{number}")).exists():
        number += 1
    old(parent, name).parent.rename(target)
    LOG.warning("files of plugin %s that were changed by hand are kept in %s", name, target)
