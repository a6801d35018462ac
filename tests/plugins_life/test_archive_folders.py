import io
import os
import zipfile
from pathlib import Path
from shutil import copytree

import pytest

from shopdb.plugins import packing
from shopdb.plugins.archive import archive_of, read_archive
from shopdb.plugins.archive_rules import LARGEST_UNPACKED, MOST_ENTRIES
from shopdb.plugins.importing import content_digest
from shopdb.plugins.loader import bundled_folder
from tests.plugins_life.hostile_zips import GOOD, WRITER
from tests.plugins_life.refusals import codes, problems
from tests.plugins_on_disk import write_plugin

SIGNED = packing.sign(GOOD, WRITER)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in bundled_folder().glob("*/manifest.json")))
def test_each_bundled_plugin_can_be_packed_and_read(name: str) -> None:
    archive = read_archive(bundled_folder() / name)
    assert archive.name == name
    assert archive.digest == content_digest(bundled_folder() / name)
    assert archive_of(archive.raw) == archive


def test_a_folder_is_taken_without_what_is_hidden_and_what_python_caches(tmp_path: Path) -> None:
    left_out = {"__pycache__/a.pyc": "1", "a.pyc": "2", ".git/config": "3", ".env": "4", "static/.DS_Store": "5"}
    folder = write_plugin(tmp_path, files={**left_out, "tests/test_gauges.py": "6"})
    archive = read_archive(folder)
    assert "tests/test_gauges.py" in archive.hashes
    assert not left_out.keys() & archive.files.keys()
    (folder / "a.pyc").unlink()  # byte code is no content only where Python caches it
    assert archive.digest == content_digest(folder)


def test_a_signed_folder_is_as_signed_as_its_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(SIGNED)) as archive:
        archive.extractall(tmp_path)
    assert read_archive(tmp_path / "gauges") == archive_of(SIGNED)


def test_no_link_out_of_a_folder_is_followed_and_no_fifo_opened(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    (tmp_path / "secret.py").write_text("secret")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    (folder / "static").symlink_to(tmp_path)
    os.mkfifo(folder / "fifo")
    assert problems(folder) == (
        "A015 'link.py' is a link",
        "A015 'static' is a link",
        "A016 'fifo' is neither a file nor a folder",
    )


def test_a_folder_may_itself_be_reached_by_a_link(tmp_path: Path) -> None:
    copytree(write_plugin(tmp_path), tmp_path / "checkout-3")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "gauges").symlink_to(tmp_path / "checkout-3")
    assert read_archive(tmp_path / "links" / "gauges").name == "gauges"
    assert codes(tmp_path / "checkout-3") == ["A051"]


def test_a_folder_is_known_by_its_name_however_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_plugin(tmp_path)
    monkeypatch.chdir(folder / "migrations")
    assert read_archive(Path("..")).name == "gauges"
    monkeypatch.chdir(folder)
    assert read_archive(Path()).name == "gauges"


def test_a_folder_with_too_much_in_it_is_not_read_to_its_end(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    with (folder / "huge.json").open("wb") as file:
        file.truncate(100 * LARGEST_UNPACKED)
    assert "A007" in codes(folder)


def test_a_folder_with_too_many_files_is_not_walked_to_its_end(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    (folder / "static").mkdir()
    for number in range(MOST_ENTRIES):
        (folder / "static" / str(number)).touch()
    assert "A006" in codes(folder)


def test_a_name_on_disk_that_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    (folder / os.fsdecode(b"\xff.py")).write_text("x")
    assert problems(folder) == (r"A025 '\udcff.py' is not a name in UTF-8",)


def test_an_empty_folder_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "gauges" / "static").mkdir(parents=True)
    assert codes(tmp_path / "gauges") == ["A050", "A053"]


def test_a_folder_whose_own_name_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path).rename(tmp_path / os.fsdecode(b"\xff"))
    assert codes(folder) == ["A025"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    (folder / "models.py").chmod(0)
    assert problems(folder) == ("A001 'models.py' cannot be read (Permission denied)",)


def test_a_folder_too_deep_to_be_opened_is_named(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(20):  # 5,000 bytes, which the system takes step by step alone
        os.mkdir("a" * 250, dir_fd=here)
        below = os.open("a" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert codes(folder) == ["A001"]


def test_what_is_no_file_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("link")
    assert [problems(tmp_path / name) for name in ("missing", "fifo", "link")] == [
        ("A001 it cannot be read (No such file or directory)",),
        ("A001 it cannot be read (it is no file)",),
        ("A001 it cannot be read (Too many levels of symbolic links)",),
    ]
