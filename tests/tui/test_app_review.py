from typing import Any

import pytest

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.listing import ListQuery
from shopdb.services import held
from shopdb.services.collect import Answer, Intake, Sent, receive
from shopdb.store import records as stored
from shopdb.store.base import utc_now
from shopdb.store.models import HeldItem
from shopdb.tui.screens.review import ReviewScreen
from tests.tui.host import Host, shown

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"])

COLLECTOR = Origin("laptop-agent", "collector")


def push(shop: Shop, **payload: Any) -> Answer:
    sent = Sent(body_digest=repr(payload).encode().ljust(32)[:32], received_at=utc_now())
    intake = Intake(shop.plugins.collector_schemas["computers"])
    body = {"source": "test", **payload}
    return shop.write(COLLECTOR, lambda session: receive(session, intake, body, sent))


@pytest.fixture
def in_doubt(shop: Shop) -> Answer:
    """A push of a computer whose name is known, but of another serial number."""
    first = push(shop, hostname="WS-1", serial_number="ABC12345")
    assert first.outcome == "created"
    doubtful = push(shop, hostname="WS-1")
    assert doubtful.outcome == "held"
    return doubtful


def queue(shop: Shop) -> Any:
    return lambda desk: ReviewScreen(desk, shop.plugins.collector_schemas)


def resolution(shop: Shop, held_id: int) -> str | None:
    with shop.reading() as session:
        return session.get_one(HeldItem, held_id).resolution


def computers(shop: Shop) -> int:
    with shop.reading() as session:
        return stored.count(session, shop.catalog["computers"], ListQuery())


async def test_an_empty_queue_says_so_and_offers_no_decision(shop: Shop) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)) as keys:
        assert "Nothing waits for a person." in host.text
        assert "Different" not in host.text
        await keys.press("s", "d", "i", "r")
        assert host.told == []


async def test_a_push_stands_beside_the_records_that_it_may_be_about(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)):
        assert "1 waiting" in host.text
        assert in_doubt.reasons[0][:40] in host.text
        assert "> 1 WS-1" in host.line("this push")
        assert "abc12345" in host.line("Serial number")
        assert "= " in host.line("Name  ")
        assert "s Same as >" in host.text


async def test_the_same_device_is_taken_in_and_can_be_undone(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)) as keys:
        await keys.press("s")
        assert host.told[0].startswith(f"Held push {in_doubt.held_id}: same as WS-1")
        assert "Nothing waits" in host.text
        assert computers(shop) == 1
        host.undo_last()
        await keys.press("f5")
        assert "1 waiting" in host.text
    assert resolution(shop, in_doubt.held_id or 0) is None


async def test_a_device_of_its_own_becomes_a_record(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)) as keys:
        await keys.press("d")
        assert "1 created" in host.told[0]
    assert computers(shop) == 2


async def test_an_ignored_push_is_not_heard_of_again(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)) as keys:
        await keys.press("i")
        assert "Nothing waits" in host.text
    assert resolution(shop, in_doubt.held_id or 0) == "ignore"
    assert push(shop, hostname="WS-1", cpu="i7").outcome != "held"


async def test_what_somebody_else_decided_first_is_said_and_gone(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop)
    async with shown(host, queue(shop)) as keys:
        with shop.writing(Origin("ben", "terminal")) as session:
            held.decide(session, shop.plugins.collector_schemas, in_doubt.held_id or 0, "ignore")
        await keys.press("s")
        assert "ben" in host.told[-1]
        assert "Nothing waits" in host.text


async def test_who_may_not_decide_may_look(shop: Shop, in_doubt: Answer) -> None:
    host = Host(shop, permissions=frozenset({"*.view"}))
    async with shown(host, queue(shop)) as keys:
        assert "Same as" not in host.text
        await keys.press("s", "i")
    assert resolution(shop, in_doubt.held_id or 0) is None


async def test_hostile_evidence_is_harmless(shop: Shop) -> None:
    push(shop, hostname="WS-1", serial_number="ABC12345")
    answer = push(shop, hostname="WS-1", agent_id="[@click=app.quit]\x1b[2J")
    host = Host(shop)
    async with shown(host, queue(shop)):
        if answer.outcome == "held":
            assert "[@click=app.quit]" in host.text
        assert "\x1b" not in host.text
