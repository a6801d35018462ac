from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import (
    KeyTrustedError,
    NameRefusedError,
    NameTakenError,
    PublicKeyRefusedError,
    TrustedKeyNotFoundError,
)
from shopdb.plugins import signing
from shopdb.plugins.archive import archive_of
from shopdb.plugins.packing import pack, sign
from shopdb.plugins.trust import (
    LONGEST_NAME,
    Trust,
    TrustedKey,
    distrust_key,
    trust_key,
    trusted_keys,
    verdict,
)
from shopdb.store.models import Change
from tests.plugins_on_disk import write_plugin
from tests.threads import in_threads

ORIGIN = Origin("tests", "system", "trusting keys")
ADA = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
BEN = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
ADAS, BENS = TrustedKey("Ada", signing.public_key(ADA)), TrustedKey("Ben", signing.public_key(BEN))


def trust(shop: Shop, name: str, key: str) -> TrustedKey:
    return shop.write(ORIGIN, lambda session: trust_key(session, name, key))


def known(shop: Shop) -> tuple[TrustedKey, ...]:
    with shop.reading() as session:
        return trusted_keys(session)


def test_a_site_trusts_nobody_at_first(shop: Shop) -> None:
    assert known(shop) == ()


def test_keys_are_trusted_by_name_until_they_are_distrusted(shop: Shop) -> None:
    assert trust(shop, "Ben", f"  {BENS.key}\n") == BENS
    assert trust(shop, "Ada", ADAS.key) == ADAS
    assert known(shop) == (ADAS, BENS)
    assert shop.write(ORIGIN, lambda session: distrust_key(session, "Ben")) == BENS
    assert known(shop) == (ADAS,)
    assert trust(shop, "Ben of the tool room", BENS.key).name == "Ben of the tool room"


def test_the_change_log_says_which_keys_were_trusted_before_and_after(shop: Shop) -> None:
    trust(shop, "Ada", ADAS.key)
    trust(shop, "Ben", BENS.key)
    with shop.reading() as session:
        last = session.scalars(select(Change).order_by(Change.id.desc())).first()
        assert last is not None
        assert last.before is not None
        assert last.after is not None
        assert last.before["value"] == {"Ada": ADAS.key}
        assert last.after["value"] == {"Ada": ADAS.key, "Ben": BENS.key}


def test_keys_that_are_trusted_at_the_same_time_are_all_kept(shop: Shop) -> None:
    keys = [signing.public_key(Ed25519PrivateKey.generate()) for _ in range(4)]
    trusted = in_threads(lambda turn: trust(shop, f"publisher {turn}", keys[turn]))
    assert [one.key for one in trusted] == keys
    assert sorted(one.key for one in known(shop)) == sorted(keys)


@pytest.mark.parametrize("name", ["", " ", " Ada", "Ada\n", "\x1b[2J", "\u202eadA", "a" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_shown_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(NameRefusedError):
        trust(shop, name, ADAS.key)
    assert known(shop) == ()


def test_neither_a_name_nor_a_key_is_trusted_twice(shop: Shop) -> None:
    trust(shop, "Ada", ADAS.key)
    with pytest.raises(NameTakenError, match="'Ada'"):
        trust(shop, "Ada", BENS.key)
    with pytest.raises(KeyTrustedError, match="'Ada'"):
        trust(shop, "Ben", ADAS.key)
    assert known(shop) == (ADAS,)


@pytest.mark.parametrize("key", ["", "AAAA", "not a key", "-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_key_is_not_trusted(shop: Shop, key: str) -> None:
    with pytest.raises(PublicKeyRefusedError):
        trust(shop, "Ada", key)
    assert known(shop) == ()


def test_only_a_trusted_key_can_be_distrusted(shop: Shop) -> None:
    trust(shop, "Ada", ADAS.key)
    with pytest.raises(TrustedKeyNotFoundError, match="'Ben'; there are Ada"):
        shop.write(ORIGIN, lambda session: distrust_key(session, "Ben"))


def test_the_verdict_names_the_publisher_the_fingerprint_or_nobody(tmp_path: Path) -> None:
    raw = pack(write_plugin(tmp_path))
    plain, adas = archive_of(raw), archive_of(sign(raw, ADA))
    assert verdict(adas, [BENS, ADAS]) == Trust("signed", "Ada")
    assert verdict(adas, [BENS]) == Trust("unknown key", signing.fingerprint(ADAS.key))
    assert verdict(plain, [ADAS, BENS]) == Trust("unsigned", "")
