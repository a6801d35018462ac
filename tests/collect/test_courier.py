import subprocess
import sys
import threading
import time

import pytest

from shopdb.collect.answers import Fate
from shopdb.collect.courier import Courier, Patience, Server
from shopdb.collect.spool import Spool, SpooledPush
from shopdb.exceptions import CollectorTokenError, ServerAddressError
from tests.collect.conftest import TOKEN, Answer, ShopServer


@pytest.fixture
def push(spool: Spool) -> SpooledPush:
    return spool.add(b'{"hostname": "lathe-7"}', plugin="computers", subject="agent-1", full=True)


@pytest.fixture
def courier(shop_server: ShopServer, quick_patience: Patience) -> Courier:
    return Courier(Server.at(shop_server.url), TOKEN, quick_patience)


def test_a_push_arrives_compressed_with_token_and_key(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    verdict = courier.deliver(push, told.append)

    assert (verdict.fate, verdict.outcome, verdict.record_id) == (Fate.TAKEN, "created", 12)
    (request,) = shop_server.received
    assert request.path == "/api/collector/computers"
    assert request.payload == {"hostname": "lathe-7"}
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Encoding"] == "gzip"
    assert request.headers["Idempotency-Key"] == push.label.key
    assert told == []


def test_a_server_in_trouble_is_asked_again_and_the_person_told_once(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    shop_server.answers.extend([Answer(500), Answer(503), Answer(502)])

    assert courier.deliver(push, told.append).fate is Fate.TAKEN
    assert len(shop_server.received) == 4
    assert set(shop_server.keys) == {push.label.key}
    assert len(told) == 1


def test_a_push_whose_answer_was_lost_goes_out_again_under_its_key_byte_for_byte(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    shop_server.answers.extend([Answer(hangs_up=True), Answer(cut_at=10)])

    assert courier.deliver(push, told.append).fate is Fate.TAKEN
    assert shop_server.keys == [push.label.key] * 3
    assert len({request.raw for request in shop_server.received}) == 1


def test_a_push_in_doubt_keeps_its_key_though_the_process_is_killed(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, spool: Spool, told: list[str]
) -> None:
    never = threading.Event()
    shop_server.answers.append(Answer(waits_for=never))
    sender = subprocess.Popen([sys.executable, "-c", SENDER, shop_server.url, str(spool.folder)])
    try:
        assert shop_server.arrived.acquire(timeout=60)
    finally:
        sender.kill()
        sender.wait()
        never.set()

    (waiting,) = Spool(spool.folder).waiting()
    assert courier.deliver(waiting, told.append).fate is Fate.TAKEN
    assert shop_server.keys == [push.label.key] * 2


SENDER = """
import sys
from pathlib import Path
from shopdb.collect.courier import Courier, Patience, Server
from shopdb.collect.spool import Spool

spool = Spool(Path(sys.argv[2]))
(push,) = spool.waiting()
Courier(Server.at(sys.argv[1]), "token", Patience()).deliver(push, print)
spool.done(push)
"""


def test_a_server_that_is_not_there_ends_the_run_when_patience_does(
    dead_url: str, push: SpooledPush, told: list[str]
) -> None:
    courier = Courier(Server.at(dead_url), TOKEN, Patience(total=0.3, first=0.01, longest=0.05))
    started = time.monotonic()

    verdict = courier.deliver(push, told.append)

    assert verdict.fate is Fate.RETRY
    assert "refused" in verdict.reasons[0]
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_a_person_must_mend_is_not_tried_again(
    status: int, shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    shop_server.answers.append(Answer(status, {"error": {"code": "x", "message": "no"}}))

    assert courier.deliver(push, told.append).fate is Fate.KEPT
    assert len(shop_server.received) == 1


def test_retry_after_is_waited_for(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    shop_server.answers.append(Answer(429, {}, {"Retry-After": "1"}))
    started = time.monotonic()

    assert courier.deliver(push, told.append).fate is Fate.TAKEN
    assert time.monotonic() - started >= 1


def test_a_retry_after_beyond_patience_ends_the_run_at_once(
    shop_server: ShopServer, push: SpooledPush, told: list[str]
) -> None:
    courier = Courier(Server.at(shop_server.url), TOKEN, Patience(total=3000))
    shop_server.answers.append(Answer(429, {}, {"Retry-After": "3600"}))

    # Whoever waits for the end of such a patience does not see the end of this test.
    assert courier.deliver(push, told.append).fate is Fate.RETRY
    assert len(shop_server.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_is_not_carried_along_a_redirect(
    status: int, shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    elsewhere = ShopServer()
    try:
        shop_server.answers.append(Answer(status, {}, {"Location": f"{elsewhere.url}/api/collector/computers"}))

        verdict = courier.deliver(push, told.append)

        assert verdict.fate is Fate.KEPT
        assert elsewhere.url in verdict.reasons[0]
        assert elsewhere.received == []
    finally:
        elsewhere.close()


def test_an_answer_without_end_is_not_read_to_its_end(
    shop_server: ShopServer, courier: Courier, push: SpooledPush, told: list[str]
) -> None:
    shop_server.answers.append(Answer(200, b" " * 20_000_000))

    assert courier.deliver(push, told.append).fate is Fate.KEPT


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("https://shop.example/", "https://shop.example"),
        ("https://intra.example/shop/", "https://intra.example/shop"),
        ("http://[::1]:8420", "http://[::1]:8420"),
        (" http://lathe_7.shop:80 ", "http://lathe_7.shop:80"),
    ],
)
def test_an_address_is_read_without_what_it_does_not_need(url: str, address: str) -> None:
    assert Server.at(url).address == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example:8420",
        "ftp://shop.example",
        "http://",
        "http://shop.example:port",
        "http://shop.example:99999",
        "http://shop.example:0",
        "http://a b/",
        "http://shop.example?token=x",
        "http://shop.example/#x",
        "http://shop.example/a b",
        "http://shop.example/\r\nX: y",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ServerAddressError):
        Server.at(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ServerAddressError) as refusal:
        Server.at("http://collector:hunter2@shop.example")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "tells"),
    [
        ("http://127.0.0.1:8420", False),
        ("http://127.8.0.1", False),
        ("http://localhost", False),
        ("http://[::1]", False),
        ("https://shop.example", False),
        ("http://shop.example", True),
        ("http://192.0.2.7", True),
        ("http://localhost.example", True),
    ],
)
def test_plain_http_to_another_host_tells_the_token_to_everybody(url: str, tells: bool) -> None:
    assert Server.at(url).exposes_token is tells


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "töken"])
def test_a_token_that_cannot_be_one_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(CollectorTokenError) as refusal:
        Courier(Server("http://127.0.0.1"), token, Patience())
    assert not token or token not in str(refusal.value)


def test_pauses_grow_to_their_limit_and_vary() -> None:
    pauses = Patience(first=1, longest=15).pauses()
    series = [next(pauses) for _ in range(10)]

    assert 0.5 <= series[0] <= 1
    assert all(7.5 <= pause <= 15 for pause in series[4:])
    assert len(set(series)) == len(series)
