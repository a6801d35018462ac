from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, event

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.domain.listing import Record
from shopdb.services import accounts, records
from shopdb.services.history import HistoryEntry, history
from shopdb.services.software import set_software
from shopdb.services.undo import undo
from shopdb.store import changes
from shopdb.store.models import User

ADA = Origin("ada", "terminal", label="edit WS-1")
MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def create(shop: Shop, resource: str, **values: Any) -> Record:
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values))


def change(shop: Shop, resource: str, record_id: int, **values: Any) -> None:
    shop.write(ADA, lambda session: records.change(session, shop.catalog[resource], record_id, values))


def told(shop: Shop, resource: str, record_id: int, **how: Any) -> list[HistoryEntry]:
    with shop.reading() as session:
        return history(session, shop.catalog[resource], record_id, **how)


def fields(entry: HistoryEntry) -> dict[str, tuple[Any, Any]]:
    assert len(entry.rows) == 1
    return {one.field.label: (one.before, one.after) for one in entry.rows[0].fields}


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_a_change_is_told_in_the_labels_of_its_fields_and_links(shop: Shop) -> None:
    hall, bay = create(shop, "locations", name="Hall 1"), create(shop, "locations", name="Bay 3")
    asset = create(shop, "assets", name="WS-1", location=Ref(hall.id), mapx=Decimal("12.5"))
    change(shop, "assets", asset.id, location=Ref(bay.id), name="WS-2", mapx=None)
    newest, oldest = told(shop, "assets", asset.id)
    assert (newest.action, newest.title, newest.count) == ("update", "", 1)
    assert (newest.actor, newest.door, newest.label) == ("ada", "terminal", "edit WS-1")
    assert newest.batch_id > oldest.batch_id
    assert newest.made_at >= oldest.made_at
    assert fields(newest) == {
        "Name": ("WS-1", "WS-2"),
        "Location": (Ref(hall.id, "Hall 1"), Ref(bay.id, "Bay 3")),
        "Map x": (Decimal("12.5000"), None),
    }
    assert oldest.action == "create"
    assert fields(oldest)["Location"] == (None, Ref(hall.id, "Hall 1"))


def test_a_typed_record_and_its_asset_have_one_history(shop: Shop) -> None:
    computer = create(shop, "computers", name="WS-1", kind="engineering")
    for resource in ("computers", "assets"):
        entries = told(shop, resource, computer.id)
        assert [(entry.action, entry.title) for entry in entries] == [("create", ""), ("create", "")]
        assert fields(entries[0]) == {shop.catalog["computers"].field("kind").label: (None, "engineering")}


def test_what_belongs_to_a_record_is_told_by_name(shop: Shop) -> None:
    computer = create(shop, "computers", name="WS-1")
    disk = create(shop, "computer_disks", asset=Ref(computer.id), name="sda", size_mb=1000)
    change(shop, "computer_disks", disk.id, size_mb=2000)
    entry = told(shop, "computers", computer.id)[0]
    assert (entry.action, entry.title, entry.rows[0].label) == ("update", shop.catalog["computer_disks"].title, "sda")
    assert list(fields(entry).values()) == [(1000, 2000)]


def test_tags_and_relations_are_told_by_what_they_link_to(shop: Shop) -> None:
    machine, tag = create(shop, "assets", name="CMM-1"), create(shop, "tags", name="hot")
    asset = create(shop, "assets", name="WS-1")
    change(shop, "assets", asset.id, tags=(Ref(tag.id),))
    create(shop, "asset_relationships", source=Ref(asset.id), type=Ref(None, "drives"), target=Ref(machine.id))
    relation, tagging, *_ = told(shop, "assets", asset.id)
    assert (tagging.action, tagging.title, tagging.rows[0].label) == ("create", "Tags", "hot")
    assert relation.title == "Relations"
    assert fields(relation)["Other asset"] == (None, Ref(machine.id, "CMM-1"))
    assert fields(relation)["Relation"][1].label == "drives"


def test_many_rows_are_one_entry_with_a_count_and_the_first_of_them(shop: Shop) -> None:
    computer = create(shop, "computers", name="WS-1")
    titles = [(f"Program {number:03}", "Maker", "1.0") for number in range(250)]
    shop.write(ADA, lambda session: set_software(session, computer.id, titles, MOMENT))
    shop.write(ADA, lambda session: set_software(session, computer.id, titles[1:], MOMENT))
    gone, came, *_ = told(shop, "computers", computer.id)
    assert (came.action, came.title, came.count, len(came.rows)) == ("create", "Software", 250, 200)
    assert came.rows[0].label.startswith("Program 0")
    assert came.rows[0].label.endswith(" 1.0")
    assert (gone.action, gone.count, gone.rows[0].label) == ("update", 1, "Program 000 1.0")
    assert fields(gone) == {"Removed": (None, MOMENT)}


