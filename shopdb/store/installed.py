"""Which plugins this site has, and the archives that they came in.

None of it is in the change log: an undo would part tables and code. What was done is told there by `audit_log`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from shopdb.store.base import utc_now
from shopdb.store.engine import writing_engine
from shopdb.store.models import InstalledPlugin, PluginArchive, PluginArchivePart
from shopdb.store.schema import table_of

PART_BYTES = 1024 * 1024
_PLUGINS, _ARCHIVES, _PARTS = table_of(InstalledPlugin), table_of(PluginArchive), table_of(PluginArchivePart)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledState:
    """A plugin's row; ``removed_at`` is set while only its data is left."""

    name: str
    plugin_version: str
    enabled: bool = True
    content_digest: bytes | None = None
    installed_at: datetime
    removed_at: datetime | None = None
    trust: str = "bundled"
    signer: str = ""
    archive_id: int | None = None
    previous_id: int | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArchive:
    """An archive without its bytes."""

    id: int
    name: str
    plugin_version: str
    content_digest: bytes
    archive_digest: bytes
    size: int
    trust: str
    signer: str
    kept_at: datetime
    kept_by: str


# ---------------------------------------------------------------- installed plugins


def installed(connection: Connection) -> dict[str, InstalledState]:
    """Return every plugin's row by name, those included of which only the data is left."""
    return {row.name: _installed(row) for row in connection.execute(select(_PLUGINS).order_by(_PLUGINS.c.name))}


def put_installed(connection: Connection, state: InstalledState) -> None:
    """Write a plugin's row, whether it is new or not."""
    values = {
        "plugin_version": state.plugin_version,
        "enabled": state.enabled,
        "content_digest": state.content_digest,
        "installed_at": state.installed_at,
        "removed_at": state.removed_at,
        "trust": state.trust,
        "signer": state.signer,
        "archive_id": state.archive_id,
        "previous_id": state.previous_id,
        "table_names": list(state.tables),
    }
    mine = _PLUGINS.c.name == state.name
    if connection.scalar(select(_PLUGINS.c.id).where(mine)) is None:
        connection.execute(insert(_PLUGINS).values(name=state.name, **values))
    else:
        connection.execute(update(_PLUGINS).where(mine).values(version=_PLUGINS.c.version + 1, **values))


def forget_installed(connection: Connection, name: str) -> None:
    """Remove a plugin's row."""
    connection.execute(delete(_PLUGINS).where(_PLUGINS.c.name == name))


def _installed(row: Row[Any]) -> InstalledState:
    return InstalledState(
        name=row.name,
        plugin_version=row.plugin_version,
        enabled=row.enabled,
        content_digest=row.content_digest,
        installed_at=row.installed_at,
        removed_at=row.removed_at,
        trust=row.trust,
        signer=row.signer,
        archive_id=row.archive_id,
        previous_id=row.previous_id,
        tables=tuple(row.table_names or ()),
    )


# ---------------------------------------------------------------- archives


def keep_archive(
    engine: Engine,
    raw: bytes,
    *,
    name: str,
    plugin_version: str,
    content_digest: bytes,
    trust: str,
    signer: str,
    by: str,
) -> int:
    """Keep an archive's bytes and return its id; the same bytes are kept once, with the trust that is found now."""
    archive_digest = sha256(raw).digest()
    with writing_engine(engine).begin() as connection:
        same = (_ARCHIVES.c.name == name, _ARCHIVES.c.archive_digest == archive_digest)
        found = connection.scalar(select(_ARCHIVES.c.id).where(*same))
        if found is not None:
            connection.execute(update(_ARCHIVES).where(*same).values(trust=trust, signer=signer))
            return int(found)
        made = connection.execute(
            insert(_ARCHIVES).values(
                name=name,
                plugin_version=plugin_version,
                content_digest=content_digest,
                archive_digest=archive_digest,
                size=len(raw),
                trust=trust,
                signer=signer,
                kept_at=utc_now(),
                kept_by=by[:120],
            )
        ).inserted_primary_key
        assert made is not None
        parts = [raw[at : at + PART_BYTES] for at in range(0, len(raw), PART_BYTES)]
        for number, content in enumerate(parts):
            connection.execute(insert(_PARTS).values(archive_id=made[0], number=number, content=content))
    return int(made[0])


def kept_archives(connection: Connection, name: str) -> tuple[KeptArchive, ...]:
    """Return the archives of a plugin that are kept, oldest first."""
    rows = connection.execute(select(_ARCHIVES).where(_ARCHIVES.c.name == name).order_by(_ARCHIVES.c.id))
    return tuple(_kept(row) for row in rows)


def kept_archive(connection: Connection, archive_id: int) -> KeptArchive | None:
    """Return one archive that is kept; None if it is not there."""
    row = connection.execute(select(_ARCHIVES).where(_ARCHIVES.c.id == archive_id)).one_or_none()
    return _kept(row) if row is not None else None


def archive_bytes(connection: Connection, archive_id: int) -> bytes:
    """Return the bytes of a kept archive; b"" if it is not there."""
    parts = select(_PARTS.c.content).where(_PARTS.c.archive_id == archive_id).order_by(_PARTS.c.number)
    return b"".join(connection.scalars(parts))


def _kept(row: Row[Any]) -> KeptArchive:
    values = row._asdict()
    del values["version"]
    return KeptArchive(**values)
