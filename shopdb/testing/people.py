"""People for tests: each with a role, who sign in as people do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import UnknownRoleError
from shopdb.services import accounts
from shopdb.services.accounts import Account
from shopdb.store.models import Permission, Role, User

ADMIN = "admin"
PASSWORD = "a password of tests"  # noqa: S105 everybody who can read this may know it


@dataclass(frozen=True, slots=True)
class People:
    """Those who can sign in to a shop."""

    shop: Shop

    def somebody(self, role: str, permissions: tuple[str, ...] = ()) -> Account:
        """Return somebody of a role, who may do what ``permissions`` say beside; raises `UnknownRoleError`."""
        name = " ".join((role, *permissions))
        return self.shop.write(
            SYSTEM.doing(f"add {name}"), lambda session: _found_or_added(session, name, role, permissions)
        )


def _found_or_added(session: Session, name: str, role: str, permissions: tuple[str, ...]) -> Account:
    known = session.scalar(select(User.id).where(User.name == name))
    if known is None:
        if permissions:
            _add_role(session, name, role, permissions)
        known = accounts.add_user(session, name, name if permissions else role, PASSWORD)
    account = accounts.account_of(session, known)
    assert account is not None
    return account


def _add_role(session: Session, name: str, like: str, permissions: tuple[str, ...]) -> None:
    roles = {role.name: role.id for role in session.scalars(select(Role))}
    if like not in roles:
        raise UnknownRoleError(like, roles)
    granted = session.scalars(select(Permission.name).where(Permission.role_id == roles[like])).all()
    added = Role(name=name)
    session.add(added)
    session.flush()
    session.add_all(Permission(role_id=added.id, name=one) for one in {*granted, *permissions})
