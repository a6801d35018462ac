"""Roles: sets of permissions under a name, which users have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from shopdb.exceptions import (
    NameRefusedError,
    NameTakenError,
    PermissionRefusedError,
    RoleKeptError,
    StillUsedError,
    UnknownRoleError,
)
from shopdb.services.accounts import ADMIN, user_named
from shopdb.store import changes
from shopdb.store.models import Permission, Role, User
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of

LONGEST_NAME = 60
EVERYTHING = "*"
OF_CORE = ("plugins.install",)
VERBS = ("view", "change")


def grantable(resources: Iterable[str], plugins: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return every permission that a role can be given, sorted, and what brings it: "shopdb" or a plugin.

    ``resources`` are the names of the record types; ``plugins`` the permissions of its own that each plugin brings.
    """
    found = {f"{name}.{verb}": "shopdb" for name in resources for verb in VERBS}
    found |= dict.fromkeys(OF_CORE, "shopdb")
    for plugin, permissions in plugins.items():
        found |= dict.fromkeys(permissions, plugin)
    return dict(sorted(found.items()))


def roles(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the permissions of each role, both in the order of their names."""
    wanted = select(Role.name, Permission.name).outerjoin(Permission, Permission.role_id == Role.id)
    found: dict[str, tuple[str, ...]] = {}
    for role, permission in session.connection().execute(wanted.order_by(Role.name, Permission.name)):
        found[role] = found.get(role, ()) + ((permission,) if permission else ())
    return found


def add_role(session: Session, name: str, permissions: Iterable[str] = (), *, known: Collection[str]) -> int:
    """Add a role with these permissions and return its id.

    Raises `NameRefusedError` or `NameTakenError`, and what `grant` raises.
    """
    origin_of(session).require(ADMIN)
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NameRefusedError("role", LONGEST_NAME)
    if _find(session, name) is not None:
        raise NameTakenError("role", name)
    role_id = changes.insert_rows(session, table_of(Role), [{"name": name}])[0]
    assert role_id is not None
    grant(session, name, permissions, known=known)
    return role_id


def grant(session: Session, role: str, permissions: Iterable[str], *, known: Collection[str]) -> tuple[str, ...]:
    """Let a role do more, and return what it may now do and could not before.

    A permission is one of ``known`` (`grantable`) or stands for several of them: "*", "printers.*", "*.view". Raises
    `UnknownRoleError`, or `PermissionRefusedError` that names every one that is neither.
    """
    origin_of(session).require(ADMIN)
    found, wanted = _known(session, role), sorted(set(permissions))
    allowed = {*known, *_standing_for_several(known)}
    unknown = [one for one in wanted if one not in allowed]
    if unknown:
        raise PermissionRefusedError(unknown, allowed)
    held = {row["name"] for row in _permissions(session, found.id)}
    fresh = tuple(one for one in wanted if one not in held)
    rows = [{"role_id": found.id, "name": one} for one in fresh]
    changes.insert_rows(session, table_of(Permission), rows)
    return fresh


def revoke(session: Session, role: str, permissions: Iterable[str]) -> tuple[str, ...]:
    """Let a role do less, and return what it may no longer do.

    Raises `UnknownRoleError`; `PermissionRefusedError` that names every one that the role was not given;
    `RoleKeptError` if the admins would no longer be admins.
    """
    origin_of(session).require(ADMIN)
    found, wanted = _known(session, role), sorted(set(permissions))
    held = {row["name"]: row for row in _permissions(session, found.id)}
    missing = [one for one in wanted if one not in held]
    if missing:
        raise PermissionRefusedError(missing, held)
    if found.name == ADMIN and EVERYTHING in wanted:
        raise RoleKeptError(ADMIN)
    changes.delete_rows(session, table_of(Permission), [held[one] for one in wanted])
    return tuple(wanted)


def remove_role(session: Session, name: str) -> None:
    """Remove a role that nobody has. Raises `UnknownRoleError`, `RoleKeptError` or `StillUsedError`."""
    origin_of(session).require(ADMIN)
    found = _known(session, name)
    if found.name == ADMIN:
        raise RoleKeptError(ADMIN)
    users = session.connection().scalar(select(func.count()).select_from(User).where(User.role_id == found.id))
    if users:
        raise StillUsedError(found.name, {"users": users})
    row = session.connection().execute(select(table_of(Role)).where(Role.id == found.id)).mappings().one()
    changes.delete_rows(session, table_of(Role), [dict(row)])


def give_role(session: Session, user: str, role: str) -> None:
    """Give a user another role; servers and terminals go by it from the next action on.

    Raises `UserNotFoundError` or `UnknownRoleError`.
    """
    origin_of(session).require(ADMIN)
    changes.update_row(session, table_of(User), user_named(session, user), {"role_id": _known(session, role).id})


def _standing_for_several(known: Iterable[str]) -> Iterator[str]:
    yield EVERYTHING
    for permission in known:
        area, _, verb = permission.partition(".")
        yield f"{area}.*"
        yield f"*.{verb}"


def _find(session: Session, name: str) -> Row[Any] | None:
    return session.connection().execute(select(table_of(Role)).where(Role.name == name)).one_or_none()


def _known(session: Session, name: str) -> Row[Any]:
    found = _find(session, name)
    if found is None:
        raise UnknownRoleError(name, session.connection().scalars(select(Role.name)))
    return found


def _permissions(session: Session, role_id: int) -> list[dict[str, Any]]:
    rows = session.connection().execute(select(table_of(Permission)).where(Permission.role_id == role_id))
    return [dict(row) for row in rows.mappings()]
