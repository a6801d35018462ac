"""What the guarded operations promise beside running twice: nothing that was there gets lost."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from shopdb.exceptions import MigrationError
from shopdb.store.engine import open_engine
from shopdb.store.migrate import downgrade, upgrade
from shopdb.store.revisions import Owner
from tests.store.owners import make_owner, write_revision

TABLES = """
op.create_table(
    "gauges",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", line(40), nullable=False),
    sa.Column("state", line(20), server_default="new", nullable=False),
)
op.create_table(
    "gauge_readings",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("gauge_id", BigId, sa.ForeignKey("gauges.id", ondelete="CASCADE"), nullable=False),
)
op.execute("INSERT INTO gauges (id, name) VALUES (1, 'Micrometer')")
op.execute("INSERT INTO gauge_readings (id, gauge_id) VALUES (1, 1), (2, 1)")
"""


@pytest.fixture
def gauges(tmp_path: Path) -> Owner:
    owner = make_owner(tmp_path)
    write_revision(owner, "0001_first", None, TABLES)
    return owner


def change(engine: Engine, owner: Owner, upgrade_body: str) -> None:
    """Run a second revision, and run it again as if it had been cut off before its last step."""
    write_revision(owner, "0002_second", "0001_first", upgrade_body)
    upgrade(engine, [owner])
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {owner.version_table} SET version_num = '0001_first'"))  # noqa: S608
    upgrade(engine, [owner])


def column(engine: Engine, name: str) -> Any:
    return next(one for one in inspect(engine).get_columns("gauges") if one["name"] == name)


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT COUNT(*) FROM {table}")) or 0)  # noqa: S608 a table of this test


def test_a_wider_column_keeps_its_default_and_stays_filled(empty_engine: Engine, gauges: Owner) -> None:
    change(empty_engine, gauges, 'op.alter_column("gauges", "state", type_=line(60))')
    assert column(empty_engine, "state")["type"].length == 60
    assert "new" in column(empty_engine, "state")["default"]
    assert not column(empty_engine, "state")["nullable"]


def test_a_column_can_be_renamed_twice_over(empty_engine: Engine, gauges: Owner) -> None:
    change(empty_engine, gauges, 'op.alter_column("gauges", "state", new_column_name="condition_now")')
    assert column(empty_engine, "condition_now")["type"].length == 20
    assert count(empty_engine, "gauges") == 1


def test_changing_a_table_keeps_the_rows_of_its_children(empty_engine: Engine, gauges: Owner) -> None:
    change(empty_engine, gauges, 'op.alter_column("gauges", "name", type_=line(80))')
    assert count(empty_engine, "gauge_readings") == 2
    with empty_engine.begin() as connection:
        connection.execute(text("DELETE FROM gauges"))
    assert count(empty_engine, "gauge_readings") == 0, "foreign keys count again after a migration"


def test_changing_a_table_keeps_its_text_free_of_case(empty_engine: Engine, gauges: Owner) -> None:
    change(empty_engine, gauges, 'op.alter_column("gauges", "state", nullable=True)')
    with empty_engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM gauges WHERE name = 'MICROMETER'")) == 1


def test_columns_indexes_and_constraints_come_and_go(empty_engine: Engine, gauges: Owner) -> None:
    change(
        empty_engine,
        gauges,
        """
        op.create_table("gauge_makers", sa.Column("id", BigId, primary_key=True))
        op.add_column("gauges", sa.Column("maker_id", BigId, sa.ForeignKey("gauge_makers.id"), index=True))
        op.add_column("gauges", sa.Column("second_id", BigId))
        op.add_column("gauges", sa.Column("badge", line(20), unique=True))
        op.create_foreign_key(
            "fk_gauges_second_id", "gauges", "gauge_makers", ["second_id"], ["id"], ondelete="SET NULL"
        )
        op.create_unique_constraint("uq_gauges_name_state", "gauges", ["name", "state"])
        op.create_index("ix_gauges_name", "gauges", ["name"], unique=True)
        """,
    )
    keys = inspect(empty_engine).get_foreign_keys("gauges")
    assert {tuple(key["constrained_columns"]) for key in keys} == {("maker_id",), ("second_id",)}
    assert {"ix_gauges_maker_id", "ix_gauges_name"} <= index_names(empty_engine)
    assert unique_names(empty_engine) >= {"uq_gauges_name_state", "uq_gauges_badge"}
    write_revision(
        gauges,
        "0003_back",
        "0002_second",
        """
        for _twice in range(2):
            op.drop_index("ix_gauges_name", "gauges")
            op.drop_constraint("uq_gauges_name_state", "gauges", "unique")
            op.drop_constraint("fk_gauges_second_id", "gauges", "foreignkey")
            op.drop_column("gauges", "second_id")
            op.drop_table("nowhere")
        """,
    )
    upgrade(empty_engine, [gauges])
    assert "second_id" not in {one["name"] for one in inspect(empty_engine).get_columns("gauges")}
    assert "ix_gauges_name" not in index_names(empty_engine)
    assert "uq_gauges_name_state" not in unique_names(empty_engine)
    assert count(empty_engine, "gauges") == 1


def test_on_sqlite_a_migration_that_leaves_orphans_is_taken_back(tmp_path: Path, gauges: Owner) -> None:
    write_revision(gauges, "0002_orphans", "0001_first", 'op.execute("DELETE FROM gauges")')
    engine = open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with pytest.raises(MigrationError, match="rows of gauge_readings point at gauges rows that are not there"):
        upgrade(engine, [gauges])
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_downgrade_that_fails_says_where_it_stopped(empty_engine: Engine, gauges: Owner) -> None:
    write_revision(gauges, "0002_oneway", "0001_first", "pass", 'raise RuntimeError("no way back")')
    upgrade(empty_engine, [gauges])
    with pytest.raises(MigrationError, match="gauges stopped at 0002_oneway: no way back"):
        downgrade(empty_engine, gauges, "0001_first")


def index_names(engine: Engine) -> set[str]:
    return {str(one["name"]) for one in inspect(engine).get_indexes("gauges")}


def unique_names(engine: Engine) -> set[str]:
    return {str(one["name"]) for one in inspect(engine).get_unique_constraints("gauges")}
