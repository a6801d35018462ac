import io
import os
import tempfile
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from shopdb.exceptions import ArchiveRefusedError
from shopdb.plugins import signing
from shopdb.plugins.archive import archive_of, read_archive
from shopdb.plugins.importing import content_digest
from shopdb.plugins.packing import pack, packed_name, sign
from tests.plugins_life.zips import gauges, zip_of
from tests.plugins_on_disk import write_plugin

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WORDS = st.text("abdeé字0_", min_size=1, max_size=6)
# No word is a folder here and a file there: folders end in _d, files in a suffix.
PATHS = st.builds(
    lambda folders, name, suffix: "/".join([*(f"{one}_d" for one in folders), f"{name}{suffix}"]),
    st.lists(WORDS, max_size=3),
    WORDS,
    st.sampled_from([".py", ".json", ".css"]),
)


@settings(max_examples=60)
@given(st.dictionaries(PATHS, st.binary(max_size=300), max_size=8))
def test_what_is_packed_is_read_back(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write_plugin(Path(folder), files=dict(files))
        raw = pack(root)
        archive = archive_of(raw)
        assert all(archive.files[path] == content for path, content in files.items())
        assert archive.digest == content_digest(root)
        assert read_archive(root) == archive
        assert sign(raw, KEY) == sign(sign(raw, KEY), KEY)
        assert archive_of(sign(raw, KEY)).hashes == archive.hashes


def test_the_same_content_is_the_same_bytes_whenever_and_by_whomever_it_is_packed(tmp_path: Path) -> None:
    first = write_plugin(tmp_path / "a")
    second = write_plugin(tmp_path / "b")
    for place, path in enumerate(sorted(second.rglob("*"), reverse=True)):
        os.utime(path, (place, place))
        path.chmod(0o700)
    (second / "empty").mkdir()
    (second / ".hidden").write_text("x")
    (second / "__pycache__").mkdir()
    (second / "__pycache__" / "plugin.pyc").write_text("x")
    assert pack(first) == pack(second)


def test_a_packed_plugin_is_a_zip_for_everybody(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    with zipfile.ZipFile(io.BytesIO(pack(folder))) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "gauges/.shopdb/hashes.json"
        archive.extractall(tmp_path / "unpacked")
    assert content_digest(tmp_path / "unpacked" / "gauges") == content_digest(folder)


def test_packing_a_changed_folder_again_vouches_for_what_is_in_it_now(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(sign(pack(write_plugin(tmp_path / "a")), KEY))) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "gauges" / "plugin.py").write_text("changed")
    packed = archive_of(pack(tmp_path / "gauges"))
    assert packed.files["plugin.py"] == b"changed"
    assert packed.signature is None


def test_what_could_not_be_installed_is_not_packed(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path, files={"evil.so": "x", "con.py": "x"})
    (folder / "link").symlink_to("plugin.py")
    with pytest.raises(ArchiveRefusedError) as refused:
        pack(folder)
    assert [problem[:4] for problem in refused.value.problems] == ["A015", "A027", "A041"]


@pytest.mark.parametrize(
    ("version", "name"), [("1.2.0", "gauges-1.2.0.zip"), (" v1.0-RC1 ", "gauges-1.0rc1.zip"), ("1!2", "gauges-1!2.zip")]
)
def test_the_file_is_called_by_name_and_version(tmp_path: Path, version: str, name: str) -> None:
    assert packed_name(read_archive(write_plugin(tmp_path, manifest={"version": version})).meta) == name


def test_signing_changes_the_signature_alone(tmp_path: Path) -> None:
    raw = pack(write_plugin(tmp_path))
    plain, signed = archive_of(raw), archive_of(sign(raw, KEY))
    assert signed.signature is not None
    assert signed.signature.key == signing.public_key(KEY)
    assert dict(signed.files) == {**plain.files, ".shopdb/signature.json": signed.files[".shopdb/signature.json"]}
    assert (signed.digest, signed.hashes) == (plain.digest, plain.hashes)
    assert signed.archive_sha256 != plain.archive_sha256


def test_another_publisher_can_sign_in_place_of_the_first(tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    raw = sign(sign(pack(write_plugin(tmp_path)), KEY), other)
    signature = archive_of(raw).signature
    assert signature is not None
    assert signature.key == signing.public_key(other)


def test_what_was_zipped_by_hand_can_be_signed() -> None:
    assert archive_of(sign(zip_of(gauges()), KEY)).signature is not None


def test_a_hostile_archive_is_not_signed() -> None:
    with pytest.raises(ArchiveRefusedError):
        sign(zip_of(gauges(plugin_py=None)), KEY)
