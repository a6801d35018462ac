"""From settings to a signed-in desk: opening the shop, signing in, remembering who one is.

SQLAlchemy and the rest of the shop are imported here, in a job thread, after the first frame is on the screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopdb.config import Settings
from shopdb.credentials import CredentialStore
from shopdb.exceptions import ShopdbError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shopdb.boot import Shop
    from shopdb.domain.access import Origin
    from shopdb.tui.desk import Desk, Frame
    from shopdb.tui.jobs import Jobs

REMEMBERED_USER = "terminal-user"
REMEMBERED_PASSWORD = "terminal-password"  # noqa: S105 the name it is kept under
ZONE_SETTING = "site.timezone"
KEEPS_IN = {
    "keyring": "in this machine's keyring",
    "file": "in a file that only you can read: there is no keyring here",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A shop whose door is open, and the origin of the person who was recognised, if any.

    ``name`` is who signed in here last and was remembered; ``keeps_in`` says where a password would be remembered.
    """

    shop: Shop
    origin: Origin | None
    zone: tzinfo
    name: str = ""
    keeps_in: str = ""


def open_for_terminal(settings: Settings, *, safe: bool = False) -> Opened:
    """Return the opened shop, signed in as the remembered person where that still holds.

    Blocks. Raises what ``open_shop`` raises.
    """
    from shopdb.boot import open_shop

    shop = open_shop(settings, safe=safe)
    try:
        store = CredentialStore(settings.home)
        name, password = _remembered(store)
        origin = _recognised(shop, name, password) if name and password else None
        return Opened(shop, origin, _zone(shop), name, KEEPS_IN[store.kind])
    except BaseException:
        shop.close()
        raise


def _remembered(store: CredentialStore) -> tuple[str, str]:
    try:
        return store.get(REMEMBERED_USER) or "", store.get(REMEMBERED_PASSWORD) or ""
    except (ShopdbError, OSError):
        # A keyring that is silent: the person is asked.
        return "", ""


def _recognised(shop: Shop, name: str, password: str) -> Origin | None:
    try:
        return sign_in(shop, name, password)
    except ShopdbError:
        # The password no longer holds, or too many others were tried: the person is asked.
        return None


def sign_in(shop: Shop, name: str, password: str) -> Origin | None:
    """Return the origin of the person, None if name and password do not belong together. Blocks.

    Raises `SignInSlowedError` after too many failures.
    """
    from shopdb.services import accounts
    from shopdb.store.base import utc_now

    with shop.reading() as session:
        tried = accounts.attempt(session, name, password, address="", now=utc_now())
    account = shop.write(accounts.signing_in("terminal"), lambda session: accounts.sign_in(session, tried))
    if account is None:
        return None
    with shop.reading() as session:
        return accounts.origin_for_user(session, account.id, "terminal")


def remember(settings: Settings, name: str, password: str) -> None:
    """Keep name and password for the next start. Blocks; raises `KeyringSilentError` or OSError."""
    store = CredentialStore(settings.home)
    store.set(REMEMBERED_USER, name)
    store.set(REMEMBERED_PASSWORD, password)


def forget(settings: Settings) -> None:
    """Forget who was remembered. Blocks; raises `KeyringSilentError` or OSError."""
    store = CredentialStore(settings.home)
    store.delete(REMEMBERED_PASSWORD)
    store.delete(REMEMBERED_USER)


class Uses:
    """How many threads work with one shop just now."""

    def __init__(self) -> None:
        """Begin with none."""
        self._changed = threading.Condition()
        self._now = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count as one more while the block lasts."""
        with self._changed:
            self._now += 1
        try:
            yield
        finally:
            with self._changed:
                self._now -= 1
                self._changed.notify_all()

    def wait(self, patience: float) -> bool:
        """Wait until there are none; whether that came within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._now == 0, patience)


def desk_for(
    shop: Shop, origin: Origin, zone: tzinfo, jobs: Jobs, frame: Callable[[], Frame], *, uses: Uses | None = None
) -> Desk:
    """Return the desk of a signed-in person: ``frame`` says what stands around screens, ``uses`` counts its work."""
    from shopdb.store.session import settle
    from shopdb.tui.desk import Desk, Written

    uses = uses or Uses()

    def read(work: Callable[[Session], Any]) -> Any:
        with uses.one(), shop.reading(origin) as session:
            return work(session)

    def write(label: str, work: Callable[[Session], Any]) -> Written[Any]:
        def settled(session: Session) -> Written[Any]:
            value = work(session)
            return Written(value, settle(session))

        with uses.one():
            return shop.write(origin.doing(label), settled)

    return Desk(origin.actor, shop.catalog, zone, jobs, origin.may, read, write, frame)


def _zone(shop: Shop) -> tzinfo:
    """Return the site's zone: its setting, else this host's."""
    from datetime import datetime

    from shopdb.services.settings import get_setting

    with shop.reading() as session:
        name = get_setting(session, ZONE_SETTING)
    if isinstance(name, str):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC
    return datetime.now().astimezone().tzinfo or UTC
