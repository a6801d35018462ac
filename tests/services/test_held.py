"""The review queue: a decision is asked for once, remembered, and what waited is taken in."""

from typing import Any

import pytest
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.exceptions import (
    AlreadyResolvedError,
    DecisionRefusedError,
    NotPermittedError,
    PluginNotFoundError,
    RecordNotFoundError,
)
from shopdb.services import held
from shopdb.services.collect import Answer
from shopdb.services.held import Decision
from shopdb.store.models import HeldItem
from tests.services.pushes import Pusher, count, moment, record, shared

ADA = Origin("Ada", "terminal", user_id=1, permissions=frozenset({"*.view", "*.change"}))
UUID = "7d0c2a4e-5b1f-4c4e-9a58-2f1b6c3d8e90"
PC: dict[str, Any] = {"hostname": "WS-1", "serial_number": "5CG8841K", "uuid": UUID, "source": "test"}


@pytest.fixture
def push(shop: Shop) -> Pusher:
    return Pusher(shop)


def decide(shop: Shop, answer: Answer, decision: Decision, asset_id: int | None = None) -> list[Answer]:
    schemas = shop.plugins.collector_schemas
    return shop.write(
        ADA, lambda session: held.decide(session, schemas, answer.held_id or 0, decision, asset_id=asset_id)
    )


def replay(shop: Shop, answer: Answer) -> Answer:
    schemas = shop.plugins.collector_schemas
    return shop.write(ADA, lambda session: held.replay(session, schemas, answer.held_id or 0))


def waiting(shop: Shop) -> list[str]:
    with shop.reading() as session:
        return list(session.scalars(select(HeldItem.reason).where(HeldItem.resolution.is_(None))))


