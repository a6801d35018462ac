"""Reading a file of tables, which may have been cut, changed, or made by somebody who means no good."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hmac import compare_digest
from pathlib import Path
from typing import BinaryIO, Final, cast
from zipfile import ZIP_DEFLATED, BadZipFile, LargeZipFile, ZipFile

from shopdb.exceptions import BackupKeyError, BackupNotWrittenError, BackupRefusedError
from shopdb.store.dump import cells, manifest
from shopdb.store.dump.cipher import AlteredError, Decrypting, WrongKeyError, is_encrypted
from shopdb.store.dump.manifest import Contents, Manifest
from shopdb.store.dump.writing import MANIFEST, TRAILER, TRAILER_BYTES, Progress, Told

LARGEST_MANIFEST: Final = 16 * 1024 * 1024
LONGEST_LINE: Final = 256 * 1024 * 1024
READ_BYTES: Final = 1024 * 1024
LINES_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4 * 1024 * 1024

# What the standard library's reader makes of bytes that are no zip, or a hostile one.
UNREADABLE: Final = (
    AlteredError, BadZipFile, EOFError, KeyError, LargeZipFile, NotImplementedError, OverflowError, RecursionError,
    RuntimeError, UnicodeDecodeError, ValueError, struct.error, zlib.error,
)  # fmt: skip


class Dump:
    """An opened file whose bytes are those that were written; ``manifest`` says what is in it."""

    def __init__(self, path: Path, archive: ZipFile, described: Manifest, *, is_encrypted: bool) -> None:
        self.path = path
        self.manifest = described
        self.is_encrypted = is_encrypted
        self._archive = archive

    def rows(self, table: Contents) -> Iterator[list[bytes]]:
        """Yield the lines of a table's rows, a few MB at a time at most; what is not as the manifest says is refused.

        Raises `BackupRefusedError`, at the latest behind the last line.
        """
        with _refusing(self.path):
            yield from self._rows(table)

    def _rows(self, table: Contents) -> Iterator[list[bytes]]:
        digest, rows, size = hashlib.sha256(), 0, 0
        with _member(self._archive, table.member) as member:
            head = member.readline(LONGEST_LINE)
            if head != cells.line(table.shape.names):
                raise ValueError(f"the columns of {table.shape.name} are not those of its manifest")
            digest.update(head)
            size += len(head)
            for lines in _some(member, table.size):
                for line in lines:
                    digest.update(line)
                    size += len(line)
                rows += len(lines)
                yield lines
        if (rows, size, digest.hexdigest()) != (table.rows, table.size, table.sha256):
            raise ValueError(f"the rows of {table.shape.name} are not those of its manifest")


@contextmanager
def opened(path: Path, passphrase: str | None = None) -> Iterator[Dump]:
    """Give the file, seen to be byte for byte the one that was written.

    Raises `BackupRefusedError`, or `BackupKeyError` for an encrypted one without its passphrase.
    """
    with ExitStack() as stack:
        with _refusing(path):
            sealed = stack.enter_context(path.open("rb"))
            file = _decrypted(sealed, path, passphrase)
            _check_whole(file)
            archive = stack.enter_context(ZipFile(file))
            with _member(archive, MANIFEST) as member:
                raw = member.read(LARGEST_MANIFEST + 1)
            if len(raw) > LARGEST_MANIFEST:
                raise ValueError("its manifest is too large")
            dump = Dump(path, archive, manifest.read(raw), is_encrypted=file is not sealed)
        yield dump


def verify(path: Path, passphrase: str | None = None, told: Told | None = None) -> Manifest:
    """Read the whole file from the disk and return its manifest, which every line in it agrees with.

    Raises what `opened` raises.
    """
    with _refusing(path):
        _forget_cached(path)
    with opened(path, passphrase) as dump:
        done, total = 0, dump.manifest.rows
        for table in dump.manifest.tables:
            for lines in dump.rows(table):
                with _refusing(path):
                    _check_rows(table, lines)
                done += len(lines)
                if told:
                    told(Progress("verify", table.shape.name, done, total))
        return dump.manifest


def prove(draft: Path, target: Path, passphrase: str | None = None, told: Told | None = None) -> None:
    """Read a finished draft back from the disk; raises `BackupNotWrittenError` if it is not what was written."""
    try:
        verify(draft, passphrase, told)
    except BackupRefusedError as wrong:
        raise BackupNotWrittenError(target, f"read back, it was found wrong: {wrong.reason}") from wrong


def _check_rows(table: Contents, lines: list[bytes]) -> None:
    for line in lines:
        if len(cells.values(line)) != len(table.shape.columns):
            raise ValueError(f"a row of {table.shape.name} has another number of values")


def _decrypted(file: BinaryIO, path: Path, passphrase: str | None) -> BinaryIO:
    if not is_encrypted(file):
        return file
    if passphrase is None:
        raise BackupKeyError(path, given=False)
    try:
        return io.BufferedReader(Decrypting(file, passphrase), READ_BYTES)
    except WrongKeyError as wrong:
        raise BackupKeyError(path, given=True) from wrong


def _check_whole(file: BinaryIO) -> None:
    size = file.seek(0, io.SEEK_END) - TRAILER_BYTES
    if size < 0:
        raise ValueError("it is too short for a backup")
    file.seek(size)
    trailer = file.read(TRAILER_BYTES)
    if not trailer.startswith(TRAILER):
        raise ValueError("it is no backup of shopdb, or its end is missing")
    digest, left = hashlib.sha256(), size
    file.seek(0)
    while left and (some := file.read(min(left, READ_BYTES))):
        digest.update(some)
        left -= len(some)
    if not compare_digest(trailer, TRAILER + digest.hexdigest().encode()):
        raise ValueError("it was altered since it was written")
    file.seek(0)


def _member(archive: ZipFile, name: str) -> io.BufferedReader:
    info = archive.getinfo(name)
    if info.compress_type != ZIP_DEFLATED:
        raise ValueError(f"{name} is compressed as no backup is")
    # A member's own way of reading lines takes three times as long.
    return io.BufferedReader(cast("io.BufferedIOBase", archive.open(info)), READ_BYTES)


def _some(member: io.BufferedReader, limit: int) -> Iterator[list[bytes]]:
    """Yield whole lines, some hundred at a time and no more than a few MB beyond one line."""
    lines: list[bytes] = []
    size = read = 0
    while line := member.readline(LONGEST_LINE):
        read += len(line)
        if not line.endswith(b"\n") or read > limit:
            raise ValueError("a table goes on where its manifest ends it")
        lines.append(line)
        size += len(line)
        if len(lines) == LINES_AT_ONCE or size > BYTES_AT_ONCE:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _forget_cached(path: Path) -> None:
    """Have the file read from the disk, not from memory where it still is as it was written."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as unreadable:
        raise BackupRefusedError(path, f"it cannot be read ({unreadable.strerror or unreadable})") from unreadable
    except AlteredError as altered:
        raise BackupRefusedError(path, "it was altered or cut since it was written") from altered
    except UNREADABLE as wrong:
        reason = str(wrong) if type(wrong) is ValueError else f"it cannot be read ({type(wrong).__name__})"
        raise BackupRefusedError(path, reason) from wrong
