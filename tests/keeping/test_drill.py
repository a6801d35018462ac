"""Proving that backups can be brought back."""

from dataclasses import replace
from pathlib import Path

import pytest

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.exceptions import BackupRefusedError, NoBackupError
from shopdb.keeping import record
from shopdb.keeping.backup import make
from shopdb.keeping.drill import BESIDE_THE_SITE, drill, newest
from shopdb.keeping.restore import restore
from shopdb.store.scratch import PREFIX
from tests.keeping.conftest import EmptySite
from tests.keeping.sites import digests, make_up


def test_a_drill_proves_the_newest_backup_and_leaves_nothing(
    shop: Shop, site: Settings, request: pytest.FixtureRequest
) -> None:
    make_up(shop)
    make(site)
    second = make(site)
    before = digests(second.path)
    drilled = drill(site, newest(site))
    assert drilled.restored.path == second.path
    assert drilled.where == BESIDE_THE_SITE
    assert drilled.restored.rebuilt.digests == {name: digest for name, (_, digest) in before.items()}
    noted = record.last(site.home, "drill")
    assert noted is not None
    assert (noted.path, noted.sha256, noted.rows) == (second.path, second.sha256, second.manifest.rows)
    assert digests(make(site, target=site.home / "after.zip").path) == before
    if site.database_file is None:
        with request.getfixturevalue("mariadb_server").connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"SHOW DATABASES LIKE '{PREFIX}%'")
            assert cursor.fetchall() == ()


def test_a_drill_finds_the_newest_wherever_it_was_made(shop: Shop, site: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoBackupError, match="There is no backup of this site"):
        newest(site)
    make(site)
    (tmp_path / "nas").mkdir()
    elsewhere = make(site, target=tmp_path / "nas")
    assert newest(site) == elsewhere.path
    third = make(site)
    assert newest(site) == third.path
    third.path.unlink()
    assert newest(site) != elsewhere.path  # the record names the third alone


def test_a_drill_of_a_bad_backup_is_not_noted(shop: Shop, site: Settings) -> None:
    made = make(site)
    made.path.write_bytes(made.path.read_bytes()[:-1])
    with pytest.raises(BackupRefusedError):
        drill(site, made.path)
    assert record.last(site.home, "drill") is None


@pytest.mark.mariadb
def test_without_the_right_to_make_a_database_a_drill_uses_a_file_and_says_so(
    empty_site: EmptySite, old_backup: Path, request: pytest.FixtureRequest
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
    drilled = drill(small, make(small).path)
    assert drilled.where.startswith("a SQLite file, because: ")
    assert "may not make a scratch database" in drilled.where
    assert [step.owner for step in drilled.steps] == ["core"] * len(drilled.steps)
    assert drilled.steps


def test_a_backup_is_proved_also_when_the_database_is_gone(old_backup: Path, empty_site: EmptySite) -> None:
    site = replace(empty_site("sqlite"), database_url="mysql+pymysql://shopdb:x@127.0.0.1:1/shopdb")
    assert "does not answer" in drill(site, old_backup).where
    assert drill(empty_site("sqlite"), old_backup).where.startswith("a SQLite file, because: There is no site")
