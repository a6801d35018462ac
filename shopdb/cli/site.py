"""The site that a command works on: made ready, opened for as long as the command runs, and who works on it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING, Final, NamedTuple

from shopdb.config import Settings, load_settings
from shopdb.credentials import CredentialStore

if TYPE_CHECKING:
    from shopdb.boot import Shop
    from shopdb.domain.access import Origin

FIRST_ADMIN: Final = "admin"

Tell = Callable[[str], None]
"""Hears, line by line, what was done."""


class Admin(NamedTuple):
    """Somebody who may do everything."""

    name: str
    password: str


@contextmanager
def opened_shop(settings: Settings | None = None) -> Iterator[Shop]:
    """Yield the shop of these settings, or of this process's; raises what `open_shop` raises."""
    from shopdb.boot import open_shop

    # Whoever waits at a prompt can give up by hand; a commit of 100,000 assets takes MariaDB a minute.
    shop = open_shop(settings or load_settings(), patient=True)
    try:
        yield shop
    finally:
        shop.close()


def acting(label: str) -> Origin:
    """Return the origin of a command: who holds the database's credentials may do everything (ADR 009)."""
    from shopdb.domain.access import Origin

    return Origin(actor=_os_user(), door="cli", label=label)


def is_new(settings: Settings) -> bool:
    """Whether the site is an embedded one that has no file yet."""
    return settings.database_file is not None and not settings.database_file.exists()


def set_up(
    settings: Settings, tell: Tell, *, plugins: Collection[str] | None = None, admin: Admin | None = None
) -> Shop:
    """Bring the site to this version of shopdb and return its shop; safe to run again.

    In development, a site without users gets an admin whose password the terminal remembers.
    """
    from shopdb.boot import prepare_shop

    shop = prepare_shop(
        settings,
        plugins=plugins,
        on_progress=lambda step: tell(f"{step.owner}: {step.title} ({step.done} of {step.total})"),
    )
    try:
        if admin is not None:
            _ensure_admin(shop, admin, tell)
        elif settings.env == "development":
            _ensure_anybody(shop, tell)
    except BaseException:
        shop.close()
        raise
    return shop


def _ensure_admin(shop: Shop, admin: Admin, tell: Tell) -> None:
    from shopdb.services import accounts

    origin = acting(f"set up user {admin.name}")
    done = shop.write(origin, lambda session: accounts.ensure_admin(session, admin.name, admin.password))
    tell(f"admin {admin.name}: {done}")


def _ensure_anybody(shop: Shop, tell: Tell) -> None:
    from shopdb.services import accounts
    from shopdb.tui.opening import remember

    with shop.reading() as session:
        if accounts.is_anybody_here(session):
            return
    admin = Admin(FIRST_ADMIN, secrets.token_urlsafe(18))
    # Kept first: a password that nobody knows would lock everybody out.
    remember(shop.settings, *admin)
    kind = CredentialStore(shop.settings.home).kind
    place = {"keyring": "the keyring", "file": shop.settings.home / "credentials"}[kind]
    _ensure_admin(shop, admin, tell)
    tell(f"the password of {admin.name} is kept in {place}; the terminal signs in by itself")


def _os_user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # the user of a container often has no name
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
