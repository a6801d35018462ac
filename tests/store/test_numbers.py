"""A number is given to one row only: a second one would inherit the history of the first."""

from pathlib import Path

from sqlalchemy import Engine, text

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.store.migrate import upgrade
from tests.store.owners import make_owner, write_revision

SOMEBODY = Origin(actor="somebody", door="cli")
FIRST = """
op.create_table("gauges", sa.Column("id", BigId, primary_key=True), sa.Column("name", line(40), nullable=False))
"""
COPY = 'op.alter_column("gauges", "name", type_=line(50))'


def test_a_new_record_never_gets_the_number_of_a_deleted_one(shop: Shop) -> None:
    vendors = shop.catalog["vendors"]
    first = shop.write(SOMEBODY, lambda session: records.create(session, vendors, {"name": "first"}))
    shop.write(SOMEBODY, lambda session: records.remove(session, vendors, first.id))
    second = shop.write(SOMEBODY, lambda session: records.create(session, vendors, {"name": "second"}))
    assert second.id > first.id


def test_nor_after_its_table_was_copied_by_a_migration(empty_engine: Engine, tmp_path: Path) -> None:
    owner = make_owner(tmp_path)
    write_revision(owner, "0001_first", None, FIRST)
    upgrade(empty_engine, [owner])
    with empty_engine.begin() as connection:
        connection.execute(text("INSERT INTO gauges (id, name) VALUES (7, 'gone')"))
        connection.execute(text("DELETE FROM gauges"))
    write_revision(owner, "0002_copy", "0001_first", COPY)
    upgrade(empty_engine, [owner])
    with empty_engine.begin() as connection:
        connection.execute(text("INSERT INTO gauges (name) VALUES ('new')"))
        assert connection.scalar(text("SELECT id FROM gauges")) == 8
