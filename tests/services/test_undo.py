import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import BatchNotFoundError, NotPermittedError
from shopdb.services import collect, records
from shopdb.services.undo import UndoReport, undo
from shopdb.store import changes, search
from shopdb.store import records as stored
from shopdb.store.models import Asset, Change, NetworkAddress
from shopdb.store.schema import table_of
from shopdb.store.session import settle

ADA = Origin("ada", "terminal", label="edit")
VIEWER = Origin("vic", "rest", permissions=frozenset({"*.view"}))


@pytest.fixture
def do(shop: Shop) -> Callable[..., int]:
    """Do something in a transaction of its own and return the number of its batch."""

    def doing(work: Callable[[Session], object]) -> int:
        def settled(session: Session) -> int:
            work(session)
            batch_id = settle(session)
            assert batch_id is not None
            return batch_id

        return shop.write(ADA, settled)

    return doing


def create(shop: Shop, resource: str, **values: Any) -> int:
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values)).id


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> Callable[[Session], object]:
    return lambda session: records.change(session, shop.catalog[resource], record_id, values)


def take_back(shop: Shop, batch_id: int) -> UndoReport:
    return shop.write(ADA.doing("undo"), lambda session: undo(session, batch_id))


def values(shop: Shop, resource: str, record_id: int) -> Mapping[str, Any]:
    with shop.reading() as session:
        return stored.get(session, shop.catalog[resource], record_id).values


def labels(shop: Shop, resource: str) -> list[str]:
    with shop.reading() as session:
        return [row.label for row in stored.page(session, shop.catalog[resource], ListQuery(limit=200)).rows]


def found(shop: Shop, words: str) -> list[str]:
    with shop.reading() as session:
        return [hit.title for hit in search.hits(session, words)]


