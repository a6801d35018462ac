"""What a new site needs before the first record: statuses, relation kinds, roles. Safe to run again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from shopdb.store import changes
from shopdb.store.models import AssetStatus, AssetType, ChainHead, Permission, RelationshipType, Role, Setting
from shopdb.store.schema import table_of

STATUSES: tuple[tuple[str, str], ...] = (
    ("Active", "in_use"),
    ("Spare", "spare"),
    ("In repair", "repair"),
    ("Retired", "retired"),
)
TYPES: tuple[tuple[str, bool], ...] = (("Machine", True), ("Furniture", False), ("Other", False))
RELATIONS: tuple[tuple[str, str, bool], ...] = (
    ("drives", "driven by", True),
    ("part of", "contains", True),
    ("connected to", "connected to", False),
    ("backup for", "backed up by", False),
)
ROLES: Mapping[str, tuple[str, ...]] = {
    "admin": ("*",),
    "technician": ("*.view", "*.change"),
    "viewer": ("*.view",),
}
CHAIN_GENESIS = bytes(32)
SITE_NAME = "site.name"


def seed(session: Session, *, site_name: str) -> None:
    """Put the reference data where it is missing; what a site has changed stays as it is."""
    _add(
        session,
        table_of(AssetStatus),
        "name",
        ({"name": name, "status_class": kind} for name, kind in STATUSES),
    )
    _add(session, table_of(AssetType), "name", ({"name": name, "is_equipment": made} for name, made in TYPES))
    _add(
        session,
        table_of(RelationshipType),
        "name",
        ({"name": name, "inverse": inverse, "inheritsposition": takes} for name, inverse, takes in RELATIONS),
    )
    _add(session, table_of(Role), "name", ({"name": name} for name in ROLES))
    _add_permissions(session)
    _add(session, table_of(ChainHead), "id", [{"id": 1, "seal": 0, "chain_hash": CHAIN_GENESIS}])
    _add(session, table_of(Setting), "key", [{"key": SITE_NAME, "value": site_name}])


def _add_permissions(session: Session) -> None:
    roles = {row.name: row.id for row in session.connection().execute(select(Role.id, Role.name))}
    granted = set(session.connection().scalars(select(Permission.role_id)))
    rows = [
        {"role_id": roles[role], "name": permission}
        for role, permissions in ROLES.items()
        if roles[role] not in granted
        for permission in permissions
    ]
    changes.insert_rows(session, table_of(Permission), rows)


def _add(session: Session, table: Table, key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    known = set(session.connection().scalars(select(table.c[key])))
    for row in rows:
        if row[key] not in known:
            changes.insert_rows(session, table, [row])
