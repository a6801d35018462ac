"""How migrations run: made-up owners, on both engines."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread

import pytest
from sqlalchemy import Engine, event, inspect, text

from shopdb.exceptions import BrokenHistoryError, MigrationBusyError, MigrationError
from shopdb.store import migrate
from shopdb.store.engine import open_engine
from shopdb.store.migrate import alone, downgrade, upgrade
from shopdb.store.revisions import Owner, behind, current, history
from tests.store.owners import make_owner, write_revision

FIRST = """
op.create_table(
    "gauges",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", line(40), unique=True, nullable=False),
    sa.Column("place", line(40), index=True),
    sa.Index("ix_gauges_place_name", "place", "name"),
)
op.create_table(
    "gauge_readings",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("gauge_id", BigId, sa.ForeignKey("gauges.id", ondelete="CASCADE"), nullable=False),
)
op.add_column("gauges", sa.Column("colour", line(20), server_default="grey", nullable=False))
op.create_index("ix_gauges_colour", "gauges", ["colour"])
op.create_unique_constraint("uq_gauges_place_colour", "gauges", ["place", "colour"])
op.drop_index("ix_gauges_place", "gauges")
"""
FIRST_BACK = """
op.drop_table("gauge_readings")
op.drop_table("gauges")
"""
FAILING = 'raise RuntimeError("the tap is stuck")'


class CutOffError(Exception):
    """The power went off in the middle of a migration."""


@pytest.fixture
def gauges(tmp_path: Path) -> Owner:
    owner = make_owner(tmp_path)
    write_revision(owner, "0001_first", None, FIRST, FIRST_BACK)
    return owner


def test_a_migration_cut_off_anywhere_converges_when_it_is_run_again(
    empty_engine: Engine, database_url: str, gauges: Owner
) -> None:
    with statements(empty_engine) as everything:
        upgrade(empty_engine, [gauges])
    whole = schema_of(empty_engine)
    assert len(everything) > 8
    for number, statement in enumerate(everything):
        downgrade(empty_engine, gauges)
        with empty_engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {gauges.version_table}"))
        with statements(empty_engine, cut_off_at=number) as sent, pytest.raises(MigrationError):
            upgrade(empty_engine, [gauges])
        assert len(sent) == number
        upgrade(empty_engine, [gauges])
        assert schema_of(empty_engine) == whole, f"cut off before {statement}"
        assert behind(empty_engine, [gauges]) == {}


def test_on_sqlite_a_failed_history_leaves_nothing_behind(tmp_path: Path, gauges: Owner) -> None:
    write_revision(gauges, "0002_failing", "0001_first", FAILING)
    engine = open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with pytest.raises(MigrationError, match="gauges stopped at 0002_failing: the tap is stuck"):
        upgrade(engine, [gauges])
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_failing_owner_does_not_stop_those_after_it(empty_engine: Engine, tmp_path: Path, gauges: Owner) -> None:
    broken, leaving = make_owner(tmp_path, "broken"), make_owner(tmp_path, "leaving")
    write_revision(broken, "0001_broken", None, FAILING)
    write_revision(leaving, "0001_leaving", None, 'raise SystemExit("bye")')
    with pytest.raises(MigrationError) as refused:
        upgrade(empty_engine, [broken, leaving, gauges])
    assert refused.value.stopped == {
        "broken": ("0001_broken", "the tap is stuck"),
        "leaving": ("0001_leaving", "bye"),
    }
    assert current(empty_engine, [broken, gauges]) == {"broken": "", "gauges": "0001_first"}


def test_core_stops_everybody_behind_it(empty_engine: Engine, tmp_path: Path, gauges: Owner) -> None:
    core = make_owner(tmp_path, "core")
    write_revision(core, "0001_broken", None, FAILING)
    with pytest.raises(MigrationError, match="core stopped at 0001_broken"):
        upgrade(empty_engine, [core, gauges])
    assert current(empty_engine, [gauges]) == {"gauges": ""}


def test_tables_of_a_newer_program_are_left_alone(empty_engine: Engine, gauges: Owner) -> None:
    newer = write_revision(gauges, "0002_newer", "0001_first", "pass")
    upgrade(empty_engine, [gauges])
    newer.unlink()
    assert behind(empty_engine, [gauges]) == {"gauges": ("0002_newer", "0001_first")}
    with pytest.raises(MigrationError, match="only knows revisions up to 0001_first"):
        upgrade(empty_engine, [gauges])


def test_a_failure_tells_no_statement_and_no_parameter(empty_engine: Engine, gauges: Owner) -> None:
    write_revision(gauges, "0002_bad", "0001_first", """op.execute("INSERT INTO nowhere VALUES ('secret')")""")
    with pytest.raises(MigrationError, match="0002_bad") as refused:
        upgrade(empty_engine, [gauges])
    assert "secret" not in str(refused.value)


def test_whoever_comes_second_waits_and_finds_nothing_to_do(empty_engine: Engine, gauges: Owner) -> None:
    answers = []
    with alone(empty_engine):
        second = Thread(target=lambda: answers.append(upgrade(empty_engine, [gauges])))
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
    second.join(timeout=30)
    assert [len(steps) for steps in answers] == [1]
    assert upgrade(empty_engine, [gauges]) == ()


def test_waiting_for_the_lock_ends(empty_engine: Engine, gauges: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.2)
    with alone(empty_engine):
        monkeypatch.setattr(migrate, "_ONE_AT_A_TIME", Lock())  # as if this were another process
        with pytest.raises(MigrationBusyError):
            upgrade(empty_engine, [gauges])


def test_no_host_keeps_a_lock_when_it_is_done(empty_engine: Engine, database_url: str, gauges: Owner) -> None:
    upgrade(empty_engine, [gauges])
    other = open_engine(database_url)
    downgrade(other, gauges)
    other.dispose()
    assert behind(empty_engine, [gauges]) == {"gauges": ("", "0001_first")}


def test_a_history_is_read_without_running_it(tmp_path: Path) -> None:
    owner = make_owner(tmp_path)
    path = write_revision(owner, "0001_first", None, FAILING)
    path.write_text(f"{path.read_text()}\nraise SystemExit\n")
    assert [(one.id, one.title) for one in history("gauges", owner.script_location)] == [
        ("0001_first", "Step 0001_first.")
    ]


@pytest.mark.parametrize(
    ("revisions", "told"),
    [
        ({}, "holds no first revision"),
        ({"0002_orphan": "0001_gone"}, "holds no first revision"),
        ({"0001_a": None, "0001_b": None}, "both follow nothing"),
        ({"0001_a": None, "0002_b": "0001_a", "0002_c": "0001_a"}, "both follow 0001_a"),
        ({"0001_a": None, "0003_c": "0002_gone"}, "no way leads from the first revision to 0003_c"),
        ({"0001_" + "x" * 28: None}, "must have 1 to 32 characters"),
    ],
)
def test_a_history_that_is_no_straight_line_is_refused(
    tmp_path: Path, revisions: dict[str, str | None], told: str
) -> None:
    owner = make_owner(tmp_path)
    for id, down in revisions.items():
        write_revision(owner, id, down, "pass")
    with pytest.raises(BrokenHistoryError, match=told):
        history("gauges", owner.script_location)


@pytest.mark.parametrize("content", ["def upgrade(:\n", "revision = 1\n", "revision = make()\n", "\xff"])
def test_a_revision_that_cannot_be_read_stops_its_owner_alone(
    empty_engine: Engine, tmp_path: Path, gauges: Owner, content: str
) -> None:
    broken = make_owner(tmp_path, "broken")
    (broken.script_location / "versions" / "0001.py").write_bytes(content.encode("latin-1"))
    with pytest.raises(MigrationError, match=r"0001\.py cannot be read") as refused:
        upgrade(empty_engine, [broken, gauges])
    assert list(refused.value.stopped) == ["broken"]
    assert current(empty_engine, [gauges]) == {"gauges": "0001_first"}


@contextmanager
def statements(engine: Engine, cut_off_at: int | None = None) -> Iterator[list[str]]:
    """Collect the statements that write or change the schema; the one of the given number fails unsent."""
    sent: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "INSERT")):
            if len(sent) == cut_off_at:
                raise CutOffError
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", count)


def schema_of(engine: Engine) -> dict[str, object]:
    """Return the names of everything in the database."""
    inspector = inspect(engine)
    return {
        table: (
            sorted(column["name"] for column in inspector.get_columns(table)),
            sorted(str(index["name"]) for index in inspector.get_indexes(table)),
            sorted(str(one["name"]) for one in inspector.get_unique_constraints(table)),
            len(inspector.get_foreign_keys(table)),
        )
        for table in inspector.get_table_names()
    }
