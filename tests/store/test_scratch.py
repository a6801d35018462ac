"""Scratch copies: what is in them, and that they are gone afterwards, however that comes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from shopdb.boot import Shop
from shopdb.exceptions import ScratchRefusedError
from shopdb.store.engine import is_mysql, open_engine
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import Owner, current
from shopdb.store.scratch import PREFIX, empty_scratch, scratch
from shopdb.store.shape import shape
from tests.mariadb import MariaDB
from tests.store.owners import make_owner, write_revision

GAUGES = """
op.create_table("gauge_makers", sa.Column("id", BigId, primary_key=True), sa.Column("parent_id", BigId))
op.create_foreign_key("fk_makers", "gauge_makers", "gauge_makers", ["parent_id"], ["id"])
op.create_table(
    "gauges",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", line(40), nullable=False),
    sa.Column("name_length", sa.Integer, sa.Computed("length(name)")),
    sa.Column("maker_id", BigId, sa.ForeignKey("gauge_makers.id"), index=True),
)
op.create_table(
    "plugins",
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", line(40), nullable=False, server_default="100 % \\"sure\\" :x"),
)
op.execute("INSERT INTO gauge_makers (id, parent_id) VALUES (1, NULL), (2, 1), (3, NULL)")
op.execute("INSERT INTO gauges (id, name, maker_id) VALUES (1, 'Micrometer', 2), (2, 'Caliper', NULL)")
op.execute("INSERT INTO plugins (id, name) VALUES (1, 'usb')")
"""
HOLDING = """
import sys
from shopdb.store.engine import open_engine
from shopdb.store.scratch import scratch
with scratch(open_engine(sys.argv[1])) as copy:
    print(copy.url.database, flush=True)
    sys.stdin.readline()
