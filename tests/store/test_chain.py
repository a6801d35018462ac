"""The chain of hashes: what was changed behind the log's back is found, whoever seals."""

from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.store import chain
from shopdb.store.base import utc_now
from shopdb.store.models import Batch, ChainHead, Change, Vendor
from shopdb.store.schema import table_of
from tests.gauges import ADA, change, create, remove
from tests.threads import in_threads


@pytest.fixture
def sealed(gauge_shop: Shop) -> Shop:
    """A shop with some sealed batches, of every action, and two that are not sealed."""
    vendors = [create(gauge_shop, "vendors", name=f"Vendor {number}", notes="🙂 é") for number in range(6)]
    change(gauge_shop, vendors[0], name="Other")
    remove(gauge_shop, vendors[1])
    while gauge_shop.write(SYSTEM, chain.seal):
        pass
    create(gauge_shop, "vendors", name="After")
    create(gauge_shop, "vendors", name="After that")
    return gauge_shop


def broken_at(shop: Shop) -> int | None:
    with shop.reading() as session:
        return chain.broken_at(session)


def seals(shop: Shop) -> list[int | None]:
    with shop.reading() as session:
        return list(session.scalars(select(Batch.seal).order_by(Batch.id)))


def test_a_whole_chain_is_whole_and_numbered_without_a_gap(sealed: Shop) -> None:
    assert broken_at(sealed) is None
    numbers = seals(sealed)
    assert numbers == [*range(1, len(numbers) - 1), None, None]
    assert sealed.write(SYSTEM, chain.seal) == 2
    assert sealed.write(SYSTEM, chain.seal) == 0
    assert broken_at(sealed) is None


def test_sealing_is_no_change(sealed: Shop) -> None:
    with sealed.reading() as session:
        before = session.scalar(select(func.count()).select_from(Change))
    sealed.write(SYSTEM, chain.seal)
    with sealed.reading() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == before


TAMPERINGS: dict[str, Any] = {
    "a value that was logged": update(Change).values(after={"id": 1, "name": "Forged"}),
    "a value that was there before": update(Change).values(before={"id": 1}),
    "who did it": update(Batch).values(actor="nobody"),
    "when": update(Batch).values(made_at=utc_now()),
    "what it undid": update(Batch).values(undoes_id=1),
    "how much it was": update(Batch).values(size=9),
    "an entry that is gone": delete(Change),
    "an entry to another record": update(Change).values(subject_id=999),
    "its hash": update(Batch).values(chain_hash=bytes(32)),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_was_tampered_with_is_found_where_it_is(sealed: Shop, tampering: str) -> None:
    with sealed.reading() as session:
        batch_id, number = session.execute(
            select(Batch.id, Batch.seal).where(Batch.label == "a test", Batch.seal > 2).limit(1)
        ).one()
    statement = TAMPERINGS[tampering]
    table = statement.table
    where = (table.c.id if table.name == "batches" else table.c.batch_id) == batch_id
    with sealed.engine.begin() as connection:
        connection.execute(statement.where(where))
    assert broken_at(sealed) == number


def test_a_change_slipped_into_a_sealed_batch_is_found(sealed: Shop) -> None:
    with sealed.engine.begin() as connection:
        batch_id = connection.scalar(select(Batch.id).where(Batch.seal == 3))
        row = {"batch_id": batch_id, "table_name": "vendors", "subject_table": "vendors", "action": "create"}
        connection.execute(insert(table_of(Change)), row)
    assert broken_at(sealed) == 3


def test_batches_that_are_gone_from_the_end_are_missed(sealed: Shop) -> None:
    sealed.write(SYSTEM, chain.seal)
    last = len(seals(sealed))
    with sealed.engine.begin() as connection:
        batch_id = connection.scalar(select(Batch.id).where(Batch.seal == last))
        connection.execute(delete(Change).where(Change.batch_id == batch_id))
        connection.execute(delete(Batch).where(Batch.id == batch_id))
    assert broken_at(sealed) == last


def test_a_batch_that_is_gone_from_the_middle_is_missed(sealed: Shop) -> None:
    with sealed.engine.begin() as connection:
        batch_id = connection.scalar(select(Batch.id).where(Batch.seal == 4))
        connection.execute(delete(Change).where(Change.batch_id == batch_id))
        connection.execute(delete(Batch).where(Batch.id == batch_id))
    assert broken_at(sealed) == 4


def test_several_that_seal_while_others_write_make_one_chain(gauge_shop: Shop) -> None:
    def write(name: str) -> None:
        gauge_shop.write(ADA, lambda session: session.add(Vendor(name=name)))

    def work(turn: int) -> int:
        done = 0
        for number in range(8):
            if turn % 2:
                done += gauge_shop.write(SYSTEM, chain.seal)
            else:
                write(f"{turn}.{number}")
        return done

    answers = in_threads(work, 6)
    assert all(isinstance(answer, int) for answer in answers), answers
    while gauge_shop.write(SYSTEM, chain.seal):
        pass
    assert sorted(number or 0 for number in seals(gauge_shop)) == list(range(1, len(seals(gauge_shop)) + 1))
    assert broken_at(gauge_shop) is None
    with gauge_shop.reading() as session:
        assert session.scalar(select(ChainHead.seal)) == len(seals(gauge_shop))
