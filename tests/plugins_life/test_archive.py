import contextlib
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopdb.exceptions import ArchiveRefusedError
from shopdb.plugins import packing
from shopdb.plugins.archive import Archive, archive_of, read_archive
from shopdb.plugins.archive_rules import MOST_OF_A_KIND, RULES
from shopdb.plugins.importing import content_digest
from tests.plugins_life.hostile_zips import GOOD, HOSTILE, WRITER
from tests.plugins_life.refusals import codes, problems
from tests.plugins_life.zips import PLUGIN, SIZES_FOLLOW, UTF8, Part, gauges, sealed, zip_of
from tests.plugins_on_disk import write_plugin

HASHES, SIGNATURE = ".shopdb/hashes.json", ".shopdb/signature.json"
SIGNED = packing.sign(GOOD, WRITER)
CHANGING = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "os.chmod"}
_changes: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _changes is None:
        return
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    if writes or event in CHANGING:
        _changes.append(f"{event} {arguments}")


sys.addaudithook(_note)


@pytest.fixture
def changes() -> Iterator[list[str]]:
    """Whatever is written, made, moved or removed on disk from here on, as Python itself reports it."""
    global _changes  # noqa: PLW0603 a hook cannot be taken out again, only told to be quiet
    _changes = []
    yield _changes
    _changes = None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_for_what_it_is_and_nothing_is_written(
    name: str, tmp_path: Path, changes: list[str]
) -> None:
    expected, build = HOSTILE[name]
    path = tmp_path / "gauges.zip"
    path.write_bytes(build())
    changes.clear()
    told = problems(path)
    assert changes == []
    assert list(tmp_path.rglob("*")) == [path]
    assert sorted({problem.partition(" ")[0] for problem in told}) == expected.split()
    assert all("\x1b" not in problem and "\u202e" not in problem and "\0" not in problem for problem in told)


def test_every_rule_refuses_some_archive_and_nothing_else_is_refused() -> None:
    tried = {code for expected, _ in HOSTILE.values() for code in expected.split()}
    # A file that cannot be read is no archive yet.
    assert tried == set(RULES) - {"A001"}
    assert len(HOSTILE) >= 30


def test_a_bomb_that_lies_gets_no_more_memory_than_it_claims() -> None:
    raw = zip_of(gauges(Part("gauges/zeros.json", bytes(2**25), size=100)))
    tracemalloc.start()
    try:
        assert codes(raw) == ["A013"]
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_all_that_is_wrong_is_said_at_once() -> None:
    raw = zip_of(
        [
            *gauges(Part("gauges/con.py", b"1"), Part("gauges/Plugin.py", b"2"), manifest_json=b"{"),
            Part("gauges/evil.so", b"3", checksum=0),
            Part("../evil.py", b"4", mode=0o120777),
        ]
    )
    assert codes(raw) == ["A014", "A015", "A020", "A027", "A031", "A041", "A050"]


def test_of_each_kind_ten_are_named_and_the_rest_is_counted() -> None:
    told = problems(zip_of(gauges(*(Part(f"gauges/{number}.pth", b"x") for number in range(40)))))
    assert len(told) == MOST_OF_A_KIND + 1
    assert told[-1] == "A040 and 30 more of this kind"


def test_a_name_that_never_ends_is_cut_where_it_is_shown() -> None:
    (told,) = problems(zip_of(gauges(Part(f"gauges/{'a' * 60_000}.json", b"x"))))
    assert len(told) < 150


def test_an_unsigned_archive_says_what_is_in_it() -> None:
    archive = archive_of(GOOD)
    assert (archive.name, archive.meta.version, archive.signature) == ("gauges", "1.0.0", None)
    assert content(archive) == PLUGIN
    assert archive.raw == GOOD


def test_a_signed_archive_keeps_its_hashes_and_its_signature_among_its_files() -> None:
    archive = archive_of(SIGNED)
    assert archive.signature is not None
    assert archive.files.keys() == {*PLUGIN, HASHES, SIGNATURE}
    assert archive.hashes.keys() == PLUGIN.keys()


def test_what_an_archive_unpacks_to_has_the_digest_that_it_says(tmp_path: Path) -> None:
    names = ("a/b.py", "a.py", "a-b.py", "a/b/c.py", "é.json", "A1.py")
    archive = archive_of(zip_of(gauges(*(Part(f"gauges/{name}", name.encode()) for name in names))))
    for path, written in archive.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(written)
    assert archive.digest == content_digest(tmp_path)