"""
ON_MARIADB = pytest.mark.parametrize("engine_kind", [pytest.param("mariadb", marks=pytest.mark.mariadb)])


@pytest.fixture(autouse=True)
def _own_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the scratches of others out of the test, and its own out of theirs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def gauges(empty_engine: Engine, tmp_path: Path) -> Owner:
    """An owner whose tables have rows."""
    owner = make_owner(tmp_path)
    write_revision(owner, "0001_first", None, GAUGES)
    upgrade(empty_engine, [owner])
    return owner


def test_a_copy_has_the_tables_and_says_which_revision_they_are_at(empty_engine: Engine, gauges: Owner) -> None:
    with empty_engine.connect() as connection, scratch(empty_engine) as copy, copy.connect() as other:
        assert shape(other) == shape(connection)
        assert current(copy, [gauges]) == {"gauges": "0001_first"}
        assert keys(copy, "plugins") == [1]


@ON_MARIADB
def test_on_a_server_only_rows_that_are_asked_for_are_copied_with_those_that_they_point_at(
    empty_engine: Engine, gauges: Owner
) -> None:
    with scratch(empty_engine) as copy:
        assert keys(copy, "gauges") == keys(copy, "gauge_makers") == []
    with scratch(empty_engine, rows_of=["gauges", "nowhere"]) as copy:
        assert keys(copy, "gauges") == [1, 2]
        assert keys(copy, "gauge_makers") == [1, 2]


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_in_a_file_everything_is_copied(empty_engine: Engine, gauges: Owner) -> None:
    with scratch(empty_engine) as copy:
        assert keys(copy, "gauges") == [1, 2]
        assert keys(copy, "gauge_makers") == [1, 2, 3]


def test_what_is_done_to_a_copy_is_not_done_to_the_database(empty_engine: Engine, gauges: Owner) -> None:
    with scratch(empty_engine) as copy:
        with copy.begin() as connection:
            connection.execute(text("DROP TABLE gauges"))
            connection.execute(text("INSERT INTO gauge_makers (id) VALUES (9)"))
        write_revision(gauges, "0002_more", "0001_first", 'op.add_column("plugins", sa.Column("size", sa.Integer))')
        upgrade(copy, [gauges])
    assert keys(empty_engine, "gauges") == [1, 2]
    assert keys(empty_engine, "gauge_makers") == [1, 2, 3]
    assert current(empty_engine, [gauges]) == {"gauges": "0001_first"}


def test_a_ready_site_is_copied_whole(shop: Shop) -> None:
    with shop.engine.connect() as connection, scratch(shop.engine) as copy, copy.connect() as other:
        assert shape(other) == shape(connection)
        assert len(keys(copy, "plugins")) > 5


def test_a_scratch_is_gone_afterwards_also_when_what_is_tried_fails(empty_engine: Engine, gauges: Owner) -> None:
    for make in (scratch, empty_scratch):
        with pytest.raises((OperationalError, ProgrammingError)), make(empty_engine) as copy:
            no_such_table(copy, scratches(empty_engine))
        assert scratches(empty_engine) == []


def test_an_empty_scratch_is_empty_and_of_the_same_kind(empty_engine: Engine, gauges: Owner) -> None:
    with empty_scratch(empty_engine) as empty:
        assert inspect(empty).get_table_names() == []
        assert empty.dialect.name == empty_engine.dialect.name
        upgrade(empty, [gauges])
        assert keys(empty, "gauges") == [1, 2]


def test_what_a_killed_process_left_is_removed_by_the_next_one_and_a_live_one_is_not(
    empty_engine: Engine, database_url: str, gauges: Owner
) -> None:
    with holding(database_url) as live, holding(database_url) as killed:
        assert len(scratches(empty_engine)) == 2
        killed.kill()
        killed.wait()
        grow_old(empty_engine)
        deadline = time.monotonic() + 30
        while len(scratches(empty_engine)) > 1:
            assert time.monotonic() < deadline
            with empty_scratch(empty_engine):
                pass
        live.communicate("done\n", timeout=30)
        assert live.returncode == 0
        assert scratches(empty_engine) == []


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_folders_that_are_young_or_no_scratch_of_ours_are_left_alone(empty_engine: Engine, tmp_path: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    young, elsewhere = temporary / f"{PREFIX}young", tmp_path / "elsewhere"
    young.mkdir()
    elsewhere.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}file").touch()
    with empty_scratch(empty_engine):
        pass
    assert young.exists()
    os.utime(young, (0, 0))
    os.utime(temporary / f"{PREFIX}link", (0, 0), follow_symlinks=False)
    os.utime(temporary / f"{PREFIX}file", (0, 0))
    with empty_scratch(empty_engine):
        pass
    assert {path.name for path in temporary.iterdir()} == {f"{PREFIX}link", f"{PREFIX}file"}
    assert elsewhere.is_dir()


@ON_MARIADB
def test_databases_of_another_server_of_the_cluster_are_left_for_a_day(
    empty_engine: Engine, mariadb_server: MariaDB
) -> None:
    now = int(time.time())
    young, old = f"{PREFIX}0badcafe_{now - 3600:08x}_00000001", f"{PREFIX}0badcafe_{now - 90_000:08x}_00000002"
    named_alike = f"{PREFIX}of_the_accountants"
    mariadb_server.run(*(f"CREATE DATABASE {name}" for name in (young, old, named_alike)))
    try:
        with empty_scratch(empty_engine):
            pass
        assert scratches(empty_engine) == [young, named_alike]
    finally:
        mariadb_server.run(f"DROP DATABASE {young}", f"DROP DATABASE {named_alike}")


@ON_MARIADB
def test_an_account_that_may_not_make_databases_is_told_what_would_allow_it(
    empty_engine: Engine, gauges: Owner, mariadb_server: MariaDB
) -> None:
    database = empty_engine.url.database
    mariadb_server.run(
        "CREATE USER 'narrow'@'127.0.0.1' IDENTIFIED BY 'a word'",
        f"GRANT ALL ON {database}.* TO 'narrow'@'127.0.0.1'",
    )
    url = empty_engine.url.set(username="narrow", password="a word").render_as_string(hide_password=False)
    narrow = open_engine(url)
    try:
        with pytest.raises(ScratchRefusedError), empty_scratch(narrow):
            pass
        with pytest.raises(ScratchRefusedError, match=r"narrow@127\.0\.0\.1 may not make") as refused, scratch(narrow):
            pass
        mariadb_server.run(f"GRANT CREATE, DROP ON `{PREFIX}%`.* TO 'narrow'@'127.0.0.1'".replace("_", r"\_"))
        narrow.dispose()
        with pytest.raises(ScratchRefusedError, match="command denied"), scratch(narrow):
            pass
        assert scratches(empty_engine) == []
        told = str(refused.value)
        assert "a word" not in told
        mariadb_server.run(told[told.index("GRANT") :].rstrip(";"))
        narrow.dispose()
        with scratch(narrow) as copy:
            assert current(copy, [gauges]) == {"gauges": "0001_first"}
    finally:
        narrow.dispose()
        mariadb_server.run("DROP USER 'narrow'@'127.0.0.1'")


@ON_MARIADB
def test_a_copy_is_made_where_the_first_host_of_the_list_that_answers_is(empty_engine: Engine, gauges: Owner) -> None:
    several = open_engine(str(empty_engine.url.set(host="127.0.0.2,127.0.0.1").render_as_string(hide_password=False)))
    with scratch(several) as copy:
        assert current(copy, [gauges]) == {"gauges": "0001_first"}
    several.dispose()


def no_such_table(engine: Engine, there: list[str]) -> None:
    """Fail as a bad revision does, while the scratch is there."""
    assert len(there) == 1
    keys(engine, "nowhere")


def keys(engine: Engine, table: str) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(text(f"SELECT id FROM {table} ORDER BY id")))  # noqa: S608 a table of this test


def scratches(engine: Engine) -> list[str]:
    """Return the scratches that there are."""
    if not is_mysql(engine):
        return sorted(path.name for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    with engine.connect() as connection:
        return sorted(name for name in connection.scalars(text("SHOW DATABASES")) if name.startswith(PREFIX))


def grow_old(engine: Engine) -> None:
    if not is_mysql(engine):
        for path in Path(tempfile.gettempdir()).iterdir():
            os.utime(path, (0, 0))


@contextmanager
def holding(url: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds a scratch until it is told something."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": "."},
    )
    assert process.stdout is not None
    assert PREFIX in process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
