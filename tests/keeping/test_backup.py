"""Backups of a site that is in use, on disks that are full, by processes that are killed."""

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.exceptions import (
    BackupBusyError,
    BackupNotWrittenError,
    BackupThereError,
    DatabaseUnreachableError,
    NoPlaceError,
    NoSiteError,
    RecordNotWrittenError,
)
from shopdb.keeping import record, rotation
from shopdb.keeping.backup import LOCK, make
from shopdb.keeping.restore import restore
from shopdb.services.settings import set_setting
from shopdb.store.dump import verify
from shopdb.store.dump.writing import DRAFT, Progress
from shopdb.store.exclusive import only_one
from shopdb.store.models import Person
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import ANNA, add_people, digests, engine_of, make_up
from tests.sites import environment, site_settings

ROOT = Path(__file__).parents[2]
PEOPLE_AT_ONCE = 3
PATIENCE_SECONDS = 60.0


class Writer:
    """Somebody who goes on writing: every transaction adds three people and counts itself in a setting."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._condition = threading.Condition()
        self._ended = False
        self.committed = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self._write, name="writer")
        thread.start()
        try:
            yield
        finally:
            self._ended = True
            thread.join(PATIENCE_SECONDS)

    def wait_for_the_next_two(self) -> None:
        """Return when a transaction that begins after now has been committed."""
        with self._condition:
            wanted = self.committed + 2
            assert self._condition.wait_for(lambda: self.committed >= wanted, PATIENCE_SECONDS)

    def _write(self) -> None:
        while not self._ended:
            self._shop.write(ANNA, self._add)
            with self._condition:
                self.committed += 1
                self._condition.notify_all()

    def _add(self, session: Session) -> None:
        number = self.committed + 1
        session.add_all(Person(name=f"writer {number} {one}") for one in range(PEOPLE_AT_ONCE))
        set_setting(session, "test.count", number)


def test_a_backup_during_writes_holds_one_moment_and_comes_back_on_either_engine(
    shop: Shop, target: Settings, tmp_path: Path
) -> None:
    make_up(shop)
    writer = Writer(shop)
    tables: set[str] = set()

    def told(progress: Progress) -> None:
        if progress.step == "write" and progress.table not in tables:
            tables.add(progress.table)
            if len(tables) % 5 == 0:
                writer.wait_for_the_next_two()

    with writer.at_work():
        writer.wait_for_the_next_two()
        before = writer.committed
        made = make(shop.settings, target=tmp_path / "moment.zip", told=told)
        after = writer.committed
    assert after >= before + 10
    restored = restore(target, made.path)
    assert {name: digest for name, (_, digest) in digests(made.path).items()} == restored.rebuilt.digests
    with engine_of(target) as engine, engine.connect() as connection, shop.engine.connect() as source:
        number = int(connection.scalar(text("SELECT value FROM settings WHERE `key` = 'test.count'")) or 0)
        assert before <= number < after
        names = connection.scalars(text("SELECT name FROM people WHERE name LIKE 'writer %' ORDER BY id")).all()
        assert names == [f"writer {n} {one}" for n in range(1, number + 1) for one in range(PEOPLE_AT_ONCE)]
        last = connection.scalar(text("SELECT MAX(id) FROM batches"))
        logged = "SELECT COUNT(*), MIN(id), MAX(id) FROM changes WHERE batch_id <= :last"
        there = connection.execute(text(logged), {"last": last}).one()
        assert there == source.execute(text(logged), {"last": last}).one()


def test_two_backups_of_a_quiet_site_hold_the_same(shop: Shop) -> None:
    make_up(shop)
    first, second = make(shop.settings), make(shop.settings)
    assert digests(first.path) == digests(second.path)
    assert first.path.parent == shop.settings.home / "backups"
    assert [one.path for one in rotation.kept_in(first.path.parent)] == [first.path, second.path]


def test_a_backup_says_what_it_is(shop: Shop) -> None:
    make_up(shop)
    made = make(shop.settings)
    manifest = verify(made.path)
    facts = manifest.facts
    assert (facts.kind, facts.site) == ("site", shop.settings.site_name)
    assert facts.engine.split()[0] == ("sqlite" if shop.settings.database_file else "mysql")
    assert {one.name for one in facts.plugins} == set(shop.plugins.plugins)
    assert set(facts.revisions) == {"core", *shop.plugins.plugins}
    with shop.engine.connect() as connection:
        for table, rows in manifest.counts.items():
            assert connection.scalar(text(f"SELECT COUNT(*) FROM {table}")) == rows  # noqa: S608 our own tables
    assert made.size == made.path.stat().st_size
    assert made.path.stat().st_mode & 0o777 == 0o600
    noted = record.last(shop.settings.home, "backup")
    assert noted is not None
    assert (noted.path, noted.sha256, noted.rows, noted.at) == (
        made.path, made.sha256, manifest.rows, facts.made_at,
    )  # fmt: skip
    assert datetime.now(UTC) - noted.at < timedelta(minutes=2)


def test_an_encrypted_backup_shows_nothing_and_holds_the_same(shop: Shop) -> None:
    plain = make(shop.settings)
    sealed = make(shop.settings, passphrase="correct horse battery staple")
    assert sealed.path.name.endswith(".zip.sealed")
    assert sealed.encrypted
    raw = sealed.path.read_bytes()
    assert b"manifest" not in raw
    assert b"PK" + bytes([3, 4]) not in raw
    assert digests(sealed.path, "correct horse battery staple") == digests(plain.path)


def test_a_named_file_is_written_once_and_never_removed(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "before the move.zip"
    made = make(shop.settings, target=path)
    assert made.path == path
    assert made.removed == ()
    with pytest.raises(BackupThereError, match="is there already"):
        make(shop.settings, target=path)
    assert verify(path).rows == made.manifest.rows


def test_a_named_file_keeps_its_name_when_it_is_encrypted(shop: Shop, tmp_path: Path) -> None:
    made = make(shop.settings, target=tmp_path / "move.zip", passphrase="correct horse battery staple")
    assert (made.path, made.encrypted) == (tmp_path / "move.zip", True)


@pytest.mark.parametrize("place", ["nas", "nas/move.zip", "move.tar"])
def test_a_folder_that_is_not_there_is_not_made(shop: Shop, tmp_path: Path, place: str) -> None:
    with pytest.raises(NoPlaceError, match=r"There is no folder .*mount it or make it first"):
        make(shop.settings, target=tmp_path / place)
    assert not (tmp_path / place).exists()
    assert not (tmp_path / "nas").exists()


def test_a_backup_removes_those_that_no_rule_keeps_and_nothing_else(shop: Shop, tmp_path: Path) -> None:
    made = make(shop.settings, target=tmp_path)
    mark = verify(made.path).facts.about["mark"]
    old = [
        tmp_path / rotation.file_name("shop", mark, datetime.now(UTC) - timedelta(days=day), encrypted=False)
        for day in range(3, 40)
    ]
    foreign = tmp_path / "somebody else's.zip"
    for path in (*old, foreign):
        path.write_bytes(b"x")
    second = make(shop.settings, target=tmp_path)
    assert set(second.removed) < set(old)
    assert set(tmp_path.glob("*.zip")) == {made.path, second.path, foreign, *old} - set(second.removed)


def test_a_backup_that_another_process_makes_is_waited_for_by_the_person(shop: Shop) -> None:
    with only_one(shop.engine, LOCK, 1.0), pytest.raises(BackupBusyError):
        make(shop.settings)


def test_a_database_without_a_site_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoSiteError, match="There is no site"):
        make(settings, target=tmp_path)
    assert list(tmp_path.glob("*.zip")) == []


@pytest.mark.mariadb
def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError):
        make(site_settings(tmp_path, "mysql+pymysql://shopdb:x@127.0.0.1:1/shopdb"))


def test_a_backup_that_cannot_be_noted_is_whole_all_the_same(shop: Shop, tmp_path: Path) -> None:
    (shop.settings.home / record.FILE).mkdir(parents=True)
    with pytest.raises(RecordNotWrittenError, match="is whole and proved"):
        make(shop.settings, target=tmp_path / "b.zip")
    assert verify(tmp_path / "b.zip").rows


def test_a_disk_that_does_not_keep_what_was_written_is_found_out(shop: Shop, tmp_path: Path) -> None:
    def told(progress: Progress) -> None:
        for draft in tmp_path.glob(f".*{DRAFT}") if progress.table == "vendors" and progress.step == "write" else ():
            with draft.open("r+b") as file:
                file.write(b"rot")

    make_up(shop)
    with pytest.raises(BackupNotWrittenError, match="read back, it was found wrong: it was altered since"):
        make(shop.settings, target=tmp_path / "b.zip", told=told)
    assert [path.name for path in tmp_path.iterdir() if "b.zip" in path.name] == []
    assert record.last(shop.settings.home, "backup") is None


@pytest.mark.mariadb
def test_a_database_that_goes_away_meanwhile_leaves_nothing(
    empty_site: EmptySite, old_backup: Path, request: pytest.FixtureRequest
) -> None:
    site = empty_site("mariadb")
    restore(site, old_backup)
    server, name = request.getfixturevalue("mariadb_server"), site.database_url.rpartition("/")[2]

    def told(progress: Progress) -> None:
        if progress.table == "batches" and progress.step == "write":
            with server.connection() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
                for (number,) in cursor.fetchall():
                    cursor.execute(f"KILL {number}")

    with pytest.raises(BackupNotWrittenError, match="the database broke it off: "):
        make(site, told=told)
    assert list((site.home / "backups").iterdir()) == []


# --- full disks and kills, in processes of their own -----------------------------------------------------


def process(settings: Settings, *arguments: str, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "shopdb", *arguments],
        cwd=ROOT,
        env={
            **environment(settings),
            "PATH": "/usr/bin:/bin",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 no other thread runs
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
def test_a_disk_that_fills_up_leaves_the_old_backups_whole(shop: Shop) -> None:
    old = make(shop.settings)
    before = (old.path.read_bytes(), record.last(shop.settings.home, "backup"))
    add_people(shop.engine, 5_000)
    limit = 60_000
    full = process(shop.settings, "backup", before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    out, err = full.communicate(timeout=PATIENCE_SECONDS)
    assert (full.returncode, out) == (1, "")
    assert "was not written (File too large); older backups are as they were" in err
    assert list(old.path.parent.iterdir()) == [old.path]
    assert (old.path.read_bytes(), record.last(shop.settings.home, "backup")) == before
    assert make(shop.settings).size > limit


def drafted(folder: Path) -> int:
    """Return the size of the largest draft in a folder, of those that are still there when it is looked at."""
    sizes = [0]
    for path in folder.glob(f".*{DRAFT}"):
        with suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_backup_leaves_nothing_that_looks_whole(shop: Shop) -> None:
    add_people(shop.engine, 20_000)
    folder = shop.settings.home / "backups"
    killed_while_writing = 0
    for size in (1, 100_000, 200_000):
        killed = process(shop.settings, "backup")
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while killed.poll() is None and drafted(folder) < size:
                assert time.monotonic() < deadline
            killed_while_writing += killed.poll() is None
        finally:
            killed.kill()
            killed.communicate()
        for one in rotation.kept_in(folder):
            verify(one.path)
    assert killed_while_writing
    made = make(shop.settings)
    assert set(folder.iterdir()) == {one.path for one in rotation.kept_in(folder)}
    assert made.path in folder.iterdir()


def test_the_record_of_another_hand_is_no_record(tmp_path: Path) -> None:
    for content in (b"", b"[]", b"{", b'{"backup": 1}', b'{"backup": {"at": "soon", "path": "x"}}', b'{"backup": {}}'):
        (tmp_path / record.FILE).write_bytes(content)
        assert record.last(tmp_path, "backup") is None
    assert record.last(tmp_path / "none", "drill") is None


def test_both_records_are_kept_side_by_side(tmp_path: Path) -> None:
    noted = record.Noted(
        at=datetime.now(UTC), path=Path("/b.zip"), size=1, sha256="00", rows=2, encrypted=False, seconds=0.5
    )
    record.note(tmp_path, "backup", noted)
    record.note(tmp_path, "drill", noted)
    assert record.last(tmp_path, "backup") == record.last(tmp_path, "drill") == noted
    assert set(json.loads((tmp_path / record.FILE).read_text())) == {"backup", "drill"}
