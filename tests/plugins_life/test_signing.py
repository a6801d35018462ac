import stat
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from shopdb.exceptions import KeyFileError, KeyFileOpenError, PublicKeyRefusedError
from shopdb.plugins import signing
from shopdb.plugins.signing import Signature

FILES_HAVE_MODES = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; the profile protects")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = signing.public_key(KEY)
HASHES = {"plugin.py": "0" * 64, "ä.css": "1" * 64}


def pem(key: Ed25519PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def key_file(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_new_key_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    public = signing.new_key(tmp_path / "key.pem")
    signature = signing.sign(HASHES, signing.load_key(tmp_path / "key.pem"))
    assert signature.key == public
    assert signing.verify(HASHES, signature)


@FILES_HAVE_MODES
def test_a_new_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    signing.new_key(tmp_path / "key.pem")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "key.pem"]


@pytest.mark.parametrize("there", ["file", "link", "folder"])
def test_nothing_is_ever_written_over(tmp_path: Path, there: str) -> None:
    path, target = tmp_path / "key.pem", tmp_path / "target"
    if there == "file":
        path.write_text("older")
    elif there == "link":
        path.symlink_to(target)
    else:
        path.mkdir()
    with pytest.raises(KeyFileError, match="never written over"):
        signing.new_key(path)
    assert not target.exists()
    assert there != "file" or path.read_text() == "older"


def test_a_key_needs_a_folder_to_lie_in(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be written"):
        signing.new_key(tmp_path / "missing" / "key.pem")


@FILES_HAVE_MODES
def test_a_key_that_was_not_written_whole_is_not_there(tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))  # as a full disk: no file gets any longer
    try:
        with pytest.raises(KeyFileError, match="cannot be written"):
            signing.new_key(tmp_path / "key.pem")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


@FILES_HAVE_MODES
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o777])
def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path / "key.pem", pem(KEY), mode)
    with pytest.raises(KeyFileOpenError, match=f"mode {mode:04o}.*chmod 600"):
        signing.load_key(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no private key in PEM"),
        (b"\xff\x00" * 20_000, "no private key in PEM"),
        (pem(KEY)[:60], "no private key in PEM"),
        (pem(KEY, BestAvailableEncryption(b"secret")), "passphrase"),
        (
            generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "not Ed25519",
        ),
    ],
    ids=["nothing", "bytes", "a part", "locked", "another kind"],
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes, reason: str) -> None:
    path = key_file(tmp_path / "key.pem", content)
    with pytest.raises(KeyFileError, match=reason) as refused:
        signing.load_key(path)
    assert str(refused.value).startswith(f"The key file {path} ")
    assert len(str(refused.value)) < len(str(path)) + 80


@pytest.mark.parametrize("name", ["missing.pem", "."])
def test_a_key_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyFileError, match="cannot be read"):
        signing.load_key(tmp_path / name)


def test_a_signature_is_over_these_hashes_by_this_key_alone() -> None:
    signature = signing.sign(HASHES, KEY)
    other = signing.public_key(Ed25519PrivateKey.generate())
    assert signing.verify(dict(reversed(HASHES.items())), signature)
    assert not signing.verify({**HASHES, "plugin.py": "2" * 64}, signature)
    assert not signing.verify({**HASHES, "more.py": "0" * 64}, signature)
    assert not signing.verify({"plugin.py": "0" * 64}, signature)
    assert not signing.verify(HASHES, Signature(other, signature.value))


def test_what_is_signed_is_written_in_one_way_alone() -> None:
    assert signing.canonical({"b": "2", "ä": "3", "a": "1"}) == b'{"a":"1","b":"2","\\u00e4":"3"}'


@given(st.binary(min_size=60, max_size=70).map(lambda raw: b64encode(raw).decode()) | st.text(max_size=90))
def test_no_other_text_is_a_signature(value: str) -> None:
    assert not signing.verify(HASHES, Signature(PUBLIC, value))
    assert not signing.verify(HASHES, Signature(value, signing.sign(HASHES, KEY).value))


def test_the_same_signature_in_another_spelling_is_none() -> None:
    signature = signing.sign(HASHES, KEY)
    # The last letter of 64 bytes in base64 has four bits that say nothing.
    spelled = signature.value[:-3] + chr(ord(signature.value[-3]) + 1) + "=="
    assert b64decode(spelled) == b64decode(signature.value)
    assert not signing.verify(HASHES, Signature(signature.key, spelled))


def test_a_public_key_is_taken_with_spaces_around_it() -> None:
    assert signing.checked_key(f" {PUBLIC}\n") == PUBLIC


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", PUBLIC[:-1], PUBLIC + "A", PUBLIC.replace("=", "\u00e4"), pem(KEY).decode()],
    ids=["nothing", "short", "cut", "long", "no base64", "private"],
)
def test_what_is_no_public_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(PublicKeyRefusedError) as refused:
        signing.checked_key(text)
    assert not text or text not in str(refused.value)


def test_a_fingerprint_is_short_and_a_key_s_own() -> None:
    other = signing.public_key(Ed25519PrivateKey.generate())
    assert signing.fingerprint(PUBLIC) == "KZDV-VJ2U-MNDU-YAUF"
    assert signing.fingerprint(other) != signing.fingerprint(PUBLIC)


def test_reading_an_archive_that_nobody_signed_loads_no_cryptography() -> None:
    program = (
        "import sys; from tests.plugins_life.zips import gauges, zip_of; from shopdb.plugins.archive import archive_of;"
        "archive_of(zip_of(gauges())); print('cryptography' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "False"
