"""The software of an asset: a shared catalogue of versions, and a timeline of which asset had which when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shopdb.store import changes
from shopdb.store.chunks import chunks
from shopdb.store.models.software import Application, ApplicationVersion, InstalledSoftware
from shopdb.store.schema import table_of

Title = tuple[str, str, str]
"""Name, publisher and version of one installed program."""


def set_software(session: Session, asset_id: int, titles: Iterable[Title], moment: datetime) -> tuple[int, int]:
    """Make these the asset's installed programs; return how many came and how many went.

    What is gone is marked with the moment, not deleted; what comes back is unmarked.
    """
    wanted = set(version_ids(session, sorted(set(titles))).values())
    table = table_of(InstalledSoftware)
    statement = select(table).where(table.c.asset_id == asset_id)
    known = {row["application_version_id"]: dict(row) for row in session.connection().execute(statement).mappings()}
    installed = {version for version, row in known.items() if row["removed_at"] is None}
    back = [known[version] for version in sorted(wanted & (set(known) - installed))]
    gone = [known[version] for version in sorted(installed - wanted)]
    new = sorted(wanted - set(known))
    changes.update_rows(session, table, back, {"removed_at": None})
    changes.update_rows(session, table, gone, {"removed_at": moment})
    rows = [{"asset_id": asset_id, "application_version_id": version, "first_seen": moment} for version in new]
    changes.insert_rows(session, table, rows)
    return len(new) + len(back), len(gone)


def version_ids(session: Session, titles: Sequence[Title]) -> dict[Title, int]:
    """Return the catalogue's id of each version, adding those that no asset has had before."""
    applications = _ids_by_digest(
        session,
        Application,
        {_digest(name, publisher): _application(name, publisher) for name, publisher, _ in titles},
    )
    rows = {}
    for name, publisher, number in titles:
        application_id = applications[_digest(name, publisher)]
        digest = _digest(str(application_id), number)
        rows[digest] = {"application_id": application_id, "digest": digest, "number": number[:120] or None}
    versions = _ids_by_digest(session, ApplicationVersion, rows)
    return {title: versions[_digest(str(applications[_digest(title[0], title[1])]), title[2])] for title in titles}


def _application(name: str, publisher: str) -> dict[str, Any]:
    return {"digest": _digest(name, publisher), "name": name[:255], "publisher": publisher[:255] or None}


def _ids_by_digest(
    session: Session, model: type[Application | ApplicationVersion], rows: Mapping[bytes, dict[str, Any]]
) -> dict[bytes, int]:
    known = _known(session, model, list(rows))
    missing = [row for digest, row in rows.items() if digest not in known]
    if not missing:
        return known
    try:
        with session.begin_nested():
            session.connection().execute(insert(table_of(model)), missing)
    except IntegrityError:
        # Another push was faster with some of them: add the others one by one.
        for row in missing:
            _add_unless_there(session, model, row)
    return _known(session, model, list(rows))


def _add_unless_there(session: Session, model: type[Any], row: Mapping[str, Any]) -> None:
    try:
        with session.begin_nested():
            session.connection().execute(insert(table_of(model)), dict(row))
    except IntegrityError:
        return


def _known(
    session: Session, model: type[Application | ApplicationVersion], digests: Sequence[bytes]
) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for some in chunks(digests):
        statement = select(model.digest, model.id).where(model.digest.in_(some))
        found |= {bytes(digest): record_id for digest, record_id in session.connection().execute(statement)}
    return found


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(part.casefold().strip() for part in parts).encode()).digest()
