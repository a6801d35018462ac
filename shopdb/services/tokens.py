"""API tokens: the keys of programs, shown once and kept as digests."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import Any, Final

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from shopdb.domain.access import Door, Origin
from shopdb.exceptions import (
    NameRefusedError,
    NameTakenError,
    NetworkRefusedError,
    ScopeRefusedError,
    TokenNotFoundError,
    TokenRefusedError,
)
from shopdb.services.accounts import ADMIN
from shopdb.store import changes
from shopdb.store.models import ApiToken
from shopdb.store.schema import table_of
from shopdb.store.session import origin_of

LONGEST_NAME: Final = 120
USE_IS_NOTED_EVERY = timedelta(minutes=1)

# What each scope may do; "collector:printers" may push to that plugin and nothing else.
SCOPES: Final = {
    "read": frozenset({"*.view"}),
    "write": frozenset({"*.view", "*.change"}),
    "admin": frozenset({"*"}),
}
COLLECTOR: Final = "collector"

_TEXT = re.compile(r"shp_([0-9a-f]{8})_[0-9a-f]{48}")


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token that was checked; ``use_is_news`` when the time of its last use should be written down again."""

    id: int
    name: str
    scopes: frozenset[str]
    use_is_news: bool

    @property
    def permissions(self) -> frozenset[str]:
        """What the scopes allow together."""
        return frozenset().union(*(_permissions(scope) for scope in self.scopes))

    def origin(self, door: Door) -> Origin:
        """Return the origin of what the token's program does."""
        return Origin(self.name, door, token_id=self.id, permissions=self.permissions)


def make_token(
    session: Session,
    name: str,
    scopes: Iterable[str],
    *,
    collectors: Collection[str],
    networks: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> str:
    """Return the text of a new token, which nobody can read again.

    ``collectors`` are the plugins that take pushes; ``networks`` the addresses or networks it may be used from (none:
    from everywhere). Raises `NameRefusedError`, `NameTakenError`, `ScopeRefusedError` or `NetworkRefusedError`.
    """
    origin_of(session).require(ADMIN)
    name, wanted = name.strip(), sorted(set(scopes))
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NameRefusedError("token", LONGEST_NAME)
    known = (*SCOPES, *(f"{COLLECTOR}:{plugin}" for plugin in collectors))
    unknown = [scope for scope in wanted if scope not in known]
    if unknown or not wanted:
        raise ScopeRefusedError(unknown, known)
    if session.connection().scalar(select(ApiToken.id).where(ApiToken.name == name)) is not None:
        raise NameTakenError("token", name)
    prefix = secrets.token_hex(4)
    text = f"shp_{prefix}_{secrets.token_hex(24)}"
    row = {
        "name": name,
        "prefix": prefix,
        "digest": _digest(text),
        "scopes": wanted,
        "networks": [_network(one) for one in networks] or None,
        "enabled": True,
        "expires_at": expires_at,
    }
    changes.insert_rows(session, table_of(ApiToken), [row])
    return text


def check_token(session: Session, text: object, *, address: str, now: datetime) -> TokenFacts:
    """Return what is known of the token with this text, used from an address at a moment.

    Raises `TokenRefusedError`; it says why only to whoever holds a token that was once good.
    """
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise TokenRefusedError("is unknown")
    row = session.connection().execute(select(table_of(ApiToken)).where(ApiToken.prefix == match[1])).one_or_none()
    known = compare_digest(bytes(32) if row is None else row.digest, _digest(match[0]))
    if row is None or not known:
        raise TokenRefusedError("is unknown")
    if reason := _reason_against(row, address, now):
        raise TokenRefusedError(reason)
    news = row.last_used is None or now - row.last_used > USE_IS_NOTED_EVERY
    return TokenFacts(row.id, row.name, frozenset(row.scopes), news)


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Write down that the token was used; for `TokenFacts.use_is_news`, which keeps it out of most requests."""
    tokens = table_of(ApiToken)
    old = or_(tokens.c.last_used.is_(None), tokens.c.last_used < now - USE_IS_NOTED_EVERY)
    # Not in the change log (ApiToken.__unlogged__).
    session.connection().execute(update(tokens).where(tokens.c.id == token_id, old).values(last_used=now))


def switch(session: Session, name: str, *, enabled: bool) -> None:
    """Let the token of this name open what it is for, or nothing.

    Raises `TokenNotFoundError`.
    """
    origin_of(session).require(ADMIN)
    table = table_of(ApiToken)
    row = session.connection().execute(select(table).where(table.c.name == name.strip())).mappings().one_or_none()
    if row is None:
        raise TokenNotFoundError(name)
    changes.update_row(session, table, dict(row), {"enabled": enabled})


def _permissions(scope: str) -> frozenset[str]:
    plugin = scope.removeprefix(f"{COLLECTOR}:")
    return SCOPES.get(scope) or frozenset({f"{COLLECTOR}.{plugin}"})


def _reason_against(row: Row[Any], address: str, now: datetime) -> str:
    if not row.enabled:
        return "is switched off"
    if row.expires_at is not None and row.expires_at <= now:
        return f"expired at {row.expires_at:%Y-%m-%d %H:%M} UTC"
    if row.networks and not _lies_in(address, row.networks):
        return f"may not be used from {address}"
    return ""


def _lies_in(address: str, networks: Iterable[str]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    places = {parsed, getattr(parsed, "ipv4_mapped", None) or parsed}
    return any(place in ip_network(network) for network in networks for place in places)


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as refused:
        raise NetworkRefusedError(text) from refused


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
