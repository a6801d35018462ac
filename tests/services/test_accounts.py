from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM, Origin
from shopdb.exceptions import (
    AccountGoneError,
    NameRefusedError,
    NameTakenError,
    NotPermittedError,
    PasswordRefusedError,
    SignInBusyError,
    SignInSlowedError,
    UnknownRoleError,
)
from shopdb.services import accounts, passwords
from shopdb.services.accounts import Account
from shopdb.store.models import Batch, Change, User
from shopdb.store.schema import table_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse"


@pytest.fixture
def ada(shop: Shop) -> int:
    return shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "technician", PASSWORD))


def sign_in(shop: Shop, name: str, password: str, *, address: str = "", now: datetime = NOW) -> Account | None:
    with shop.reading() as session:
        attempt = accounts.attempt(session, name, password, address=address, now=now)
    return shop.write(accounts.signing_in("rest"), lambda session: accounts.sign_in(session, attempt))


def fail(times: int, try_once: Callable[[], Account | None]) -> None:
    for _ in range(times):
        assert try_once() is None


def test_the_right_password_opens_the_account_with_its_role(shop: Shop, ada: int) -> None:
    expected = Account(ada, "Ada", "technician", frozenset({"*.view", "*.change"}))
    assert sign_in(shop, "ada ", PASSWORD) == expected
    with shop.reading() as session:
        assert session.scalar(select(User.last_login)) == NOW


