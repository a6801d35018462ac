"""Users and their roles, and signing in.

Signing in takes two steps, because checking a password is slow and must not hold the database's write lock, and because
a failure must be committed like a success: `attempt` in a reading session, then `sign_in` in a writing one::

    with shop.reading() as session:
        attempt = accounts.attempt(session, name, password, address=address, now=now)
    account = shop.write(accounts.signing_in("rest"), lambda session: accounts.sign_in(session, attempt))
    if account is None:
        raise SignInRefusedError()
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from shopdb.domain.access import Door, Origin
from shopdb.exceptions import (
    AccountGoneError,
    NameRefusedError,
    NameTakenError,
    SignInSlowedError,
    UnknownRoleError,
    UserNotFoundError,
)
from shopdb.services import passwords
from shopdb.services.passwords import FailureCounter, Failures
from shopdb.store import changes
from shopdb.store.models import Permission, Role, User
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of

ADMIN = "admin"
LONGEST_NAME = 80

# A person may mistype a password a few times; behind one address there may be an office.
FREE_FOR_NAME = 5
FREE_FOR_ADDRESS = 20

# What an account failed stands in its row, for all servers over one database. Addresses are counted by each server;
# so are names that nobody has, which are slowed like others lest the difference tell them apart.
_addresses = FailureCounter(free=FREE_FOR_ADDRESS)
_unknown_names = FailureCounter(free=FREE_FOR_NAME)


@dataclass(frozen=True, slots=True)
class Account:
    """An enabled user as the doors know one; ``permissions`` are those of the role."""

    id: int
    name: str
    role: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A name and a password that were checked; what comes of it is `sign_in`'s to say."""

    name: str
    address: str
    now: datetime
    user_id: int | None
    proven: bool


def signing_in(door: Door) -> Origin:
    """Return the origin to call `sign_in` with: nobody yet, through this door."""
    return Origin(actor="sign-in", door=door, label="sign-in")


def attempt(session: Session, name: str, password: str, *, address: str, now: datetime) -> Attempt:
    """Return whether name and password belong together, after the same time whether or not anybody has the name.

    ``address`` is where the attempt comes from, "" for this host's own terminal. Raises `SignInSlowedError`, before
    anything is checked, when the name or the address has failed too often, and `SignInBusyError`.
    """
    name = _normal(name)
    user = _find(session, name)
    failures = _failures_of(user)
    waits = [_unknown_names.wait(name, now) if user is None else timedelta()]
    waits += [failures.wait(now)] if failures else []
    waits += [_addresses.wait(passwords.network_of(address), now)] if address else []
    if wait := max(waits):
        raise SignInSlowedError(math.ceil(wait.total_seconds()))
    proven = passwords.matches(user.password_hash if user is not None and user.enabled else None, password)
    return Attempt(name, address, now, None if user is None else user.id, proven)


def sign_in(session: Session, attempt: Attempt) -> Account | None:
    """Return the account if the attempt holds, else None; either is recorded in the change log.

    A proven attempt does not hold when others have failed too often since: many tries at one moment gain nothing.
    """
    users = table_of(User)
    # The lock makes attempts at one moment count one another.
    locked = select(users).where(users.c.id == attempt.user_id).with_for_update()
    user = session.connection().execute(locked).one_or_none()
    failures = _failures_of(user)
    slowed = failures is not None and failures.wait(attempt.now)
    account = account_of(session, user.id) if user is not None and attempt.proven and not slowed else None
    if account is not None:
        _set(session, account.id, failed_logins=0, locked_until=None, last_login=attempt.now)
    else:
        _count_failure(session, attempt, user)
    details = {"name": attempt.name, "address": attempt.address}
    action = "sign-in" if account else "sign-in refused"
    changes.audit_log(session, action, subject=None if user is None else ("users", user.id), details=details)
    return account


def add_user(session: Session, name: str, role: str, password: str) -> int:
    """Add a user and return the id.

    Raises `NameRefusedError`, `NameTakenError`, `UnknownRoleError` or `PasswordRefusedError`.
    """
    origin_of(session).require(ADMIN)
    known = _normal(name)
    if not known or not known.isprintable() or len(name) > LONGEST_NAME:
        raise NameRefusedError("user", LONGEST_NAME)
    if _find(session, known) is not None:
        raise NameTakenError("user", known)
    roles = {row.name: row.id for row in session.connection().execute(select(Role.id, Role.name))}
    if role not in roles:
        raise UnknownRoleError(role, roles)
    row = {"name": known, "role_id": roles[role], "password_hash": passwords.hashed(password), "enabled": True}
    user_id = changes.insert_rows(session, table_of(User), [row])[0]
    assert user_id is not None
    return user_id