@contextmanager
def counted(shop: Shop) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(shop.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(shop.engine, "before_cursor_execute", count)


# --- edits ----------------------------------------------------------------------------------------------


def test_an_edit_is_taken_back_and_the_undo_is_a_batch_of_its_own(shop: Shop, do: Callable[..., int]) -> None:
    bay = create(shop, "locations", name="Bay 3")
    asset = create(shop, "assets", name="WS-1", notes="slow")
    edit = do(change(shop, "assets", asset, name="WS-2", notes=None, location=Ref(bay, "")))
    report = take_back(shop, edit)
    assert (report.restored, report.skipped) == (1, [])
    now = values(shop, "assets", asset)
    assert (now["name"], now["notes"], now["location"]) == ("WS-1", "slow", None)
    assert found(shop, "WS-1") == ["WS-1"]
    assert found(shop, "WS-2") == []
    assert report.undo_batch_id is not None
    assert report.undo_batch_id > edit


def test_what_somebody_has_changed_since_is_left_and_listed(shop: Shop, do: Callable[..., int]) -> None:
    one, two = create(shop, "assets", name="A"), create(shop, "assets", name="B")

    def rename_both(session: Session) -> None:
        change(shop, "assets", one, notes="moved")(session)
        change(shop, "assets", two, notes="moved")(session)

    edit = do(rename_both)
    do(change(shop, "assets", two, notes="moved, I checked"))
    report = take_back(shop, edit)
    assert report.restored == 1
    assert report.skipped == ["assets B: notes changed since"]
    assert values(shop, "assets", one)["notes"] is None
    assert values(shop, "assets", two)["notes"] == "moved, I checked"


def test_another_field_that_changed_since_does_not_hinder(shop: Shop, do: Callable[..., int]) -> None:
    asset = create(shop, "assets", name="A")
    edit = do(change(shop, "assets", asset, notes="moved"))
    do(change(shop, "assets", asset, name="B"))
    assert take_back(shop, edit).skipped == []
    assert (values(shop, "assets", asset)["name"], values(shop, "assets", asset)["notes"]) == ("B", None)


def test_a_former_value_that_is_taken_now_is_listed_and_hinders_no_other(shop: Shop, do: Callable[..., int]) -> None:
    one, two = create(shop, "tags", name="leased"), create(shop, "tags", name="old")

    def rename_both(session: Session) -> None:
        change(shop, "tags", one, name="rented")(session)
        change(shop, "tags", two, name="ancient")(session)

    edit = do(rename_both)
    create(shop, "tags", name="leased")
    report = take_back(shop, edit)
    assert report.restored == 1
    assert report.skipped == ["tags rented: its former values are taken or gone"]
    assert labels(shop, "tags") == ["leased", "old", "rented"]


def test_one_row_changed_twice_in_a_batch_is_as_it_was_before_both(shop: Shop, do: Callable[..., int]) -> None:
    asset = create(shop, "assets", name="A")

    def twice(session: Session) -> None:
        change(shop, "assets", asset, name="B")(session)
        change(shop, "assets", asset, name="C")(session)

    assert take_back(shop, do(twice)).skipped == []
    assert values(shop, "assets", asset)["name"] == "A"


def test_a_column_that_is_no_longer_there_is_listed_and_the_others_are_set_back(
    shop: Shop, do: Callable[..., int]
) -> None:
    asset = create(shop, "assets", name="WS-1", notes="slow")
    batch = do(change(shop, "assets", asset, notes="fast"))
    with shop.engine.begin() as connection:  # as the log is after a rollback that took the column "valve" away
        wanted = select(Change.id, Change.before).where(Change.batch_id == batch, Change.action == "update")
        entry_id, before = connection.execute(wanted).one()
        connection.execute(update(Change).where(Change.id == entry_id).values(before={**before, "valve": "left"}))
    report = take_back(shop, batch)
    assert (report.restored, report.skipped) == (0, ["assets WS-1: there is no valve any more"])
    assert values(shop, "assets", asset)["notes"] == "slow"


def test_an_undo_can_be_undone(shop: Shop, do: Callable[..., int]) -> None:
    asset = create(shop, "assets", name="A")
    undone = take_back(shop, do(change(shop, "assets", asset, name="B")))
    assert take_back(shop, undone.undo_batch_id or 0).skipped == []
    assert values(shop, "assets", asset)["name"] == "B"


def test_a_batch_undone_twice_changes_nothing_the_second_time(shop: Shop, do: Callable[..., int]) -> None:
    edit = do(lambda session: records.create(session, shop.catalog["assets"], {"name": "A"}))
    assert take_back(shop, edit).restored == 1
    again = take_back(shop, edit)
    assert (again.restored, again.skipped, again.undo_batch_id) == (0, [], None)


def test_an_undo_says_which_earlier_one_holds(shop: Shop, do: Callable[..., int]) -> None:
    edit = do(lambda session: records.create(session, shop.catalog["assets"], {"name": "A"}))
    first = take_back(shop, edit)
    assert first.undone_by is None
    assert take_back(shop, edit).undone_by == first.undo_batch_id
    redone = take_back(shop, first.undo_batch_id or 0)
    assert redone.undone_by is None
    assert take_back(shop, first.undo_batch_id or 0).undone_by == redone.undo_batch_id
    second = take_back(shop, edit)
    assert (second.undone_by, second.restored) == (None, 1)
    assert take_back(shop, edit).undone_by == second.undo_batch_id


def test_there_must_be_such_a_batch(shop: Shop) -> None:
    with pytest.raises(BatchNotFoundError):
        take_back(shop, 4711)


def test_who_may_not_change_records_may_not_undo_changes_to_them(shop: Shop, do: Callable[..., int]) -> None:
    edit = do(lambda session: records.create(session, shop.catalog["assets"], {"name": "A"}))
    with pytest.raises(NotPermittedError):
        shop.write(VIEWER, lambda session: undo(session, edit))
    assert labels(shop, "assets") == ["A"]


# --- created records ------------------------------------------------------------------------------------


def pc_with_an_address(shop: Shop, name: str) -> Callable[[Session], object]:
    def work(session: Session) -> None:
        pc = records.create(session, shop.catalog["computers"], {"name": name})
        address = {"asset": Ref(pc.id, ""), "ip": "10.0.0.7"}
        records.create(session, shop.catalog["network_addresses"], address)

    return work


def test_a_created_record_goes_with_all_that_belongs_to_it(shop: Shop, do: Callable[..., int]) -> None:
    report = take_back(shop, do(pc_with_an_address(shop, "WS-1")))
    assert (report.restored, report.skipped) == (3, [])
    assert labels(shop, "assets") == labels(shop, "network_addresses") == []
    assert found(shop, "WS-1") == []


def test_a_created_record_that_was_worked_on_stays_whole(shop: Shop, do: Callable[..., int]) -> None:
    made = do(pc_with_an_address(shop, "WS-1"))
    with shop.reading() as session:
        (pc,) = stored.ids(session, shop.catalog["computers"], ListQuery())
    edit = do(change(shop, "assets", pc, notes="mine now"))
    report = take_back(shop, made)
    assert report.restored == 0
    assert report.skipped == [f"assets WS-1: changed since, last by batch {edit}; left whole"]
    assert values(shop, "computers", pc)["notes"] == "mine now"
    assert labels(shop, "network_addresses") == ["10.0.0.7"]


def test_work_that_was_itself_undone_holds_nothing_back(shop: Shop, do: Callable[..., int]) -> None:
    made = do(pc_with_an_address(shop, "WS-1"))
    with shop.reading() as session:
        (pc,) = stored.ids(session, shop.catalog["computers"], ListQuery())
    edit = do(change(shop, "assets", pc, notes="mine now"))
    undone = take_back(shop, edit)
    assert take_back(shop, made).skipped == []
    assert labels(shop, "assets") == []
    assert undone.restored == 1


def test_work_that_was_undone_and_done_again_holds_the_record(shop: Shop, do: Callable[..., int]) -> None:
    made = do(pc_with_an_address(shop, "WS-1"))
    with shop.reading() as session:
        (pc,) = stored.ids(session, shop.catalog["computers"], ListQuery())
    undone = take_back(shop, do(change(shop, "assets", pc, notes="mine now")))
    take_back(shop, undone.undo_batch_id or 0)
    assert "left whole" in take_back(shop, made).skipped[0]
    assert labels(shop, "assets") == ["WS-1"]


def test_a_created_record_that_another_drives_by_now_stays_whole(shop: Shop, do: Callable[..., int]) -> None:
    pc = create(shop, "computers", name="WS-1")
    made: list[int] = []

    def machine_with_a_plan(session: Session) -> None:
        made.append(records.create(session, shop.catalog["equipment"], {"name": "CMM-1"}).id)
        plan = {"asset": Ref(made[0], ""), "name": "Calibration", "every_days": 365}
        records.create(session, shop.catalog["maintenance_plans"], plan)

    batch = do(machine_with_a_plan)
    do(change(shop, "computers", pc, drives=(Ref(made[0], ""),)))
    report = take_back(shop, batch)
    assert report.restored == 0
    assert report.skipped == [f"assets CMM-1: still used by asset_relationships of assets {pc}; left whole"]
    assert labels(shop, "equipment") == ["CMM-1"]
    assert labels(shop, "maintenance_plans") == ["Calibration"]


def test_what_others_use_by_now_stays(shop: Shop, do: Callable[..., int]) -> None:
    made: list[int] = []
    batch = do(lambda session: made.append(records.create(session, shop.catalog["locations"], {"name": "Bay 3"}).id))
    create(shop, "assets", name="WS-1", location=Ref(made[0], ""))
    report = take_back(shop, batch)
    assert report.restored == 0
    assert report.skipped == ["locations Bay 3: still used by 1 assets"]
    assert labels(shop, "locations") == ["Bay 3"]


def test_a_tree_goes_whole_whatever_its_order(shop: Shop, do: Callable[..., int]) -> None:
    def tree(session: Session) -> None:
        leaf = records.create(session, shop.catalog["locations"], {"name": "Leaf"})
        root = records.create(session, shop.catalog["locations"], {"name": "Root"})
        twig = records.create(session, shop.catalog["locations"], {"name": "Twig", "parent": Ref(root.id, "")})
        records.change(session, shop.catalog["locations"], leaf.id, {"parent": Ref(twig.id, "")})

    report = take_back(shop, do(tree))
    assert report.skipped == []
    assert labels(shop, "locations") == []


# --- deleted records ------------------------------------------------------------------------------------


def test_a_deleted_record_comes_back_with_its_id_and_all_that_belonged_to_it(
    shop: Shop, do: Callable[..., int]
) -> None:
    tag = create(shop, "tags", name="critical")
    machine = create(shop, "equipment", name="CMM-1", asset_number="M-1")
    pc = create(shop, "computers", name="WS-1", drives=(Ref(machine, ""),), tags=(Ref(tag, ""),), cpu="i7")
    create(shop, "network_addresses", asset=Ref(pc, ""), ip="10.0.0.7")
    before = values(shop, "computers", pc)
    gone = do(lambda session: records.remove(session, shop.catalog["computers"], pc))
    assert found(shop, "WS-1") == []
    report = take_back(shop, gone)
    assert report.skipped == []
    assert values(shop, "computers", pc) == before
    assert labels(shop, "network_addresses") == ["10.0.0.7"]
    assert found(shop, "WS-1") == ["WS-1"]


def test_a_deleted_record_whose_key_is_taken_by_now_is_listed(shop: Shop, do: Callable[..., int]) -> None:
    tag = create(shop, "tags", name="leased")
    gone = do(lambda session: records.remove(session, shop.catalog["tags"], tag))
    create(shop, "tags", name="leased")
    report = take_back(shop, gone)
    assert report.restored == 0
    assert report.skipped == ["tags leased: what it belongs to is gone, or its key taken"]


# --- pushes ---------------------------------------------------------------------------------------------


def push(shop: Shop, **payload: Any) -> Callable[[Session], object]:
    intake = collect.Intake(shop.plugins.collector_schemas["computers"])
    digest = hashlib.sha256(orjson.dumps(payload)).digest()
    return lambda session: collect.receive(session, intake, payload, collect.Sent(digest))


def test_the_push_that_made_a_computer_is_taken_back_whole(shop: Shop, do: Callable[..., int]) -> None:
    software = [{"name": "7-Zip", "version": "24.08", "publisher": "Igor Pavlov"}, {"name": "Vim", "version": "9.1"}]
    disks = [{"name": "C:", "size_mb": 1000, "free_mb": 10}]
    made = do(push(shop, hostname="ws-1", serial_number="5CG1234XYZ", software=software, disks=disks))
    report = take_back(shop, made)
    assert report.skipped == []
    assert labels(shop, "computers") == labels(shop, "installed_software") == labels(shop, "computer_disks") == []
    assert found(shop, "5CG1234XYZ") == []


def test_a_later_push_is_taken_back_to_the_one_before(shop: Shop, do: Callable[..., int]) -> None:
    old = [{"name": "7-Zip", "version": "23.01"}, {"name": "Vim", "version": "9.1"}]
    new = [{"name": "7-Zip", "version": "24.08"}]
    who = {"hostname": "ws-1", "serial_number": "5CG1234XYZ"}
    do(push(shop, **who, os_version="10.0", software=old, ips=[{"ip": "10.0.0.7"}]))
    with shop.reading() as session:
        (pc,) = stored.ids(session, shop.catalog["computers"], ListQuery())
    update = do(push(shop, **who, os_version="11.0", software=new, ips=[{"ip": "10.0.0.8"}]))
    report = take_back(shop, update)
    assert report.skipped == []
    assert values(shop, "computers", pc)["os_version"] == "10.0"
    assert labels(shop, "network_addresses") == ["10.0.0.7"]
    with shop.reading() as session:
        rows = stored.page(session, shop.catalog["installed_software"], ListQuery(limit=50)).rows
        there = {(row.values["name"], row.values["number"]) for row in rows if row.values["removed_at"] is None}
    assert there == {("7-Zip", "23.01"), ("Vim", "9.1")}


# --- size -----------------------------------------------------------------------------------------------


def test_many_rows_do_not_take_a_statement_each(shop: Shop, do: Callable[..., int]) -> None:
    def make(session: Session) -> None:
        ids = range(1_000_000, 1_001_000)
        assets = [{"id": number, "asset_number": f"N-{number}", "name": f"Asset {number}"} for number in ids]
        changes.insert_rows(session, table_of(Asset), assets)
        addresses = [{"asset_id": number, "ip": "10.0.0.7"} for number in ids]
        changes.insert_rows(session, table_of(NetworkAddress), addresses)

    made = do(make)
    with counted(shop) as statements:
        report = take_back(shop, made)
    assert (report.restored, report.skipped) == (2000, [])
    assert len(statements) < 300
    with shop.reading() as session:
        kept = select(func.count()).where(Change.batch_id == report.undo_batch_id)
        assert session.connection().scalar(kept) == 2000