def test_a_deleted_record_still_has_its_history_and_a_gone_link_its_number(shop: Shop) -> None:
    hall = create(shop, "locations", name="Hall 1")
    asset = create(shop, "assets", name="WS-1", location=Ref(hall.id))
    shop.write(ADA, lambda session: records.remove(session, shop.catalog["assets"], asset.id))
    shop.write(ADA, lambda session: records.remove(session, shop.catalog["locations"], hall.id))
    deletion, creation = told(shop, "assets", asset.id)
    assert fields(deletion)["Name"] == ("WS-1", None)
    assert fields(creation)["Location"] == (None, Ref(hall.id, f"#{hall.id}"))


def test_secrets_are_in_no_history_even_of_a_deletion(shop: Shop) -> None:
    user_id = shop.write(ADA, lambda session: accounts.add_user(session, "Eve", "viewer", "correct horse"))

    def delete(session: Any) -> None:
        session.delete(session.get(User, user_id))

    shop.write(ADA, delete)
    deletion, creation = told(shop, "users", user_id)
    assert (deletion.action, creation.action) == ("delete", "create")
    assert fields(deletion)["Name"] == ("Eve", None)
    assert "argon2" not in repr([deletion, creation])


def test_an_entry_of_a_plugins_own_kind_shows_its_document(shop: Shop) -> None:
    asset = create(shop, "assets", name="WS-1")
    shop.write(
        ADA, lambda session: changes.audit_log(session, "sticks.lost", subject=("assets", asset.id), details={"by": 3})
    )
    newest = told(shop, "assets", asset.id)[0]
    assert (newest.action, newest.rows, newest.details) == ("sticks.lost", (), {"by": 3})


def test_an_undo_is_in_the_history_and_names_what_it_undoes(shop: Shop) -> None:
    asset = create(shop, "assets", name="WS-1")
    change(shop, "assets", asset.id, name="WS-2")
    batch_id = told(shop, "assets", asset.id)[0].batch_id
    shop.write(ADA, lambda session: undo(session, batch_id))
    newest = told(shop, "assets", asset.id)[0]
    assert newest.undoes == batch_id
    assert fields(newest) == {"Name": ("WS-2", "WS-1")}


def test_rows_of_a_table_whose_plugin_is_not_loaded_are_counted_and_not_shown(shop: Shop) -> None:
    computer = create(shop, "computers", name="WS-1")
    tables = {name: table for name, table in shop.schema.tables.items() if name != "computers"}
    with shop.reading() as session:
        session.info["schema"] = type(shop.schema)(shop.catalog, tables)
        entries = history(session, shop.catalog["assets"], computer.id)
    assert [(entry.action, entry.count, len(entry.rows)) for entry in entries] == [("create", 1, 0), ("create", 1, 1)]


def test_pages_continue_where_the_one_before_ended(shop: Shop) -> None:
    asset = create(shop, "assets", name="WS-0")
    for number in range(1, 6):
        change(shop, "assets", asset.id, name=f"WS-{number}")
    whole = told(shop, "assets", asset.id)
    pages: list[HistoryEntry] = []
    while part := told(shop, "assets", asset.id, limit=2, before=pages[-1].id if pages else None):
        assert len(part) <= 2
        pages += part
    assert pages == whole
    assert len(whole) == 6


def test_a_longer_history_takes_no_more_statements(shop: Shop) -> None:
    halls = [create(shop, "locations", name=f"Hall {number}") for number in range(8)]
    asset = create(shop, "assets", name="WS-1", location=Ref(halls[0].id))
    counts = []
    for some in (halls[1:2], halls[2:]):
        for hall in some:
            change(shop, "assets", asset.id, location=Ref(hall.id))
        with counted(shop.engine) as statements:
            told(shop, "assets", asset.id)
        counts.append(len([one for one in statements if one.startswith("SELECT")]))
    assert counts[0] == counts[1] > 0


def test_json_carries_decoded_values_by_their_codecs(shop: Shop) -> None:
    hall = create(shop, "locations", name="Hall 1")
    asset = create(shop, "assets", name="WS-1", location=Ref(hall.id), mapx=Decimal("12.5"))
    entry = told(shop, "assets", asset.id)[0].as_json()
    shown = {one["name"]: one for one in entry["rows"][0]["fields"]}
    assert entry["made_at"].endswith("Z")
    assert shown["location"]["after"] == {"id": hall.id, "label": "Hall 1"}
    assert shown["mapx"] == {"name": "mapx", "label": "Map x", "before": None, "after": "12.500"}
