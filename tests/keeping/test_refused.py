"""Files that are not what was written: cut, changed, or made by somebody who means no good."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopdb.exceptions import BackupKeyError, BackupRefusedError
from shopdb.store.dump import Facts, cells, opened, verify
from shopdb.store.dump.cipher import Encrypting
from shopdb.store.dump.writing import MANIFEST, TRAILER, TRAILER_BYTES
from tests.keeping.conftest import OLD_SITE

PASSPHRASE = "correct horse battery staple"
PLAIN = OLD_SITE.read_bytes()


@cache
def sealed() -> bytes:
    """Return the old site's backup, encrypted."""
    out = io.BytesIO()
    writer = Encrypting(out, PASSPHRASE)
    writer.write(PLAIN)
    writer.finish()
    return out.getvalue()


def is_refused(raw: bytes, passphrase: str | None = None) -> bool:
    """Whether the bytes are refused with one of the two errors that say so; any other fails the test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "backup.zip"
        path.write_bytes(raw)
        try:
            verify(path, passphrase)
        except (BackupKeyError, BackupRefusedError) as refused:
            return str(path) in str(refused)
        return False


def test_the_whole_file_is_not_refused() -> None:
    assert not is_refused(PLAIN)
    assert not is_refused(sealed(), PASSPHRASE)


@given(st.integers(0, len(PLAIN) - 1), st.integers(1, 255))
@settings(max_examples=2000)
def test_one_altered_byte_anywhere_is_refused(place: int, change: int) -> None:
    altered = bytearray(PLAIN)
    altered[place] ^= change
    assert is_refused(bytes(altered))


@given(st.integers(0, len(PLAIN) - 1))
@settings(max_examples=2000)
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    assert is_refused(PLAIN[:length])


@given(st.integers(0, len(PLAIN)), st.binary(min_size=1, max_size=200))
@settings(max_examples=200)
def test_bytes_put_in_anywhere_are_refused(place: int, more: bytes) -> None:
    assert is_refused(PLAIN[:place] + more + PLAIN[place:])


@given(st.integers(0, 200_000), st.integers(1, 255))
@settings(max_examples=200)
def test_one_altered_byte_of_an_encrypted_file_is_refused(place: int, change: int) -> None:
    altered = bytearray(sealed())
    altered[place % len(altered)] ^= change
    assert is_refused(bytes(altered), PASSPHRASE)


@given(st.integers(0, 200_000))
@settings(max_examples=200)
def test_an_encrypted_file_cut_anywhere_is_refused(length: int) -> None:
    assert is_refused(sealed()[: length % len(sealed())], PASSPHRASE)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_backup_are_refused(raw: bytes) -> None:
    assert is_refused(raw)
    assert is_refused(raw + TRAILER + hashlib.sha256(raw).hexdigest().encode())


def test_a_wrong_passphrase_and_none_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip.sealed"
    path.write_bytes(sealed())
    with pytest.raises(BackupKeyError, match="no passphrase was given"):
        verify(path)
    with pytest.raises(BackupKeyError, match="another passphrase than the one given"):
        verify(path, "another passphrase")
    assert verify(path, PASSPHRASE).rows == verify(OLD_SITE).rows


def test_a_folder_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError, match="cannot be read"):
        verify(tmp_path)


# --- made on purpose, with a digest that is right --------------------------------------------------------


def made(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these members that ends as a backup does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = bytes(TRAILER_BYTES)
    raw = out.getvalue()[:-TRAILER_BYTES]
    return raw + TRAILER + hashlib.sha256(raw).hexdigest().encode()


def lines(*rows: list[Any]) -> bytes:
    return b"".join(cells.line(row) for row in (["id", "name"], *rows))


def described(content: bytes, **changes: Any) -> dict[str, Any]:
    """Return what a manifest says of a table of this content, with what is changed in it."""
    columns = [{"name": "id", "kind": "integer"}, {"name": "name", "kind": "text"}]
    return {
        "name": "people",
        "rows": content.count(b"\n") - 1,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "columns": columns,
        "key": ["id"],
        "indexes": [],
        "links": [],
        "next_id": None,
        **changes,
    }


def manifest(*tables: dict[str, Any], **changes: Any) -> bytes:
    facts = Facts(kind="site", made_at=datetime.now(UTC), application="1", contract="1", site="x")
    document = {
        "format": 1,
        "kind": facts.kind,
        "made_at": facts.made_at.isoformat(),
        "application": "1",
        "contract": "1",
        "site": "x",
        "engine": "sqlite",
        "revisions": {"core": "0001_core"},
        "plugins": [],
        "facts": {},
        "tables": list(tables),
        **changes,
    }
    return json.dumps(document).encode()


ROWS = lines([1, "Ada"], [2, "Grace"])


def backup(content: bytes = ROWS, **changes: Any) -> bytes:
    return made({"tables/people.ndjson": content, MANIFEST: manifest(described(content, **changes))})


def test_the_made_backup_is_good_before_it_is_made_worse() -> None:
    assert not is_refused(backup())


HOSTILE: dict[str, Callable[[], bytes]] = {
    "no manifest": lambda: made({"tables/people.ndjson": ROWS}),
    "no member": lambda: made({MANIFEST: manifest(described(ROWS))}),
    "a manifest that is no JSON": lambda: made({MANIFEST: b"{"}),
    "a manifest that is no text": lambda: made({MANIFEST: b"\xff\xfe\x00"}),
    "a manifest that is a list": lambda: made({MANIFEST: b"[]"}),
    "a manifest nested without end": lambda: made({MANIFEST: b"[" * 200_000}),
    "a manifest too large": lambda: made({MANIFEST: b" " * (17 * 1024 * 1024)}),
    "a manifest of a newer format": lambda: made({MANIFEST: manifest(format=2)}),
    "a manifest of no day": lambda: made({MANIFEST: manifest(made_at="2026-99-99T99:99:99+00:00")}),
    "a table twice": lambda: made({"tables/people.ndjson": ROWS, MANIFEST: manifest(*[described(ROWS)] * 2)}),
    "a column twice": lambda: backup(columns=[{"name": "id", "kind": "integer"}] * 2),
    "a name with a quote": lambda: backup(name='people"; DROP TABLE assets; --'),
    "a name with a path": lambda: backup(name="../../people"),
    "an unknown kind": lambda: backup(columns=[{"name": "id", "kind": "code"}, {"name": "name", "kind": "text"}]),
    "an unknown rule": lambda: backup(
        links=[{"columns": ["id"], "table": "x", "targets": ["id"], "on_delete": "CASCADE; DROP"}]
    ),
    "fewer rows": lambda: backup(rows=3),
    "another digest": lambda: backup(sha256="0" * 64),
    "another size": lambda: backup(bytes=len(ROWS) + 1),
    "a table that goes on": lambda: backup(bytes=len(ROWS) - 1),
    "other columns": lambda: backup(columns=[{"name": "id", "kind": "integer"}, {"name": "shoe", "kind": "text"}]),
    "a row with too few values": lambda: backup(lines([1])),
    "a row that is no list": lambda: backup(ROWS + b'{"id": 1}\n'),
    "a row without an end": lambda: backup(ROWS + b"[3,"),
    "a value that is a list": lambda: backup(lines([1, ["x"]])),
    "bytes that are none": lambda: backup(lines([1, {"base64": "?"}])),
    "another compression": lambda: made(
        {"tables/people.ndjson": ROWS, MANIFEST: manifest(described(ROWS))}, zipfile.ZIP_LZMA
    ),
    "zeros without end": lambda: made({"tables/people.ndjson": bytes(50_000_000), MANIFEST: manifest(described(ROWS))}),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_file_made_with_ill_will_is_refused(raw: Callable[[], bytes]) -> None:
    assert is_refused(raw())


def test_a_line_is_refused_before_all_of_it_is_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shopdb.store.dump.reading.LONGEST_LINE", 1000)
    path = tmp_path / "backup.zip"
    path.write_bytes(backup(lines([1, "x" * 5000])))
    with pytest.raises(BackupRefusedError, match="goes on"):
        verify(path)


def test_what_fails_while_a_good_file_is_open_is_not_taken_for_the_file_s_fault() -> None:
    with pytest.raises(ZeroDivisionError), opened(OLD_SITE):
        raise ZeroDivisionError
    with pytest.raises(KeyError), opened(OLD_SITE):
        raise KeyError
