import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM, Origin
from shopdb.exceptions import (
    NameRefusedError,
    NameTakenError,
    NetworkRefusedError,
    NotPermittedError,
    ScopeRefusedError,
    TokenRefusedError,
)
from shopdb.services import tokens
from shopdb.services.tokens import TokenFacts
from shopdb.store.models import ApiToken, Change
from shopdb.store.schema import table_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
COLLECTORS = ("computers", "printers")


def make(shop: Shop, name: str = "pc collector", scopes: Sequence[str] = ("read",), **more: Any) -> str:
    return shop.write(SYSTEM, lambda session: tokens.make_token(session, name, scopes, collectors=COLLECTORS, **more))


def check(shop: Shop, text: object, *, address: str = "192.0.2.1", now: datetime = NOW) -> TokenFacts:
    with shop.reading() as session:
        return tokens.check_token(session, text, address=address, now=now)


def test_a_token_is_known_again_by_its_text_alone(shop: Shop) -> None:
    text = make(shop, scopes=["collector:computers", "collector:printers"])
    assert re.fullmatch(r"shp_[0-9a-f]{8}_[0-9a-f]{48}", text)
    facts = check(shop, text)
    assert facts.name == "pc collector"
    assert facts.scopes == {"collector:computers", "collector:printers"}


def test_the_text_of_a_token_is_kept_nowhere(shop: Shop) -> None:
    secret = make(shop).rpartition("_")[2]
    with shop.reading() as session:
        kept = session.execute(select(table_of(ApiToken))).one()
        logged = session.scalars(select(Change.after).where(Change.table == "api_tokens")).one()
    assert secret not in repr(kept)
    assert "digest" not in logged
    assert len(kept.digest) == 32


@pytest.mark.parametrize(
    "text", ["", "shp_", "shp_00000000_" + "0" * 48, 0, None, b"shp_", "shp_\ud800", "x" * 100_000]
)
def test_what_is_no_token_is_refused(shop: Shop, text: object) -> None:
    make(shop)
    with pytest.raises(TokenRefusedError, match="is unknown"):
        check(shop, text)


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda text: f"{text} ", lambda text: text[:-1] + "x", lambda text: text + "0"]
)
def test_a_token_with_one_wrong_character_is_refused(shop: Shop, spoil: Any) -> None:
    text = make(shop)
    with pytest.raises(TokenRefusedError, match="is unknown"):
        check(shop, spoil(text))


def test_an_expired_token_is_refused_from_that_moment(shop: Shop) -> None:
    text = make(shop, expires_at=NOW)
    assert check(shop, text, now=NOW - timedelta(microseconds=1)).name == "pc collector"
    with pytest.raises(TokenRefusedError, match="expired at 2026-11-23 08:00 UTC"):
        check(shop, text)


def test_a_token_that_is_switched_off_is_refused(shop: Shop) -> None:
    text = make(shop)
    with shop.engine.begin() as connection:
        connection.execute(update(table_of(ApiToken)).values(enabled=False))
    with pytest.raises(TokenRefusedError, match="switched off"):
        check(shop, text)


@pytest.mark.parametrize("address", ["10.20.3.4", "::ffff:10.20.3.4", "2001:db8::5"])
def test_a_token_works_from_its_networks(shop: Shop, address: str) -> None:
    text = make(shop, networks=["10.20.0.0/16", "2001:db8::/32"])
    assert check(shop, text, address=address).name == "pc collector"


@pytest.mark.parametrize("address", ["10.21.3.4", "", "unix", "2001:db9::5"])
def test_a_token_works_from_nowhere_else(shop: Shop, address: str) -> None:
    text = make(shop, networks=["10.20.0.0/16", "2001:db8::/32"])
    with pytest.raises(TokenRefusedError, match="may not be used"):
        check(shop, text, address=address)


@pytest.mark.parametrize(
    ("scope", "may", "may_not"),
    [
        ("read", ["printers.view"], ["printers.change", "collector.printers", "admin"]),
        ("write", ["printers.view", "printers.change"], ["collector.printers", "admin", "plugins.install"]),
        ("admin", ["printers.change", "collector.printers", "admin", "plugins.install"], []),
        ("collector:printers", ["collector.printers"], ["collector.computers", "printers.view", "printers.change"]),
    ],
)
def test_a_scope_opens_this_and_not_that(shop: Shop, scope: str, may: list[str], may_not: list[str]) -> None:
    origin = check(shop, make(shop, scopes=[scope])).origin("rest")
    assert [permission for permission in (*may, *may_not) if origin.may(permission)] == may


def test_the_use_of_a_token_is_written_down_once_a_minute(shop: Shop) -> None:
    text = make(shop)
    facts = check(shop, text)
    assert facts.use_is_news
    shop.write(SYSTEM, lambda session: tokens.note_use(session, facts.id, NOW))
    assert not check(shop, text, now=NOW + timedelta(seconds=59)).use_is_news
    assert check(shop, text, now=NOW + timedelta(seconds=61)).use_is_news
    with shop.reading() as session:
        assert session.scalar(select(ApiToken.last_used)) == NOW
        assert session.scalars(select(Change.action).where(Change.table == "api_tokens")).all() == ["create"]


def test_a_second_token_of_the_same_name_is_refused(shop: Shop) -> None:
    make(shop)
    with pytest.raises(NameTakenError, match="PC collector"):
        make(shop, "PC collector")


@pytest.mark.parametrize("scopes", [[], ["root"], ["collector:"], ["collector:toasters"], ["read", "*"], ["Read"]])
def test_a_scope_that_there_is_not_is_refused(shop: Shop, scopes: list[str]) -> None:
    with pytest.raises(ScopeRefusedError, match="collector:printers"):
        make(shop, scopes=scopes)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31m", "x" * 121])
def test_a_name_that_could_not_be_shown_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(NameRefusedError):
        make(shop, name)


def test_a_text_that_is_no_network_is_refused(shop: Shop) -> None:
    with pytest.raises(NetworkRefusedError):
        make(shop, networks=["the office"])


def test_who_may_change_every_record_may_still_not_make_tokens(shop: Shop) -> None:
    technician = Origin("Ada", "rest", permissions=frozenset({"*.view", "*.change"}))
    with pytest.raises(NotPermittedError):
        shop.write(technician, lambda session: tokens.make_token(session, "x", ["admin"], collectors=COLLECTORS))
