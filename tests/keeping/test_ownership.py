"""Whose the files of a home are when root makes a backup of a site that belongs to another account."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from shopdb.config import Settings
from shopdb.doctor import host
from shopdb.exceptions import PlaceClosedError
from shopdb.keeping import passphrases
from shopdb.keeping.backup import make
from shopdb.keeping.drill import drill, newest
from shopdb.store.ownership import chown, hand_over, strangers

SOMEBODY = 12345

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def engine_kind() -> str:
    """No owner differs by the engine."""
    return "sqlite"


@pytest.fixture
def theirs(site: Settings, tmp_path: Path) -> Settings:
    """The site, in a home of somebody else."""
    site.home.mkdir(exist_ok=True)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY)
    for above in (tmp_path, *tmp_path.parents):
        with suppress(OSError):
            above.chmod(above.stat().st_mode | stat.S_IXOTH)
    return site


@contextmanager
def somebody() -> Iterator[None]:
    """Do it as another account."""
    # The saved and the real ids stay root's; what may be read is asked with the real one.
    os.setresgid(SOMEBODY, SOMEBODY, 0)
    os.setresuid(SOMEBODY, SOMEBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


def owners(folder: Path) -> set[int]:
    return {path.stat().st_uid for path in (folder, *folder.rglob("*"))}


def test_what_root_writes_belongs_to_the_account_of_the_home(theirs: Settings) -> None:
    made = make(theirs)
    drill(theirs, made.path)
    passphrases.keep(theirs.home, "correct horse battery staple")
    assert owners(theirs.home) == {SOMEBODY}
    with somebody():
        assert drill(theirs, make(theirs).path).restored.path.parent == made.path.parent
    assert strangers(theirs.home, *theirs.home.rglob("*")) == ()


def test_a_folder_elsewhere_stays_whose_it_is(theirs: Settings, tmp_path: Path) -> None:
    nas = tmp_path / "nas"
    nas.mkdir()
    make(theirs, target=nas)
    assert owners(nas) == {0}
    shutil.move(nas, theirs.home / "real")
    outside = tmp_path / "outside"
    outside.mkdir()
    (theirs.home / "link").symlink_to(outside)
    (theirs.home / "two").hardlink_to(next((theirs.home / "real").iterdir()))
    hand_over(theirs.home, theirs.home / "link", theirs.home / "two")
    assert owners(outside) == {0}
    assert owners(theirs.home / "real") == {0}


def test_a_closed_folder_of_backups_is_told_with_what_opens_it(theirs: Settings) -> None:
    folder = make(theirs).path.parent
    os.chown(folder, 0, 0)
    folder.chmod(0o700)
    told = rf"^{folder} belongs to root \(mode 700\) and is closed to this account; "
    with somebody(), pytest.raises(PlaceClosedError, match=f"{told}as root, run `chown -R 12345:12345 {folder}`"):
        newest(theirs)
    with somebody(), pytest.raises(PlaceClosedError, match=told):
        make(theirs)
    os.chown(folder, SOMEBODY, SOMEBODY)
    folder.chmod(0)
    with somebody(), pytest.raises(PlaceClosedError, match="closed to this account; do it as 12345"):
        newest(theirs)


def test_the_doctor_names_what_belongs_to_another_account(theirs: Settings) -> None:
    made = make(theirs)
    record = theirs.home / "keeping.json"
    for path in (made.path.parent, made.path, record):
        os.chown(path, 0, 0)
    found = host.files(theirs)
    assert found.state == "fault"
    assert f"{made.path.parent}, {record} belong to root, and the home to {SOMEBODY}." in found.told
    assert f"As root, run `{chown(theirs.home, made.path.parent, record)}`." in found.fix
    assert f"chown -R {SOMEBODY}:{SOMEBODY} {made.path.parent} {record}" in found.fix
    os.chown(theirs.home, 0, 0)
    assert strangers(theirs.home, made.path, record) == ()


def test_a_lock_of_a_database_is_for_those_alone_who_may_write_it(theirs: Settings) -> None:
    make(theirs)
    assert theirs.database_file is not None
    locks = [path for path in theirs.database_file.parent.glob(f"{theirs.database_file.name}.*") if path.is_file()]
    assert locks
    assert {stat.S_IMODE(path.stat().st_mode) for path in locks} == {stat.S_IMODE(theirs.database_file.stat().st_mode)}