def test_the_same_is_linked_now_and_ever_after(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    doubtful = push(PC, serial_number="NEWBOARD1", os_name="Debian")
    assert doubtful.outcome == "held"
    (answer,) = decide(shop, doubtful, "same")
    assert (answer.outcome, answer.id) == ("updated", first.id)
    assert record(shop, "computers", first.id)["os_name"] == "Debian"
    assert push(PC, serial_number="NEWBOARD1", cpu="x").id == first.id
    assert push({"hostname": "WS-9", "serial_number": "NEWBOARD1"}).id == first.id, "its new serial links by itself"
    assert waiting(shop) == []


def test_a_name_that_is_the_same_once_is_the_same_again(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    doubtful = push({"hostname": "WS-1"}, cpu="a")
    decide(shop, doubtful, "same")
    again = push({"hostname": "WS-1"}, cpu="b", source="another program")
    assert (again.outcome, again.id) == ("updated", first.id)


def test_another_machine_is_created_and_the_pair_is_never_asked_about_again(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    clone = {"hostname": "WS-2", "serial_number": "5CG0000L", "uuid": UUID, "source": "test"}
    doubtful = push(clone)
    assert doubtful.outcome == "held"
    (answer,) = decide(shop, doubtful, "different")
    assert (answer.outcome, answer.id != first.id) == ("created", True)
    assert len(shared(shop)) == 1, "the uuid that two machines report links no more"
    assert push(clone, cpu="x").id == answer.id
    assert push(PC, cpu="y").id == first.id
    assert push({"hostname": "WS-3", "uuid": UUID}).id not in (first.id, answer.id)
    assert waiting(shop) == []


def test_what_is_ignored_is_heard_of_no_more(shop: Shop, push: Pusher) -> None:
    push(PC)
    doubtful = push({"hostname": "WS-1"})
    assert decide(shop, doubtful, "ignore") == []
    again = push({"hostname": "WS-1"}, cpu="x")
    assert (again.outcome, again.reasons) == ("unchanged", ("Ada decided to ignore this device",))
    assert waiting(shop) == []
    assert count(shop, "computers") == 1


def test_one_decision_answers_all_that_ask_the_same(shop: Shop, push: Pusher) -> None:
    first = push(PC, observed_at=moment(1))
    one = push({"hostname": "WS-1"}, source="one", cpu="a", observed_at=moment(2))
    two = push({"hostname": "WS-1"}, source="two", domain="plant.example", observed_at=moment(3))
    assert one.held_id != two.held_id
    answers = decide(shop, one, "same")
    assert [(answer.outcome, answer.id) for answer in answers] == [("updated", first.id)] * 2
    values = record(shop, "computers", first.id)
    assert (values["cpu"], values["domain"]) == ("a", "plant.example")
    assert waiting(shop) == []


def test_a_partial_push_that_waits_does_not_replace_a_full_one(shop: Shop, push: Pusher) -> None:
    push(PC, observed_at=moment(1))
    full = push({"hostname": "WS-1"}, cpu="a", observed_at=moment(2))
    partial = push({"hostname": "WS-1"}, partial=True, domain="plant.example", observed_at=moment(3))
    assert full.held_id != partial.held_id
    answers = decide(shop, partial, "same")
    assert len(answers) == 2
    values = record(shop, "computers", answers[0].id)
    assert (values["cpu"], values["domain"]) == ("a", "plant.example")


def test_which_of_two_it_is_has_to_be_said(shop: Shop, push: Pusher) -> None:
    push({"hostname": "WS-1", "macs": ["3c:52:82:10:20:30"]})
    second = push({"hostname": "WS-2", "macs": ["3c:52:82:10:20:31"]})
    doubtful = push({"hostname": "WS-3", "macs": ["3c:52:82:10:20:30", "3c:52:82:10:20:31"]})
    with pytest.raises(DecisionRefusedError, match="could be any of 2 assets"):
        decide(shop, doubtful, "same")
    (answer,) = decide(shop, doubtful, "same", second.id)
    assert answer.id == second.id


def test_it_can_be_one_that_nobody_thought_of(shop: Shop, push: Pusher) -> None:
    push({"hostname": "WS-1", "macs": ["3c:52:82:10:20:30"]})
    other = push({"hostname": "WS-7", "serial_number": "5CG0000L"})
    doubtful = push({"hostname": "WS-1"}, cpu="x")
    (answer,) = decide(shop, doubtful, "same", other.id)
    assert answer.id == other.id
    with pytest.raises(RecordNotFoundError):
        decide(shop, push({"hostname": "WS-7"}), "same", 10**9)


def test_a_decision_is_made_once(shop: Shop, push: Pusher) -> None:
    push(PC)
    doubtful = push({"hostname": "WS-1"})
    decide(shop, doubtful, "same")
    with pytest.raises(AlreadyResolvedError, match="same, by Ada"):
        decide(shop, doubtful, "different")


def test_a_refused_push_is_no_question_of_identity(shop: Shop, push: Pusher) -> None:
    refused = push({"hostname": 5})
    with pytest.raises(DecisionRefusedError, match="replay or ignore it"):
        decide(shop, refused, "same")
    assert decide(shop, refused, "ignore") == []
    assert waiting(shop) == []
    assert push(PC).outcome == "created", "the device itself is not ignored"


def test_a_refused_push_is_taken_in_after_the_cause_is_mended(shop: Shop, push: Pusher) -> None:
    schema = shop.plugins.collector_schemas["computers"]
    loosened = {**schema.document, "properties": {**schema.document["properties"], "memory_mb": {}}}
    refused = push(PC, memory_mb="8192")
    assert replay(shop, refused) == refused, "nothing was mended yet"
    assert waiting(shop) == ["it does not fit the schema"]
    schemas = {"computers": type(schema)(**{**_members(schema), "document": loosened})}
    answer = shop.write(ADA, lambda session: held.replay(session, schemas, refused.held_id or 0))
    assert answer.outcome == "created"
    assert record(shop, "computers", answer.id)["memory_mb"] == 8192
    assert waiting(shop) == []


def _members(schema: Any) -> dict[str, Any]:
    return {name: getattr(schema, name) for name in type(schema).__dataclass_fields__}


def test_a_held_push_overtaken_by_a_newer_one_changes_nothing(shop: Shop, push: Pusher) -> None:
    push(PC, observed_at=moment(1))
    late = push({"hostname": "WS-1"}, cpu="old", source="test", observed_at=moment(2))
    push(PC, cpu="new", observed_at=moment(3))
    (answer,) = decide(shop, late, "same")
    assert answer.outcome == "unchanged"
    assert record(shop, "computers", answer.id)["cpu"] == "new"


def test_a_push_of_a_plugin_that_is_off_waits_for_it(shop: Shop, push: Pusher) -> None:
    refused = push({"hostname": 5})
    with pytest.raises(PluginNotFoundError):
        shop.write(ADA, lambda session: held.replay(session, {}, refused.held_id or 0))
    assert len(waiting(shop)) == 1


def test_deciding_needs_the_permission(shop: Shop, push: Pusher) -> None:
    refused = push({"hostname": 5})
    viewer = Origin("Eve", "rest", permissions=frozenset({"*.view"}))
    schemas = shop.plugins.collector_schemas
    for work in (
        lambda session: held.decide(session, schemas, refused.held_id or 0, "ignore"),
        lambda session: held.replay(session, schemas, refused.held_id or 0),
    ):
        with pytest.raises(NotPermittedError):
            shop.write(viewer, work)


def test_what_waits_can_be_read_whole(shop: Shop, push: Pusher) -> None:
    refused = push({"hostname": 5, "note": "\x1b[31m\0"})
    with shop.reading() as session:
        assert held.payload_of(session, refused.held_id or 0) == {"hostname": 5, "note": "\x1b[31m\0"}