def test_a_password_counts_in_one_spelling_however_the_keyboard_composes_it(shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Jörg", "viewer", "schl\u00fcssel-7"))
    assert sign_in(shop, "Jo\u0308rg", "schlu\u0308ssel-7") is not None


@pytest.mark.parametrize("name", ["Ada", "Nobody", "", "Ada\x00", "\ud800", "x" * 500])
def test_a_wrong_name_or_password_opens_nothing(shop: Shop, ada: int, name: str) -> None:
    assert sign_in(shop, name, "wrong password") is None


def test_a_user_who_is_switched_off_is_nobody(shop: Shop, ada: int) -> None:
    with shop.engine.begin() as connection:
        connection.execute(update(table_of(User)).values(enabled=False))
    assert sign_in(shop, "Ada", PASSWORD) is None
    with shop.reading() as session:
        assert accounts.permissions_of(session, ada) == frozenset()
        with pytest.raises(AccountGoneError):
            accounts.origin_for_user(session, ada, "rest")


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    shop: Shop, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            costs.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    sign_in(shop, "Ada", "wrong password")
    sign_in(shop, "somebody else", "wrong password")
    assert costs == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


@pytest.mark.parametrize("name", ["Ada", "never heard of on {}"])
def test_repeated_failures_slow_a_name_down_whether_or_not_somebody_has_it(
    shop: Shop, ada: int, name: str, engine_kind: str
) -> None:
    tried = name.format(engine_kind)
    fail(accounts.FREE_FOR_NAME, lambda: sign_in(shop, tried, "wrong password"))
    assert sign_in(shop, tried, "wrong password") is None
    with pytest.raises(SignInSlowedError) as slowed:
        sign_in(shop, tried, PASSWORD)
    assert slowed.value.seconds == 1
    assert sign_in(shop, tried, "wrong password", now=NOW + timedelta(seconds=1)) is None
    with pytest.raises(SignInSlowedError) as slowed:
        sign_in(shop, tried, PASSWORD, now=NOW + timedelta(seconds=1))
    assert slowed.value.seconds == 2


def test_the_right_password_after_the_pause_forgets_the_failures(shop: Shop, ada: int) -> None:
    fail(accounts.FREE_FOR_NAME + 1, lambda: sign_in(shop, "Ada", "wrong password"))
    later = NOW + timedelta(seconds=5)
    assert sign_in(shop, "Ada", PASSWORD, now=later) is not None
    fail(accounts.FREE_FOR_NAME, lambda: sign_in(shop, "Ada", "wrong password", now=later))
    assert sign_in(shop, "Ada", PASSWORD, now=later) is not None


@pytest.mark.parametrize(
    ("addresses", "kind"),
    [(["192.0.2.7"] * 2, "v4"), (["2001:db8:1:2::7", "2001:db8:1:2:ffff::8"], "v6"), (["::ffff:198.51.100.9"], "m")],
)
def test_one_address_that_tries_many_names_is_slowed_down(
    shop: Shop, addresses: list[str], kind: str, engine_kind: str
) -> None:
    today = NOW + timedelta(days=1 if engine_kind == "sqlite" else 2)
    for number in range(accounts.FREE_FOR_ADDRESS + 1):
        sign_in(shop, f"{kind}{number}", "wrong password", address=addresses[0], now=today)
    with pytest.raises(SignInSlowedError):
        sign_in(shop, "yet another", PASSWORD, address=addresses[-1], now=today)
    assert sign_in(shop, "yet another", PASSWORD, address="203.0.113.1", now=today) is None


def test_many_tries_at_one_moment_gain_nothing(shop: Shop, ada: int) -> None:
    with shop.reading() as session:
        wrong = accounts.attempt(session, "Ada", "wrong password", address="", now=NOW)
        right = accounts.attempt(session, "Ada", PASSWORD, address="", now=NOW)
    for _ in range(accounts.FREE_FOR_NAME + 1):
        shop.write(SYSTEM, lambda session: accounts.sign_in(session, wrong))
    assert shop.write(SYSTEM, lambda session: accounts.sign_in(session, right)) is None


def test_sign_ins_are_in_the_change_log_without_the_password(shop: Shop, ada: int) -> None:
    sign_in(shop, "Ada", "wrong password", address="192.0.2.99")
    sign_in(shop, "Ada", PASSWORD, address="192.0.2.99")
    with shop.reading() as session:
        told = session.execute(
            select(Change.action, Change.subject_table, Change.subject_id, Change.after, Batch.door)
            .join(Batch, Batch.id == Change.batch_id)
            .where(Change.action.in_(("sign-in", "sign-in refused")))
            .order_by(Change.id)
        ).all()
    facts = {"name": "Ada", "address": "192.0.2.99"}
    assert [tuple(one) for one in told] == [
        ("sign-in refused", "users", ada, facts, "rest"),
        ("sign-in", "users", ada, facts, "rest"),
    ]


def test_no_more_than_two_passwords_are_hashed_at_once() -> None:
    running, most = [0], [0]
    meet = Barrier(2, timeout=60)

    class Slow:
        def hash(self, password: bytes) -> str:
            running[0] += 1
            most[0] = max(most[0], running[0])
            meet.wait()
            running[0] -= 1
            return "hash"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", Slow())
        threads = [Thread(target=passwords.hashed, args=(PASSWORD,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert most[0] == passwords.AT_ONCE


def test_who_waits_too_long_for_a_place_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    with passwords._place(), passwords._place(), pytest.raises(SignInBusyError):  # noqa: SLF001
        passwords.matches(None, PASSWORD)


def test_a_name_is_given_once_in_any_case(shop: Shop, ada: int) -> None:
    with pytest.raises(NameTakenError):
        shop.write(SYSTEM, lambda session: accounts.add_user(session, " ADA", "viewer", PASSWORD))


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2Jb", "a\u202eb", "x" * 81])
def test_a_name_that_could_not_be_shown_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(NameRefusedError):
        shop.write(SYSTEM, lambda session: accounts.add_user(session, name, "viewer", PASSWORD))


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_that_is_too_short_or_long_is_refused(shop: Shop, password: str) -> None:
    with pytest.raises(PasswordRefusedError):
        shop.write(SYSTEM, lambda session: accounts.add_user(session, "Eve", "viewer", password))


def test_an_unknown_role_is_refused_with_those_that_there_are(shop: Shop) -> None:
    with pytest.raises(UnknownRoleError, match="admin, technician, viewer"):
        shop.write(SYSTEM, lambda session: accounts.add_user(session, "Eve", "root", PASSWORD))


def test_who_may_change_every_record_may_still_not_make_users(shop: Shop, ada: int) -> None:
    with shop.reading() as session:
        technician = accounts.origin_for_user(session, ada, "rest")
    with pytest.raises(NotPermittedError):
        shop.write(technician, lambda session: accounts.add_user(session, "Eve", "admin", PASSWORD))
    with shop.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_a_new_password_replaces_the_old_one(shop: Shop, ada: int) -> None:
    fail(accounts.FREE_FOR_NAME + 1, lambda: sign_in(shop, "Ada", "wrong password"))
    shop.write(SYSTEM, lambda session: accounts.set_password(session, ada, "another horse"))
    assert sign_in(shop, "Ada", "another horse") is not None
    assert sign_in(shop, "Ada", PASSWORD) is None


def test_the_origin_of_a_user_says_who_and_what_may_be_done(shop: Shop, ada: int) -> None:
    with shop.reading() as session:
        origin = accounts.origin_for_user(session, ada, "terminal")
    assert origin == Origin("Ada", "terminal", user_id=ada, permissions=frozenset({"*.view", "*.change"}))
