"""Whose plugins this site takes for what they say: public keys that an admin has named, in the site's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.exceptions import KeyTrustedError, NameRefusedError, NameTakenError, TrustedKeyNotFoundError
from shopdb.plugins.archive import Archive
from shopdb.plugins.signing import checked_key, fingerprint
from shopdb.store.locks import take
from shopdb.store.models import Setting

TRUSTED_KEYS = "plugins.trusted_keys"
LONGEST_NAME = 80
_WHAT = "trusted key"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A publisher whom this site knows: the name that an admin gave, and the public key."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Who stands for an archive: the name of a trusted key, the fingerprint of an unknown one, or nobody."""

    state: Literal["signed", "unknown key", "unsigned"]
    signer: str


def trusted_keys(session: Session) -> tuple[TrustedKey, ...]:
    """Return the keys that this site trusts, by name."""
    return tuple(TrustedKey(name, key) for name, key in sorted(_kept(session).items()))


def trust_key(session: Session, name: str, key: str) -> TrustedKey:
    """Trust what this key signs from now on, and return it.

    Raises `NameRefusedError`, `NameTakenError` or `PublicKeyRefusedError`, and `KeyTrustedError` if the key has a name.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise NameRefusedError(_WHAT, LONGEST_NAME)
    key = checked_key(key)
    kept = _kept_alone(session)
    if name in kept:
        raise NameTakenError(_WHAT, name)
    for other, known in kept.items():
        if known == key:
            raise KeyTrustedError(other)
    _keep(session, {**kept, name: key})
    return TrustedKey(name, key)


def distrust_key(session: Session, name: str) -> TrustedKey:
    """Trust the key of this name no longer, and return it; raises `TrustedKeyNotFoundError`."""
    kept = dict(_kept_alone(session))
    if name not in kept:
        raise TrustedKeyNotFoundError(name, kept)
    key = kept.pop(name)
    _keep(session, kept)
    return TrustedKey(name, key)


def verdict(archive: Archive, keys: Iterable[TrustedKey]) -> Trust:
    """Return who stands for an archive, whose signature was verified when it was read."""
    if archive.signature is None:
        return Trust("unsigned", "")
    for trusted in keys:
        if trusted.key == archive.signature.key:
            return Trust("signed", trusted.name)
    return Trust("unknown key", fingerprint(archive.signature.key))


def _kept(session: Session) -> Mapping[str, str]:
    kept: Mapping[str, str] | None = session.scalar(select(Setting.value).where(Setting.key == TRUSTED_KEYS))
    return kept or {}


def _kept_alone(session: Session) -> Mapping[str, str]:
    """Return the keys as they stay until this transaction ends: all are one value, of which two could drop a key."""
    take(session, [TRUSTED_KEYS])
    return _kept(session)


def _keep(session: Session, keys: Mapping[str, str]) -> None:
    setting = session.scalar(select(Setting).where(Setting.key == TRUSTED_KEYS))
    if setting is None:
        session.add(Setting(key=TRUSTED_KEYS, value=dict(keys)))
    else:
        setting.value = dict(keys)
