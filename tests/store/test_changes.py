"""Every write is in the change log, whoever writes and however; none is lost to somebody faster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.kinds import Ref
from shopdb.exceptions import (
    ConflictError,
    RefusedValuesError,
    StaleRowError,
    StillUsedError,
    UnattributedWriteError,
    UnloggedWriteError,
)
from shopdb.services import history, records
from shopdb.store import changes
from shopdb.store.documents import plain, rows_of, unplain
from shopdb.store.log import audit_log, log_of, write_log
from shopdb.store.models import (
    Application,
    ApplicationVersion,
    Asset,
    AssetTag,
    Batch,
    Change,
    InstalledSoftware,
    Location,
    NetworkAddress,
    Tag,
    Vendor,
)
from shopdb.store.schema import table_of
from shopdb.store.session import settle
from tests.gauges import ADA, Gauge, GaugeReading, create, remove
from tests.threads import in_threads

ASSETS, ADDRESSES, VENDORS = table_of(Asset), table_of(NetworkAddress), table_of(Vendor)
Told = tuple[str, str, int | None, Any, Any]


def told(shop: Shop, batch_id: int | None = None) -> list[Told]:
    """Return the entries of a batch, the newest one by default: table, action, record, before and after."""
    with shop.reading() as session:
        newest = select(func.max(Batch.id)).scalar_subquery() if batch_id is None else batch_id
        found = select(Change.table, Change.action, Change.record_id, Change.before, Change.after)
        return [tuple(row) for row in session.execute(found.where(Change.batch_id == newest).order_by(Change.id))]


def row_of(session: Session, table: Any, record_id: int) -> dict[str, Any]:
    key = next(iter(table.primary_key.columns))
    return dict(session.connection().execute(select(table).where(key == record_id)).mappings().one())


def count(shop: Shop, model: type[Any]) -> int:
    with shop.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- what is written down -------------------------------------------------------------------------------


def test_mapped_objects_are_logged_with_what_the_table_holds(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        asset = Asset(name="Dial", asset_number="A-1", mapx=Decimal("1.5"))
        session.add(asset)
    ((table, action, record_id, before, after),) = told(gauge_shop)
    assert (table, action, record_id, before) == ("assets", "create", asset.id, None)
    with gauge_shop.reading() as session:
        row = row_of(session, ASSETS, asset.id)
    assert after == {name: plain(ASSETS.c[name], row[name]) for name in after}
    assert set(row) - set(after) == {"last_seen", "health", "version"}

    with gauge_shop.writing(ADA) as session:
        known = session.get_one(Asset, asset.id)
        known.name, known.last_seen = "Ring", datetime(2026, 1, 1, tzinfo=UTC)
    assert told(gauge_shop) == [
        ("assets", "update", asset.id, {"id": 1, "name": "Dial"} | {"id": asset.id}, {"id": asset.id, "name": "Ring"})
    ]

    with gauge_shop.writing(ADA) as session:
        session.delete(session.get_one(Asset, asset.id))
    ((_, action, _, before, after),) = told(gauge_shop)
    assert (action, before["name"], before["last_seen"], after) == ("delete", "Ring", "2026-01-01T00:00:00+00:00", None)


def test_what_only_the_database_computes_is_logged_as_it_came_out(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Acme")
    with gauge_shop.writing(ADA) as session:
        known = session.get_one(Vendor, vendor.id)
        known.name = func.upper(Vendor.name)
    assert told(gauge_shop)[0][4] == {"id": vendor.id, "name": "ACME"}


def test_an_object_of_which_little_was_read_is_logged_without_the_rest(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Acme", notes="long")
    with gauge_shop.writing(ADA) as session:
        known = session.scalars(select(Vendor).where(Vendor.id == vendor.id)).one()
        session.expire(known, ["notes"])
        known.name = "Zett"
    assert told(gauge_shop)[0][3:] == ({"id": vendor.id, "name": "Acme"}, {"id": vendor.id, "name": "Zett"})


def test_rows_that_leave_columns_out_are_logged_with_their_defaults(gauge_shop: Shop) -> None:
    asset = create(gauge_shop, "assets", name="Dial")
    table = table_of(Gauge)

    def work(session: Session) -> tuple[Any, Any]:
        changes.insert_rows(session, table, [{"asset_id": asset.id}])
        ids = changes.insert_rows(
            session, ADDRESSES, [{"asset_id": asset.id, "ip": f"10.0.0.{at}"} for at in (3, 1, 2)]
        )
        return [row_of(session, ADDRESSES, record_id or 0) for record_id in ids], row_of(session, table, asset.id)

    addresses, gauge = gauge_shop.write(ADA, work)
    assert [row["ip"] for row in addresses] == ["10.0.0.3", "10.0.0.1", "10.0.0.2"]
    gauges, many = told(gauge_shop)
    assert gauges[4] == {name: plain(table.c[name], gauge[name]) for name in gauges[4]}
    assert (gauges[4]["uses"], gauges[4]["is_digital"]) == (7, False)
    assert many[:4] == ("network_addresses", "create", None, None), "rows of one subject are one entry"
    assert rows_of(many[4]) == [{name: row[name] for name in many[4]["columns"]} for row in addresses]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("mapx", Decimal("12.500")),
        ("last_seen", datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)),
        ("purchased_on", datetime(2026, 1, 31, tzinfo=UTC).date()),
        ("name", "\u202e🙂 \x1b[31m"),
        ("type_id", 3),
        ("notes", None),
    ],
)
def test_a_value_survives_the_log(column: str, value: Any) -> None:
    assert unplain(ASSETS.c[column], plain(ASSETS.c[column], value)) == value


def test_a_moment_is_logged_in_utc_and_a_decimal_with_its_own_digits() -> None:
    east = datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2)))
    assert plain(ASSETS.c.last_seen, east) == "2026-01-31T12:00:00+00:00"
    assert plain(ASSETS.c.mapx, 0.1) == plain(ASSETS.c.mapx, Decimal("0.1")) == "0.100"
    assert plain(ASSETS.c.mapx, 5) == "5.000"


def test_moments_keep_microseconds_and_texts_every_character(gauge_shop: Shop) -> None:
    moment = datetime(2026, 10, 25, 1, 30, 0, 1, timezone(timedelta(hours=2)))
    with gauge_shop.writing(ADA) as session:
        asset = Asset(name="🙂 \U0001f468\u200d\U0001f469 ÄÖ \t\x1b", asset_number="A-1", last_seen=moment)
        session.add(asset)
    with gauge_shop.reading() as session:
        found = session.get_one(Asset, asset.id)
        assert found.last_seen == moment
        assert found.last_seen.tzinfo is UTC
        assert found.name == "🙂 \U0001f468\u200d\U0001f469 ÄÖ \t\x1b"
    with pytest.raises(Exception, match="a moment needs a time zone"), gauge_shop.writing(ADA) as session:
        session.add(Asset(name="x", asset_number="A-2", last_seen=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_readings_that_move_with_every_push_leave_no_entry_and_no_batch(gauge_shop: Shop) -> None:
    asset = create(gauge_shop, "assets", name="Dial")
    batches = count(gauge_shop, Batch)
    seen = {"last_seen": datetime(2026, 1, 1, tzinfo=UTC), "health": "seen"}
    gauge_shop.write(ADA, lambda session: changes.update_row(session, ASSETS, row_of(session, ASSETS, asset.id), seen))
    with gauge_shop.writing(ADA) as session:
        session.get_one(Asset, asset.id).health = "stale"
    assert count(gauge_shop, Batch) == batches
    gauge_shop.write(
        ADA,
        lambda session: changes.update_row(session, ASSETS, row_of(session, ASSETS, asset.id), {**seen, "name": "x"}),
    )
    assert told(gauge_shop) == [
        ("assets", "update", asset.id, {"id": asset.id, "name": "Dial"}, {"id": asset.id, "name": "x"})
    ]


def test_a_write_that_changes_nothing_is_no_batch(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Acme")
    batches = count(gauge_shop, Batch)
    gauge_shop.write(
        ADA, lambda session: records.change(session, gauge_shop.catalog["vendors"], vendor.id, {"name": "Acme"})
    )
    with gauge_shop.writing(ADA) as session:
        session.get_one(Vendor, vendor.id).name = "Acme"
    assert count(gauge_shop, Batch) == batches


def test_a_batch_says_who_wrote_and_how_much(gauge_shop: Shop) -> None:
    def work(session: Session) -> int | None:
        records.create(session, gauge_shop.catalog["vendors"], {"name": "Acme"})
        first = settle(session)
        audit_log(session, "gauges.checked", subject=("assets", 5), details={"by": "hand"})
        assert settle(session) == first, "one transaction is one batch"
        return first

    batch_id = gauge_shop.write(ADA.doing("x" * 300), work)
    with gauge_shop.reading() as session:
        batch = session.get_one(Batch, batch_id)
        assert (batch.actor, batch.door, batch.label, batch.size) == ("ada", "cli", "x" * 255, 2)
        assert abs(batch.made_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert told(gauge_shop)[1] == ("assets", "gauges.checked", 5, None, {"by": "hand"})


# --- what goes together ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["object", "rows"])
def test_what_goes_with_a_row_is_logged_whole(gauge_shop: Shop, how: str) -> None:
    tag, kim = create(gauge_shop, "tags", name="lab"), create(gauge_shop, "people", name="Kim")
    gauge = create(gauge_shop, "gauges", name="Dial", tags=(Ref(tag.id),), keepers=(Ref(kim.id),))
    other = create(gauge_shop, "gauges", name="Ring", master=Ref(gauge.id), parts=(Ref(gauge.id),))
    create(gauge_shop, "gauge_readings", gauge=Ref(gauge.id), name="Zero", value=1)
    create(gauge_shop, "network_addresses", asset=Ref(gauge.id), ip="10.0.0.1")

    def work(session: Session) -> None:
        if how == "object":
            session.delete(session.get_one(Asset, gauge.id))
        else:
            changes.delete_rows(session, ASSETS, [row_of(session, ASSETS, gauge.id)])

    gauge_shop.write(ADA, work)
    entries = {table: (action, before, after) for table, action, _, before, after in told(gauge_shop)}
    assert set(entries) == {
        "assets", "gauges", "gauge_readings", "gauge_keepers", "asset_tags", "network_addresses", "asset_relationships",
    }  # fmt: skip
    moved = [
        (before, after)
        for table, action, _, before, after in told(gauge_shop)
        if (table, action) == ("gauges", "update")
    ]
    assert moved == [({"asset_id": other.id, "master_id": gauge.id}, {"asset_id": other.id, "master_id": None})]
    assert all(
        action == "delete" and after is None for table, (action, _, after) in entries.items() if table != "gauges"
    )
    assert entries["gauge_readings"][1]["name"] == "Zero"
    with gauge_shop.reading() as session:
        for model in (AssetTag, GaugeReading, NetworkAddress):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        assert session.get_one(Gauge, other.id).master_id is None


def test_what_others_need_stays_and_they_are_all_counted(gauge_shop: Shop) -> None:
    location = create(gauge_shop, "locations", name="Bay 3")
    create(gauge_shop, "locations", name="Shelf", parent=Ref(location.id))
    for name in ("Dial", "Ring"):
        create(gauge_shop, "assets", name=name, location=Ref(location.id))
    with pytest.raises(StillUsedError, match="Bay 3 is still used by") as refused:
        remove(gauge_shop, location)
    assert "2 assets" in str(refused.value)
    assert "1 locations" in str(refused.value)
    with pytest.raises(StillUsedError), gauge_shop.writing(ADA) as session:
        session.delete(session.get_one(Location, location.id))
    assert count(gauge_shop, Location) == 2


def test_a_row_that_is_no_longer_as_it_was_read_is_not_deleted(gauge_shop: Shop) -> None:
    vendor = create(gauge_shop, "vendors", name="Acme")
    with gauge_shop.reading() as session:
        read = row_of(session, VENDORS, vendor.id)
    gauge_shop.write(ADA, lambda session: changes.update_row(session, VENDORS, read, {"name": "Zett"}))
    with pytest.raises(StaleRowError, match="vendors"):
        gauge_shop.write(ADA, lambda session: changes.delete_rows(session, VENDORS, [read]))
    with gauge_shop.reading() as session:
        now = row_of(session, VENDORS, vendor.id)
    gauge_shop.write(ADA, lambda session: changes.delete_rows(session, VENDORS, [now]))
    with pytest.raises(StaleRowError, match="vendors"):
        gauge_shop.write(ADA, lambda session: changes.delete_rows(session, VENDORS, [now]))
    assert count(gauge_shop, Vendor) == 0


# --- what is taken back ---------------------------------------------------------------------------------


class TakenBackError(Exception):
    """Ends a savepoint or a transaction."""


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    with suppress(TakenBackError), session.begin_nested():
        yield
        raise TakenBackError


def vendor(session: Session, name: str) -> None:
    session.add(Vendor(name=name))
    session.flush()


def names(shop: Shop) -> list[str]:
    """Return the vendors that the newest batch logged."""
    return [after["name"] for _, _, _, _, after in told(shop)]


def test_a_savepoint_that_is_rolled_back_takes_its_entries_along(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        vendor(session, "one")
        with taken_back(session):
            vendor(session, "two")
            with session.begin_nested():
                vendor(session, "three")
        with session.begin_nested():
            vendor(session, "four")
            with taken_back(session):
                vendor(session, "five")
        vendor(session, "six")
    assert names(gauge_shop) == ["one", "four", "six"]
    assert count(gauge_shop, Vendor) == 3


def test_what_was_settled_within_a_savepoint_is_taken_back_with_it(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        vendor(session, "one")
        with taken_back(session):
            vendor(session, "two")
            settle(session)
            vendor(session, "three")
        vendor(session, "four")
        batch_id = settle(session)
        with session.begin_nested():
            vendor(session, "five")
            assert settle(session) == batch_id
        with taken_back(session):
            vendor(session, "six")
            settle(session)
    assert names(gauge_shop) == ["one", "four", "five"]
    with gauge_shop.reading() as session:
        assert session.get_one(Batch, batch_id).size == 3
        assert session.scalars(select(Batch.id).where(Batch.actor == "ada")).all() == [batch_id]


def test_a_savepoint_left_open_is_logged_all_the_same(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        vendor(session, "one")
        session.begin_nested()
        vendor(session, "two")
        session.begin_nested()
        session.add(Vendor(name="three"))
    assert names(gauge_shop) == ["one", "two", "three"]


def test_nothing_is_left_of_a_transaction_that_is_rolled_back(gauge_shop: Shop) -> None:
    batches = count(gauge_shop, Batch)
    with suppress(TakenBackError), gauge_shop.writing(ADA) as session:
        vendor(session, "one")
        settle(session)
        raise TakenBackError
    assert (count(gauge_shop, Vendor), count(gauge_shop, Batch)) == (0, batches)
    with gauge_shop.writing(ADA) as session:
        vendor(session, "two")
        assert len(log_of(session).entries) == 1
    assert names(gauge_shop) == ["two"]


# --- what is refused ------------------------------------------------------------------------------------


def test_a_write_of_nobody_is_refused(gauge_shop: Shop) -> None:
    with gauge_shop.reading() as session:
        session.add(Vendor(name="Acme"))
        with pytest.raises(UnattributedWriteError, match="vendors"):
            session.commit()
    assert count(gauge_shop, Vendor) == 0


@pytest.mark.parametrize(
    "statement",
    [
        insert(Vendor).values(name="Acme"),
        insert(VENDORS).values(name="Acme"),
        update(Vendor).values(name="Acme"),
        update(VENDORS).values(name="Acme"),
        delete(Vendor),
        delete(VENDORS),
    ],
    ids=lambda statement: f"{type(statement).__name__}",
)
def test_a_bare_statement_on_a_logged_table_is_refused(gauge_shop: Shop, statement: Any) -> None:
    with pytest.raises(UnloggedWriteError, match="vendors"), gauge_shop.writing(ADA) as session:
        session.execute(statement)
    with pytest.raises(UnloggedWriteError, match="vendors"), gauge_shop.writing(ADA) as session:
        session.execute(insert(VENDORS), [{"name": "Acme"}, {"name": "Zett"}])


def test_the_ways_of_old_past_the_log_are_closed(gauge_shop: Shop) -> None:
    ways: list[Callable[[Session], Any]] = [
        lambda session: session.bulk_insert_mappings(Vendor, [{"name": "Acme"}]),
        lambda session: session.bulk_save_objects([Vendor(name="Acme")]),
        lambda session: session.bulk_update_mappings(Vendor, [{"id": 1, "name": "Acme"}]),
        lambda session: session.query(Vendor).delete(),
        lambda session: session.execute(text("DELETE FROM vendors")),
        lambda session: session.execute(text("\n update `vendors` set name = 'x'")),
        lambda session: session.execute(text("INSERT OR IGNORE INTO vendors (name) VALUES ('x')")),
    ]
    for write in ways:
        with pytest.raises(UnloggedWriteError), gauge_shop.writing(ADA) as session:
            write(session)
    with gauge_shop.reading() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


def test_tables_of_operation_are_written_freely(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        session.execute(update(Batch).values(label="x"))


# --- who is faster --------------------------------------------------------------------------------------


def test_of_two_writers_the_second_is_told_and_nothing_is_lost(gauge_shop: Shop) -> None:
    """Four writers count one number up, each reading before it writes; every success must be in the sum."""
    gauge = create(gauge_shop, "gauges", name="Dial", uses=0)
    table = table_of(Gauge)

    def add_one() -> None:
        with gauge_shop.reading() as session:
            read = row_of(session, table, gauge.id)
        uses = {"uses": read["uses"] + 1}
        gauge_shop.write(ADA, lambda session: changes.update_row(session, table, read, uses))

    def add_ten(_turn: int) -> int:
        done = 0
        for _ in range(10):
            with suppress(StaleRowError):
                add_one()
                done += 1
        return done

    succeeded = in_threads(add_ten)
    assert all(isinstance(each, int) for each in succeeded), succeeded
    with gauge_shop.reading() as session:
        row = row_of(session, table, gauge.id)
    assert row["uses"] == sum(succeeded)
    assert row["version"] == sum(succeeded) + 1


def test_of_two_forms_the_second_is_met_with_a_conflict_and_nothing_is_lost(gauge_shop: Shop) -> None:
    gauge = create(gauge_shop, "gauges", name="Dial", uses=0)
    resource = gauge_shop.catalog["gauges"]

    def save(turn: int) -> Any:
        def work(session: Session) -> Any:
            return records.change(
                session, resource, gauge.id, {"name": f"by {turn}", "uses": turn}, version=gauge.version
            )

        return gauge_shop.write(ADA, work)

    answers = in_threads(save)
    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError"] * 3 + ["Record"]
    (winner,) = [answer for answer in answers if not isinstance(answer, ConflictError)]
    with gauge_shop.reading() as session:
        assert row_of(session, ASSETS, gauge.id)["name"] == f"by {winner.values['uses']}"


def test_of_two_that_delete_one_record_one_logs_it(gauge_shop: Shop) -> None:
    gauge = create(gauge_shop, "gauges", name="Dial")
    create(gauge_shop, "gauge_readings", gauge=Ref(gauge.id), name="Zero", value=1)
    answers = in_threads(lambda _: remove(gauge_shop, gauge))
    assert sum(isinstance(answer, int) for answer in answers) == 1, answers
    with gauge_shop.reading() as session:
        gone = select(Change.table, func.count()).where(Change.action == "delete").group_by(Change.table)
        assert dict(session.execute(gone).all()) == {
            "assets": 1,
            "gauges": 1,
            "gauge_readings": 1,
        }


def test_rows_inserted_at_once_by_several_are_told_apart(gauge_shop: Shop) -> None:
    asset = create(gauge_shop, "assets", name="Dial")

    def add(turn: int) -> Any:
        rows = [{"asset_id": asset.id, "ip": f"10.0.{turn}.{at}"} for at in range(20)]
        ids = gauge_shop.write(ADA, lambda session: changes.insert_rows(session, ADDRESSES, rows))
        return dict(zip(ids, (row["ip"] for row in rows), strict=True))

    answers = in_threads(add)
    with gauge_shop.reading() as session:
        held = dict(session.execute(select(NetworkAddress.id, NetworkAddress.ip)).all())
    assert {record_id: ip for answer in answers for record_id, ip in answer.items()} == held


def test_a_batch_can_be_asked_for_before_the_end(gauge_shop: Shop) -> None:
    with gauge_shop.writing(ADA) as session:
        assert write_log(session) == (None, ())
        session.add(Tag(name="lab"))
        session.flush()
        batch_id, entries = write_log(session)
        assert [entry.table for entry in entries] == ["tags"]
    with gauge_shop.reading() as session:
        assert session.get_one(Batch, batch_id).size == 1


def test_what_belongs_to_a_typed_record_stands_in_the_history_of_its_asset(gauge_shop: Shop) -> None:
    gauge = create(gauge_shop, "gauges", name="Caliper")
    reading = create(gauge_shop, "gauge_readings", gauge=Ref(gauge.id), name="zero", value=3)
    with gauge_shop.reading() as session:
        newest = history.history(session, gauge_shop.catalog["gauges"], gauge.id)[0]
    assert (newest.action, newest.title, newest.rows[0].label) == ("create", "Readings", "zero")
    assert reading.id


def test_a_numbered_row_that_other_columns_tell_apart_has_an_id_all_the_same(gauge_shop: Shop) -> None:
    asset = create(gauge_shop, "assets", name="WS-1").id
    with gauge_shop.writing(ADA) as session:
        program = Application(name="Editor", digest=bytes(32))
        session.add(program)
        session.flush()
        number = ApplicationVersion(application_id=program.id, digest=bytes(32), number="1")
        session.add(number)
        session.flush()
        row = {"asset_id": asset, "application_version_id": number.id, "first_seen": datetime.now(UTC)}
        (made,) = changes.insert_rows(session, table_of(InstalledSoftware), [row])
        assert made == session.scalar(select(InstalledSoftware.id))


def test_a_rule_of_the_table_that_is_broken_is_named(gauge_shop: Shop) -> None:
    with pytest.raises(RefusedValuesError, match="break the rule ck_gauges_uses"):
        create(gauge_shop, "gauges", name="Caliper", uses=-1)
