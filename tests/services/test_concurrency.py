"""Many writers at once: nobody meets a deadlock, nothing is made twice, nothing is lost."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.domain.listing import Record
from shopdb.exceptions import PushRepeatedError
from shopdb.services import records as record_service
from shopdb.services.collect import Answer
from shopdb.store import changes, records
from shopdb.store.models import Asset, ChainHead, Push
from shopdb.store.schema import table_of
from tests.services.pushes import Pusher, contents, count

THREADS = 8


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what the works return, begun at the same moment each in a thread of its own; raise what one raises."""
    meet = Barrier(len(works), timeout=60)

    def begun(work: Callable[[], Any]) -> Any:
        meet.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(begun, work) for work in works]]


def payload(machine: int, *, turn: int = 0, **members: Any) -> dict[str, Any]:
    rows = [{"name": f"package {number}", "version": str(turn if number < 3 else 1)} for number in range(40)]
    return {
        "hostname": f"WS-{machine}",
        "serial_number": f"SERIAL-{machine:04}",
        "manufacturer": "Northfield",
        "model": f"Tower {machine % 3}",
        "software": rows,
        **members,
    }


@pytest.fixture
def push(shop: Shop) -> Pusher:
    return Pusher(shop)


def test_one_machine_that_is_seen_for_the_first_time_by_eight_at_once_is_one(shop: Shop, push: Pusher) -> None:
    for machine in range(3):
        told = [payload(machine, source=f"agent {number}") for number in range(THREADS)]
        answers: list[Answer] = at_once([partial(push, one) for one in told])
        assert len({answer.id for answer in answers}) == 1
        assert sorted(answer.outcome for answer in answers).count("created") == 1
    assert count(shop, "assets") == 3
    assert count(shop, "models") == 3
    assert count(shop, "vendors") == 1


def test_programs_that_tell_other_things_of_one_new_machine_make_it_once(shop: Shop, push: Pusher) -> None:
    card, uuid = "3c:52:82:10:20:30", "7d0c2a4e-5b1f-4c4e-9a58-2f1b6c3d8e90"
    told: list[dict[str, Any]] = [
        {"hostname": "WS-1", "serial_number": "5CG8841K", "macs": [card]},
        {"hostname": "WS-1", "macs": [card], "uuid": uuid},
        {"hostname": "ws-1.plant.example", "uuid": uuid, "macs": [card]},
        {"hostname": "WS-1", "macs": [card]},
    ]
    answers: list[Answer] = at_once([partial(push, one) for one in told * 2])
    assert count(shop, "assets") == 1
    assert {answer.id for answer in answers if answer.outcome != "held"} == {answers[0].id}


def test_eight_machines_push_again_and_again_without_a_deadlock(shop: Shop, push: Pusher) -> None:
    """The catalogue of software is common to all, and every turn adds versions to it."""

    def rounds(machine: int) -> list[str]:
        return [push(payload(machine, turn=turn)).outcome for turn in range(5)]

    outcomes = at_once([partial(rounds, machine) for machine in range(THREADS)])
    assert outcomes == [["created", *["updated"] * 4]] * THREADS
    assert count(shop, "assets") == THREADS
    assert count(shop, "applications") == 40
    assert count(shop, "application_versions") == 40 + 3 * 4


def test_one_machine_pushed_by_eight_at_once_ends_as_one_of_them_said(shop: Shop, push: Pusher) -> None:
    push(payload(1))
    at_once([partial(push, payload(1, turn=turn, source=f"agent {turn}")) for turn in range(THREADS)])
    table = shop.schema.tables["installed_software"]
    with shop.engine.connect() as connection:
        installed = connection.scalar(select(func.count()).select_from(table).where(table.c.removed_at.is_(None)))
    assert installed == 40
    assert count(shop, "assets") == 1


def test_one_key_is_taken_in_once_whoever_is_first(shop: Shop, push: Pusher) -> None:
    def once() -> str:
        try:
            return push(payload(1), key="k1").outcome
        except PushRepeatedError:
            return "repeated"

    outcomes = at_once([once] * THREADS)
    assert sorted(outcomes) == ["created", *["repeated"] * (THREADS - 1)]
    with shop.reading() as session:
        assert session.scalar(select(func.count()).select_from(Push)) == 1


def test_the_same_question_is_asked_once(shop: Shop, push: Pusher) -> None:
    push({"hostname": "WS-1", "serial_number": "5CG8841K"})
    answers: list[Answer] = at_once([partial(push, {"hostname": "WS-1"})] * THREADS)
    assert {answer.outcome for answer in answers} == {"held"}
    assert count(shop, "held_items") == 1


def test_numbers_that_nobody_chose_are_unique(shop: Shop) -> None:
    def make(**values: str) -> Record:
        values = {"name": "New", **values}
        return shop.write(SYSTEM, lambda session: record_service.create(session, shop.catalog["assets"], values))

    typed_id = make().id + 8  # the server counts on from whatever was made and taken back before
    typed = f"A-{typed_id:05}"
    make(asset_number=typed)
    made = [record for many in at_once([lambda: [make() for _ in range(5)]] * THREADS) for record in many]
    numbers = {record.id: record.values["asset_number"] for record in made}
    assert len(set(numbers.values())) == 5 * THREADS
    assert numbers == {one: f"{typed}-2" if one == typed_id else f"A-{one:05}" for one in numbers}


def test_no_change_of_eight_writers_to_one_record_is_lost(shop: Shop) -> None:
    assets = shop.catalog["assets"]
    fields = ("serial_number", "notes", "mapx", "mapy", "purchased_on", "warranty_until", "asset_number", "name")
    values = ("S-1", "long", "1.5", "2.5", "2026-01-01", "2027-01-01", "M-104", "Lathe")
    made = shop.write(SYSTEM, lambda session: record_service.create(session, assets, {"name": "New"}))

    def change(name: str, value: str) -> None:
        shop.write(SYSTEM, lambda session: record_service.change(session, assets, made.id, {name: value}))

    at_once([partial(change, name, value) for name, value in zip(fields, values, strict=True)])
    with shop.reading() as session:
        now = records.get(session, assets, made.id)
    assert tuple(str(now.values[name]).removesuffix("00") for name in fields) == values
    assert now.version == made.version + len(fields)


def test_the_chain_is_sealed_beside_eight_writers(shop: Shop, push: Pusher) -> None:
    def seal() -> int:
        return sum(shop.write(SYSTEM, changes.seal) for _ in range(5))

    at_once([*[partial(push, payload(machine)) for machine in range(6)], seal, seal])
    shop.write(SYSTEM, changes.seal)
    with shop.reading() as session:
        sealed = session.scalar(select(ChainHead.seal))
    assert sealed == len(contents(shop)["batches"])


def test_a_row_that_somebody_else_changed_meanwhile_is_read_again(shop: Shop) -> None:
    assets, tries = table_of(Asset), []
    made = shop.write(SYSTEM, lambda session: record_service.create(session, shop.catalog["assets"], {"name": "Lathe"}))

    def work(session: Any) -> None:
        row = session.connection().execute(select(assets).where(assets.c.id == made.id)).mappings().one()
        tries.append(row["version"])
        stale = row["version"] - 1 if len(tries) == 1 else row["version"]
        changes.update_row(session, assets, dict(row), {"name": "Mill"}, version=stale)

    shop.write(SYSTEM, work)
    assert len(tries) == 2
