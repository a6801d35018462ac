"""The shape of a database: what counts as a difference, and what does not, on both engines."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from shopdb.plugins.loader import bundled_folder, load
from shopdb.store.migrate import downgrade, upgrade
from shopdb.store.revisions import core_owner
from shopdb.store.shape import Shape, collation_of, differences, shape
from tests.store.owners import make_owner, write_revision

GAUGES = """
op.create_table("gauge_makers", sa.Column("id", BigId, primary_key=True))
op.create_table(
    "gauges",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("host_name", line(40)),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("place", line(40), server_default="Bay 3", nullable=False),
    sa.Column("size", sa.Numeric(10, 3)),
    sa.Column("maker_id", BigId, sa.ForeignKey("gauge_makers.id", ondelete="CASCADE"), index=True),
    sa.UniqueConstraint("name", "place"),
    sa.CheckConstraint("size > 0", name="size_positive"),
    sa.Index("ix_gauges_place_name", "place", "name"),
)
"""


def taken(engine: Engine) -> Shape:
    with engine.connect() as connection:
        return shape(connection)


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def gauges(empty_engine: Engine, tmp_path: Path) -> Engine:
    """The database with two tables."""
    owner = make_owner(tmp_path)
    write_revision(owner, "0001_first", None, GAUGES, 'op.drop_table("gauges")\nop.drop_table("gauge_makers")')
    upgrade(empty_engine, [owner])
    return empty_engine


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["CREATE TABLE gauge_notes (id INTEGER)"], ["table gauge_notes is new"]),
        (["ALTER TABLE gauges ADD COLUMN colour VARCHAR(10)"], ["gauges: column colour is new"]),
        (["ALTER TABLE gauges DROP COLUMN host_name"], ["gauges: column host_name is gone"]),
        (["DROP INDEX ix_gauges_place_name{on}"], ["gauges: index ix_gauges_place_name is gone"]),
        (
            ["DROP INDEX ix_gauges_place_name{on}", "CREATE INDEX ix_gauges_place_name ON gauges (name, place)"],
            ["gauges: index ix_gauges_place_name was"],
        ),
        (
            ["DROP INDEX ix_gauges_place_name{on}", "CREATE UNIQUE INDEX ix_gauges_place_name ON gauges (place, name)"],
            ["gauges: index ix_gauges_place_name was"],
        ),
        (
            ["CREATE TRIGGER gauges_gone AFTER DELETE ON gauges FOR EACH ROW BEGIN DELETE FROM gauge_makers; END"],
            ["gauges: trigger gauges_gone is new"],
        ),
        (["CREATE VIEW gauge_names AS SELECT name FROM gauges"], ["table gauge_names is new"]),
    ],
)
def test_what_is_changed_is_told(gauges: Engine, changed: list[str], told: list[str]) -> None:
    before = taken(gauges)
    on = "" if gauges.dialect.name == "sqlite" else " ON gauges"
    run(gauges, *(statement.format(on=on) for statement in changed))
    found = differences(before, taken(gauges))
    assert [one[: len(start)] for one, start in zip(found, told, strict=True)] == told
    assert len(differences(taken(gauges), before)) == len(told)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"place", line(40)', '"place", line(60)'),
        ('"place", line(40)', '"place", sa.String(40, collation="{binary}")'),
        ('server_default="Bay 3", nullable=False', 'server_default="Bay 4", nullable=False'),
        ('server_default="Bay 3", nullable=False', 'server_default="Bay 3"'),
        ("sa.Numeric(10, 3)", "sa.Numeric(12, 3)"),
        ("sa.Numeric(10, 3)", "sa.Numeric(10, 3), primary_key=True"),
        ('ondelete="CASCADE"', 'ondelete="SET NULL"'),
        ('sa.UniqueConstraint("name", "place")', 'sa.UniqueConstraint("place", "name", name="uq_gauges_name_place")'),
        ('"size > 0"', '"size > 1"'),
        ("sa.Index(", 'sa.Index("ix_gauges_name", "name"),\n    sa.Index('),
    ],
)
def test_every_fact_about_a_table_counts(empty_engine: Engine, tmp_path: Path, was: str, now: str) -> None:
    binary = "BINARY" if empty_engine.dialect.name == "sqlite" else "utf8mb4_bin"
    shapes = []
    assert was in GAUGES
    for number, body in enumerate((GAUGES, GAUGES.replace(was, now.format(binary=binary)))):
        owner = make_owner(tmp_path / str(number))
        write_revision(owner, "0001_first", None, body, 'op.drop_table("gauges")\nop.drop_table("gauge_makers")')
        upgrade(empty_engine, [owner])
        shapes.append(taken(empty_engine))
        downgrade(empty_engine, owner)
    found = differences(*shapes)
    assert found
    assert all(one.startswith("gauges: ") for one in found)


def test_rows_numbers_and_the_order_of_columns_do_not_count(gauges: Engine) -> None:
    before = taken(gauges)
    collation = " COLLATE NOCASE" if gauges.dialect.name == "sqlite" else ""
    run(
        gauges,
        "INSERT INTO gauges (name) VALUES ('Micrometer')",
        "DELETE FROM gauges",
        "ALTER TABLE gauges DROP COLUMN host_name",
        f"ALTER TABLE gauges ADD COLUMN host_name VARCHAR(40){collation}",
    )
    assert differences(before, taken(gauges)) == ()
    assert before == taken(gauges)


@pytest.mark.parametrize("engine_kind", [pytest.param("mariadb", marks=pytest.mark.mariadb)])
def test_a_column_that_states_the_characters_of_its_table_is_as_one_that_does_not(gauges: Engine) -> None:
    before = taken(gauges)
    stated = "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"
    run(gauges, f"ALTER TABLE gauges MODIFY host_name {stated}")
    assert differences(before, taken(gauges)) == ()


def test_only_the_tables_that_are_asked_for_are_looked_at(gauges: Engine) -> None:
    with gauges.connect() as connection:
        assert set(shape(connection, {"gauges", "nowhere"}).tables) == {"gauges"}
    assert set(taken(gauges).tables) == {"gauges", "gauge_makers", "alembic_version_gauges"}
    assert set(taken(gauges).without({"gauges", "alembic_version_gauges"}).tables) == {"gauge_makers"}


def test_every_real_table_looks_as_before_when_it_was_taken_away_and_brought_again(empty_engine: Engine) -> None:
    owners = [core_owner(), *load([bundled_folder()], strict=True).owners]
    nothing = taken(empty_engine)
    upgrade(empty_engine, owners)
    whole = taken(empty_engine)
    assert "search_entries" in whole.tables
    for owner in reversed(owners):
        downgrade(empty_engine, owner)
    assert differences(nothing, taken(empty_engine).without({owner.version_table for owner in owners})) == ()
    upgrade(empty_engine, owners)
    assert differences(whole, taken(empty_engine)) == ()


@pytest.mark.parametrize(
    ("definition", "collation"),
    [
        ('CREATE TABLE t (\n\tname VARCHAR(40) COLLATE "NOCASE" NOT NULL)', "NOCASE"),
        ("CREATE TABLE t (host_name VARCHAR(40) COLLATE NOCASE, name VARCHAR(40))", ""),
        ("CREATE TABLE t (name VARCHAR(40), host_name VARCHAR(40) COLLATE NOCASE)", ""),
        ('CREATE TABLE t ("name" TEXT NOT NULL COLLATE nocase)', "nocase"),
    ],
)
def test_a_collation_is_that_of_its_own_column(definition: str, collation: str) -> None:
    assert collation_of(definition, "name") == collation
