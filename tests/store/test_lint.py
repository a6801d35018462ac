"""The migration lint over the real histories, and how it works: what it runs, what it leaves alone, what it says."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from shopdb.plugins.loader import bundled_folder, load
from shopdb.store.lint import lint
from shopdb.store.revisions import core_owner
from tests.store.lint_owner import FIRST, FIRST_BACK, gauges, linted, rules, write
from tests.store.owners import make_owner, write_revision

STEPS = """
op.create_table("gauge_notes", sa.Column("id", BigId, primary_key=True), sa.Column("text", line(9), index=True))
op.add_column("gauges", sa.Column("colour", line(20), server_default="grey", nullable=False))
op.create_index("ix_gauges_colour", "gauges", ["colour"])
"""
STEPS_BACK = """
op.drop_index("ix_gauges_colour", "gauges")
op.drop_column("gauges", "colour")
op.drop_table("gauge_notes")
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_migrations_of_core_and_of_every_bundled_plugin_are_in_order(empty_engine: Engine) -> None:
    owners = [core_owner(), *load([bundled_folder()], strict=True).owners]
    assert len(owners) == 7
    told: list[str] = []
    assert [str(one) for one in lint([empty_engine], owners, tell=told.append)] == []
    assert len(told) == sum(len(list((owner.script_location / "versions").glob("*.py"))) for owner in owners)
    assert inspect(empty_engine).get_table_names() == []


def test_each_revision_is_cut_off_after_every_step(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", STEPS, STEPS_BACK)
    linted(empty_engine, owner)
    told: list[str] = []
    assert lint([empty_engine], [owner], tell=told.append) == ()
    # On the server: two tables, one with an index, and the row of the version; then a table with an index, a column,
    # another index, and the row.
    times = (1, 2) if empty_engine.dialect.name == "sqlite" else (3, 4)
    kind = "SQLite" if empty_engine.dialect.name == "sqlite" else "MariaDB"
    assert told == [
        f"{kind}: gauges 0001_first, power cuts: {times[0]}",
        f"{kind}: gauges 0002_second, power cuts: {times[1]}",
    ]


def test_what_takes_other_steps_each_time_is_found_out(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    random = """
    name = f"gauge_{uuid4().hex}"
    op.create_table(name, sa.Column("id", BigId, primary_key=True))
    op.drop_table(name)
    """
    write(owner, "0002_second", random, top="from uuid import uuid4")
    (found,) = linted(empty_engine, owner)
    assert (found.rule, found.told) == ("M034", "it takes other steps each time that it is run")


def test_what_is_not_committed_before_the_power_goes_off_is_not_there_again(
    empty_engine: Engine, tmp_path: Path
) -> None:
    create = 'op.create_table("gauge_notes", sa.Column("id", BigId, primary_key=True))'
    fill = 'op.execute("INSERT INTO gauge_notes VALUES (1)")'
    add = 'op.add_column("gauges", sa.Column("colour", line(20)))'
    drop = 'op.drop_table("gauge_notes")'
    safe, late = gauges(tmp_path / "safe"), gauges(tmp_path / "late")
    write(safe, "0002_second", f"{create}\n{fill}\n{drop}")
    assert linted(empty_engine, safe) == ()
    write(late, "0002_second", f"{create}\n{fill}\n{add}\n{drop}", 'op.drop_column("gauges", "colour")')
    assert rules(linted(empty_engine, late)) == {"M034"}


def test_what_a_failed_revision_leaves_is_not_taken_for_the_next_ones_fault(
    empty_engine: Engine, tmp_path: Path
) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", f"{STEPS}\nraise RuntimeError('the tap is stuck')", STEPS_BACK)
    write(owner, "0003_third", "op.execute('DELETE FROM gauges')", down="0002_second")
    linted(empty_engine, owner)
    told: list[str] = []
    assert rules(lint([empty_engine], [owner], tell=told.append)) == {"M030"}
    assert told[-1].endswith("gauges stops at 0002_second; what follows it was not run")


def test_when_core_stops_nobody_else_is_run(empty_engine: Engine, tmp_path: Path) -> None:
    core = make_owner(tmp_path, "core")
    write_revision(core, "0001_core", None, "raise RuntimeError('no core')", "op.is_sqlite()")
    told: list[str] = []
    (found,) = lint([empty_engine], [core, gauges(tmp_path)], tell=told.append)
    assert (found.owner, found.rule) == ("core", "M030")
    assert told[-1].endswith("nothing else was run, because core stopped")


def test_of_those_that_are_not_asked_for_nothing_is_found(empty_engine: Engine, tmp_path: Path) -> None:
    makers = make_owner(tmp_path, "makers")
    write(makers, "first", FIRST.replace("gauge", "maker"), FIRST_BACK.replace("gauge", "maker"), down=None)
    owner = gauges(tmp_path)
    read = "op.get_bind().scalar(sa.text('SELECT COUNT(*) FROM makers'))"
    write(owner, "0002_maker", read)
    assert linted(empty_engine, owner, makers) == ()
    assert rules(lint([empty_engine], [makers], only=["makers"])) >= {"M002"}


def test_a_revision_that_catches_everything_is_cut_off_all_the_same(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    caught = """
    if "gauge_notes" not in sa.inspect(op.get_bind()).get_table_names():
        try:
            op.create_table("gauge_notes", sa.Column("id", BigId, primary_key=True))
            op.create_table("gauge_tags", sa.Column("id", BigId, primary_key=True))
        except Exception as failure:
            raise RuntimeError from failure
    """
    write(owner, "0002_second", caught, 'op.drop_table("gauge_tags")\nop.drop_table("gauge_notes")')
    assert rules(linted(empty_engine, owner)) == {"M034"}


def test_a_finding_is_one_line_and_plain_values(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    write(owner, "second", "pass")
    (found,) = linted(empty_engine, owner)
    assert str(found) == "M002 gauges second: 'second' is not an id such as 0002_colour"
    assert json.dumps([found.rule, found.owner, found.revision, found.told, found.engines])
