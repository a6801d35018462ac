"""A site of an older schema, brought to this version; and upgrades that would not go well."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import Engine, text

from shopdb.boot import open_shop, prepare_shop
from shopdb.config import Settings
from shopdb.domain.listing import ListQuery
from shopdb.exceptions import PreflightFailedError, SchemaBehindError, UpgradeStoppedError
from shopdb.keeping import record
from shopdb.keeping.backup import make
from shopdb.keeping.preflight import named_tables, preflight
from shopdb.keeping.restore import restore
from shopdb.keeping.standing import Room, standing
from shopdb.keeping.upgrade import upgrade
from shopdb.services.undo import undo
from shopdb.store import drift, records, revisions, search
from shopdb.store.dump import verify
from shopdb.store.revisions import CORE, core_owner, history
from shopdb.store.scratch import PREFIX
from shopdb.store.shape import Shape, shape
from tests.keeping.sites import ANNA, digests, engine_of, silent
from tests.plugins_on_disk import write_plugin

GAUGES = {"core_version": ">=0.3,<0.4"}
DEMO_BATCH = 10
SECOND = '''
"""The makers of gauges."""

import sqlalchemy as sa
from alembic import op as alembic_op

from shopdb.api import line
from shopdb.api import operations as op

revision = "0002_gauges"
down_revision = "0001_gauges"


def upgrade():
    op.add_column("gauges", sa.Column("maker", line(80)))
    {more}


def downgrade():
    op.drop_column("gauges", "maker")
'''


@pytest.fixture
def old_site(settings: Settings, old_backup: Path) -> Settings:
    """A site at core's first revision, on the test's engine."""
    restore(settings, old_backup)
    return settings


def shape_of(engine: Engine) -> Shape:
    with engine.connect() as connection:
        return shape(connection)


# --- the site that is kept in the tests ------------------------------------------------------------------


def test_the_old_site_is_one(old_backup: Path) -> None:
    manifest = verify(old_backup)
    assert manifest.facts.revisions[CORE] == "0001_core"
    assert len(manifest.facts.plugins) == 6
    assert manifest.rows > 1_000
    assert old_backup.stat().st_size < 100_000


def test_a_site_of_an_older_schema_comes_through_preflight_and_upgrade(
    old_site: Settings, old_backup: Path, tmp_path: Path
) -> None:
    with pytest.raises(SchemaBehindError):
        open_shop(old_site)
    before = digests(old_backup)
    tried = preflight(old_site)
    core = [one.id for one in history(CORE, core_owner().script_location)]
    assert tried.problems == ()
    assert tried.pending[CORE] == ("0001_core", core[-1])
    assert [one.revision for one in tried.tried if one.owner == CORE] == core[1:]
    assert all(one.seconds > 0 for one in tried.tried)
    assert dict(tried.plugins).keys() == {"computers", "equipment", "network", "notifications", "printers", "usb"}
    assert all(room.free > room.needed for room in tried.rooms)
    assert digests(make(old_site, target=tmp_path / "untouched.zip").path) == before

    upgraded = upgrade(old_site, tell=silent)
    assert upgraded.backup is not None
    assert digests(upgraded.backup.path) == before
    assert [step.revision for step in upgraded.steps if step.owner == CORE] == core[1:]
    shop = open_shop(old_site)
    try:
        assert drift.check(shop.engine, (core_owner(), *shop.plugins.owners)) == {}
        with shop.reading() as session:
            assert len(records.page(session, shop.catalog["assets"], ListQuery(limit=200)).rows) == before["assets"][0]
            label = records.page(session, shop.catalog["computers"], ListQuery(limit=1)).rows[0].label
            assert label in [hit.title for hit in search.hits(session, label)]
        report = shop.write(ANNA.doing("undo"), lambda session: undo(session, DEMO_BATCH))
        assert report.restored > 0
    finally:
        shop.close()
    assert upgrade(old_site, tell=silent).backup is None


def test_what_was_in_the_old_site_s_fields_is_there_after_the_upgrade(old_site: Settings) -> None:
    upgrade(old_site, tell=silent)
    with engine_of(old_site) as engine, engine.connect() as connection:
        found = connection.execute(text("SELECT notes, mapx, mapy, purchased_on FROM assets ORDER BY id LIMIT 2")).all()
        assert [(row[0], float(row[1]), str(row[3])) for row in found] == [
            ("", 12.125, "2019-02-28"),
            (None, -3.5, str(found[1][3])),
        ]
        contents = connection.scalars(text("SELECT content FROM attachments ORDER BY id")).all()
        assert contents == [bytes(range(256)), b""]
        policy = connection.scalar(text("SELECT value FROM settings WHERE `key` = 'plugin.usb.policy'"))
        assert policy == '{"b":[1,null,true],"a":"é"}'
        told = connection.scalar(text("SELECT text FROM articles WHERE id = 1")) or ""
        assert "日本語 🛠 ok" in told
        assert "100 %, \\ und '." in told


# --- upgrades that would not go well -----------------------------------------------------------------------


@pytest.fixture
def gauges(site: Settings) -> Callable[..., Path]:
    """A site with a plugin of its own, installed at its first version; called, it brings the second one."""
    folder = site.plugin_dirs[0]
    write_plugin(folder, manifest=GAUGES)
    prepare_shop(site, plugins={"gauges"}).close()
    with engine_of(site) as engine, engine.begin() as connection:
        connection.execute(text("INSERT INTO gauges (name) VALUES ('Micrometer'), ('Micrometer'), (''), ('Caliper')"))

    def second(more: str, *, columns: str = "maker: Mapped[str | None] = mapped_column(line(80))") -> Path:
        return write_plugin(
            folder,
            manifest={**GAUGES, "version": "2.0.0"},
            columns=columns,
            files={"migrations/versions/0002_gauges.py": dedent(SECOND).format(more=more)},
        )

    return second


def first_again(site: Settings) -> None:
    """Put the plugin's first version back, as its author's mistake is taken back."""
    folder = write_plugin(site.plugin_dirs[0], manifest=GAUGES)
    (folder / "migrations" / "versions" / "0002_gauges.py").unlink()


def test_a_plugin_s_next_version_is_tried_and_taken(site: Settings, gauges: Callable[..., Path]) -> None:
    gauges("pass")
    tried = preflight(site)
    assert tried.pending == {"gauges": ("0001_gauges", "0002_gauges")}
    assert [(one.owner, one.title) for one in tried.tried] == [("gauges", "The makers of gauges.")]
    if site.database_file is None:
        assert tried.where == "a scratch database with every table and the rows of gauges"
    assert [step.owner for step in upgrade(site, tell=silent).steps] == ["gauges"]
    open_shop(site).close()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('op.create_index("uq_gauges_name", "gauges", ["name"], unique=True)', "(?:UNIQUE|Duplicate)"),
        ('raise RuntimeError("no luck")', "no luck"),
        ('op.execute("UPDATE no_such_table SET x = 1")', "no_such_table"),
        ("raise SystemExit(3)", "3"),
    ],
)
def test_a_migration_that_fails_on_the_copy_leaves_the_site_running_on_the_old_version(
    site: Settings, gauges: Callable[..., Path], more: str, reason: str
) -> None:
    gauges(more)
    with engine_of(site) as engine:
        before = shape_of(engine)
        with pytest.raises(PreflightFailedError, match=f"(?s)the migration of gauges to 0002_gauges fails: .*{reason}"):
            upgrade(site, tell=silent)
        assert shape_of(engine) == before
        assert revisions.current(engine, standing(engine, site).owners)["gauges"] == "0001_gauges"
    noted = record.last(site.home, "backup")
    assert noted is not None
    assert noted.path.is_file()
    first_again(site)
    shop = open_shop(site)
    assert "gauges" in shop.plugins.plugins
    shop.close()


def test_a_migration_that_fails_on_the_site_alone_is_told_with_what_it_left_and_both_ways_on(
    site: Settings, gauges: Callable[..., Path]
) -> None:
    gauges(f'if "{PREFIX}" not in str(alembic_op.get_bind().engine.url): raise RuntimeError("only here")')
    with engine_of(site) as engine:
        before = shape_of(engine)
        with pytest.raises(UpgradeStoppedError, match=r"gauges stopped before 0002_gauges: only here") as stopped:
            upgrade(site, tell=silent)
        noted = record.last(site.home, "backup")
        assert noted is not None
        assert str(noted.path) in str(stopped.value)
        if site.database_file is not None:
            assert stopped.value.half_done == ()
            assert "what the step had done was taken back" in str(stopped.value)
            assert shape_of(engine) == before
        else:
            assert len(stopped.value.half_done) == 1
            assert stopped.value.half_done[0].startswith("gauges: column maker is new")
            assert "cannot take back" in str(stopped.value)
    first_again(site)
    shop = open_shop(site)
    with shop.reading() as session:
        assert len(records.page(session, shop.catalog["gauges"], ListQuery()).rows) == 4
    shop.close()
    gauges("pass")
    assert [step.revision for step in upgrade(site, tell=silent).steps] == ["0002_gauges"]


def test_a_plugin_that_this_version_cannot_use_is_named_before_anything_is_tried(
    site: Settings, gauges: Callable[..., Path]
) -> None:
    folder = gauges("pass")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "core_version": ">=0.9"}))
    tried = preflight(site)
    assert tried.where == ""
    assert tried.tried == ()
    (problem,) = tried.problems
    assert problem.startswith("plugin gauges cannot be used by this version: P020")
    (folder / "manifest.json").unlink()
    (folder / "plugin.py").unlink()
    assert preflight(site).problems == (f"plugin gauges is in use, and its files are not in {site.plugin_dirs[0]}",)
    assert preflight(replace(site, disable_plugins=frozenset({"gauges"}))).problems == ()


def test_models_that_the_migrations_do_not_make_are_found_on_the_copy(
    site: Settings, gauges: Callable[..., Path]
) -> None:
    gauges("pass", columns="made: Mapped[str | None] = mapped_column(line(80))")
    (problem,) = preflight(site).problems
    assert problem.startswith("the tables of gauges would not be this version's: ")
    assert "gauges.made" in problem
    assert "gauges.maker" in problem


def test_too_little_room_is_told_in_megabytes() -> None:
    room = Room(Path("/srv"), "a backup", free=1_000_000, needed=2_500_000)
    assert room.problem == "2 MB are needed in /srv for a backup, and 1 MB are free"
    assert Room(Path("/srv"), "a backup", free=1, needed=1).problem == ""


def test_the_rows_of_a_table_come_to_the_copy_where_a_pending_revision_names_it() -> None:
    tables = ["plugins", "assets", "plugin_archives", "vendors"]
    assert named_tables(core_owner(), "0001_core", tables) >= {"plugins", "plugin_archives"}
    assert named_tables(core_owner(), "", tables) == set(tables)
    assert named_tables(core_owner(), history(CORE, core_owner().script_location)[-1].id, tables) == set()


@pytest.mark.mariadb
def test_without_the_right_to_make_a_database_the_newest_backup_is_tried_in_a_file(
    request: pytest.FixtureRequest, empty_site: Callable[[str], Settings], old_backup: Path
) -> None:
    site = empty_site("mariadb")
    server = request.getfixturevalue("mariadb_server")
    name = site.database_url.rpartition("/")[2]
    server.run(
        "CREATE OR REPLACE USER small@'127.0.0.1' IDENTIFIED BY 'small'",
        f"GRANT ALL ON {name}.* TO small@'127.0.0.1'",
    )
    restore(site, old_backup)
    small = replace(site, database_url=f"mysql+pymysql://small:small@127.0.0.1:{server.port}/{name}")
    (problem,) = preflight(small).problems
    refused = "the migrations cannot be tried: small@127.0.0.1 may not make a scratch database"
    assert problem.startswith(refused)
    assert "Do it with the account of the site's admin" in problem
    made = make(small, passphrase="correct horse battery staple")
    assert preflight(small).problems[0].startswith(refused)
    tried = preflight(small, "correct horse battery staple")
    assert tried.problems == ()
    assert tried.where.startswith(f"a SQLite file with all that is in {made.path}, because: ")
    assert tried.tried
