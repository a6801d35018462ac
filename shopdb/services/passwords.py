"""Password hashes (argon2id) and how repeated failures slow the next try down; knows no session and no record."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shopdb.exceptions import PasswordRefusedError, SignInBusyError

SHORTEST = 8
LONGEST = 1024
AT_ONCE = 2
PATIENCE_SECONDS = 10.0

LONGEST_PAUSE = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)
REMEMBERED_KEYS = 10_000

# OWASP's smallest setting for argon2id: 19 MiB and some 30 ms, so that two at once stay under 40 MiB.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_PLACES = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """Return the argon2id hash to keep.

    Raises `PasswordRefusedError` if the password is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefusedError(SHORTEST, LONGEST)
    with _place():
        return _HASHER.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one of the kept hash; None (nobody's hash) takes as long and never matches.

    Raises `SignInBusyError` if too many others are being checked.
    """
    with _place():
        nobodys = _nobodys_hash()
        try:
            _HASHER.verify(kept or nobodys, _normal(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


@dataclass(frozen=True, slots=True)
class Failures:
    """How often in a row something failed, and until when the next try has to wait."""

    count: int
    until: datetime

    def wait(self, now: datetime) -> timedelta:
        """Return how long the next try has to wait yet."""
        return max(self.until - now, timedelta())


def one_more(before: Failures | None, now: datetime, *, free: int) -> Failures:
    """Return the failures with one more: the first ``free`` cost nothing, then the pause doubles up to a minute."""
    count = 1 if before is None or now - before.until > FORGOTTEN_AFTER else before.count + 1
    over = min(count - free, 10)
    pause = min(timedelta(seconds=2 ** (over - 1)), LONGEST_PAUSE) if over > 0 else timedelta()
    return Failures(count, now + pause)


class FailureCounter:
    """Failures by key, in this process alone; what failed longest ago is forgotten first."""

    def __init__(self, *, free: int) -> None:
        self._free = free
        self._failures: OrderedDict[str, Failures] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, now: datetime) -> timedelta:
        """Return how long the key has to wait yet."""
        with self._lock:
            found = self._failures.get(key)
        return timedelta() if found is None else found.wait(now)

    def failed(self, key: str, now: datetime) -> None:
        """Count one more failure of the key."""
        with self._lock:
            self._failures[key] = one_more(self._failures.pop(key, None), now, free=self._free)
            while len(self._failures) > REMEMBERED_KEYS:
                self._failures.popitem(last=False)


def network_of(address: str) -> str:
    """Return what stands for an address: itself, or for IPv6 the /64 that a single customer owns."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed.packed, 64), strict=False))


def _normal(password: str) -> bytes:
    # Keyboards compose letters differently; RFC 8265 compares passwords in NFC.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@contextmanager
def _place() -> Iterator[None]:
    if not _PLACES.acquire(timeout=PATIENCE_SECONDS):
        raise SignInBusyError(PATIENCE_SECONDS)
    try:
        yield
    finally:
        _PLACES.release()


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(b"of nobody")