def set_password(session: Session, user_id: int, password: str) -> None:
    """Give the user another password and forget the failures with the old one; the change log says that, not which."""
    origin_of(session).require(ADMIN)
    _set(session, user_id, password_hash=passwords.hashed(password), failed_logins=0, locked_until=None)
    changes.audit_log(session, "password set", subject=("users", user_id))


def set_password_of(session: Session, name: str, password: str) -> None:
    """Give the user of this name another password, as `set_password` does.

    Raises `UserNotFoundError` or `PasswordRefusedError`.
    """
    set_password(session, user_named(session, name)["id"], password)


def switch(session: Session, name: str, *, enabled: bool) -> None:
    """Let the user of this name sign in, or not; servers turn whom they know away from then on.

    Raises `UserNotFoundError`.
    """
    origin_of(session).require(ADMIN)
    changes.update_row(session, table_of(User), user_named(session, name), {"enabled": enabled})


def ensure_admin(session: Session, name: str, password: str) -> Literal["added", "given the password", "kept"]:
    """See to it that an admin of this name signs in with this password; return what that took.

    Raises `NameTakenError` if somebody else has the name, or what `add_user` raises.
    """
    user = _find(session, _normal(name))
    if user is None:
        add_user(session, name, ADMIN, password)
        return "added"
    account = account_of(session, user.id)
    if account is None or account.role != ADMIN:
        raise NameTakenError("user", user.name)
    if passwords.matches(user.password_hash, password):
        return "kept"
    set_password(session, user.id, password)
    return "given the password"


def account_of(session: Session, user_id: int) -> Account | None:
    """Return the account with this id, if there is one and it is enabled."""
    users, roles = table_of(User), table_of(Role)
    wanted = select(users.c.name, users.c.role_id, roles.c.name.label("role")).join_from(users, roles)
    row = session.connection().execute(wanted.where(users.c.id == user_id, users.c.enabled)).one_or_none()
    if row is None:
        return None
    granted = session.connection().scalars(select(Permission.name).where(Permission.role_id == row.role_id))
    return Account(user_id, row.name, row.role, frozenset(granted))


def permissions_of(session: Session, user_id: int) -> frozenset[str]:
    """Return what the user may do now; nothing for one who is gone or switched off."""
    account = account_of(session, user_id)
    return frozenset() if account is None else account.permissions


def origin_for_user(session: Session, user_id: int, door: Door) -> Origin:
    """Return the origin of what a signed-in user does.

    Raises `AccountGoneError` if the user was deleted or switched off since.
    """
    account = account_of(session, user_id)
    if account is None:
        raise AccountGoneError(user_id)
    return Origin(account.name, door, user_id=user_id, permissions=account.permissions)


def user_named(session: Session, name: str) -> dict[str, Any]:
    """Return the whole row of the user of this name. Raises `UserNotFoundError`."""
    wanted = select(table_of(User)).where(User.name == _normal(name))
    user = session.connection().execute(wanted).mappings().one_or_none()
    if user is None:
        raise UserNotFoundError(name)
    return dict(user)


def is_anybody_here(session: Session) -> bool:
    """Whether the site has a user at all."""
    return session.connection().scalar(select(User.id).limit(1)) is not None


def _normal(name: str) -> str:
    """Return the name in the one spelling that is looked up, counted and kept, cut to what a name can be."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    return text.replace("\0", "").strip()[:LONGEST_NAME]


def _find(session: Session, name: str) -> Row[Any] | None:
    return session.connection().execute(select(table_of(User)).where(User.name == name)).one_or_none()


def _failures_of(user: Row[Any] | None) -> Failures | None:
    return Failures(user.failed_logins, user.locked_until) if user is not None and user.locked_until else None


def _count_failure(session: Session, attempt: Attempt, user: Row[Any] | None) -> None:
    if attempt.address:
        _addresses.failed(passwords.network_of(attempt.address), attempt.now)
    if user is None:
        _unknown_names.failed(attempt.name, attempt.now)
    else:
        failures = passwords.one_more(_failures_of(user), attempt.now, free=FREE_FOR_NAME)
        _set(session, user.id, failed_logins=failures.count, locked_until=failures.until)


def _set(session: Session, user_id: int, **values: Any) -> None:
    # None of these columns is in the change log (User.__unlogged__); what they mean is told there by an entry.
    session.connection().execute(update(table_of(User)).where(User.id == user_id).values(values))