def test_an_archive_zipped_by_hand_gets_hashes_that_find_a_change_later(tmp_path: Path) -> None:
    archive = archive_of(zip_of(gauges()))
    for path, written in archive.files.items():
        (tmp_path / "gauges" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "gauges" / path).write_bytes(written)
    assert read_archive(tmp_path / "gauges").digest == archive.digest
    (tmp_path / "gauges" / "plugin.py").write_text("changed")
    (tmp_path / "gauges" / "more.py").write_text("added")
    assert problems(tmp_path / "gauges") == (
        "A061 'plugin.py' was changed after packing",
        "A062 'more.py' was added after packing",
    )


def test_a_contract_out_of_range_is_left_to_the_inspection() -> None:
    manifest = b'{"name": "gauges", "version": "1", "description": "d", "core_version": ">=99"}'
    assert archive_of(zip_of(gauges(manifest_json=manifest))).meta.core_version == ">=99"


@pytest.mark.skipif(which("zip") is None, reason="Info-ZIP is not installed here")
@pytest.mark.parametrize("to", ["gauges.zip", "-"])
def test_what_people_zip_by_hand_is_taken(tmp_path: Path, to: str) -> None:
    folder = write_plugin(tmp_path, files={"static/ä.css": "a {}"})
    made = subprocess.run(["zip", "-qr", to, "gauges"], cwd=tmp_path, capture_output=True, check=True)
    raw = made.stdout if to == "-" else (tmp_path / to).read_bytes()
    assert archive_of(raw).digest == content_digest(folder)


def test_what_python_zips_without_looking_back_is_taken() -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("gauges")
        for path, written in PLUGIN.items():
            archive.writestr(f"gauges/{path}", written)
    assert content(archive_of(stream.getvalue())) == PLUGIN


def test_a_descriptor_without_its_mark_is_one() -> None:
    part = Part("gauges/a.json", b"{}")
    descriptor = part.fields()[8:20]
    streamed = Part("gauges/a.json", b"{}", flags=UTF8 | SIZES_FOLLOW, descriptor=descriptor)
    assert archive_of(zip_of([streamed, *gauges()])).files["a.json"] == b"{}"


def test_a_comment_is_no_fault() -> None:
    assert content(archive_of(zip_of(gauges(), end=b"made by hand"))) == PLUGIN


# --- whatever comes -------------------------------------------------------------------------------------


@settings(max_examples=400)
@given(st.data())
def test_a_damaged_archive_is_refused_or_holds_what_it_held(data: st.DataObject) -> None:
    raw = bytearray(SIGNED)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    taken_as_it_was_or_refused(bytes(raw))


@settings(max_examples=200)
@given(st.data())
def test_an_archive_with_bytes_moved_is_refused_or_holds_what_it_held(data: st.DataObject) -> None:
    places = st.integers(0, len(SIGNED))
    start, end, place = data.draw(places), data.draw(places), data.draw(places)
    taken_as_it_was_or_refused(SIGNED[:place] + SIGNED[min(start, end) : max(start, end)] + SIGNED[place:])


def test_an_archive_that_breaks_off_is_refused_wherever_it_does() -> None:
    for length in range(len(SIGNED)):
        assert codes(SIGNED[:length])


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    assert codes(noise)
    assert codes(GOOD[:40] + noise + GOOD[-22:])


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([HASHES, SIGNATURE, "manifest.json"]))
def test_noise_in_the_files_that_are_read_is_refused(noise: bytes, path: str) -> None:
    parts = {str(part.name): part for part in sealed(PLUGIN)}
    parts[f"gauges/{path}"] = Part(f"gauges/{path}", noise)
    assert codes(zip_of(list(parts.values())))


def taken_as_it_was_or_refused(raw: bytes) -> None:
    with contextlib.suppress(ArchiveRefusedError):
        assert content(archive_of(raw)) == PLUGIN


def content(archive: Archive) -> dict[str, bytes]:
    return {path: written for path, written in archive.files.items() if not path.startswith(".shopdb/")}


def test_a_write_would_be_noticed(tmp_path: Path, changes: list[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert len(changes) == 2
