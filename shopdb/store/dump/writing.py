"""Writing a file of tables: a zip that ends with the digest of all before it, under its own name only when whole.

    tables/<table>.ndjson   the names of the columns, then a row a line
    manifest.json           last, for it holds the digests of the others

The zip's comment is "sha256:" and the digest of every byte before the comment.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection

from shopdb.exceptions import BackupNotWrittenError
from shopdb.store.dump import cells, snapshot
from shopdb.store.dump.cipher import Encrypting, Sink
from shopdb.store.dump.manifest import Contents, Facts, Manifest, written
from shopdb.store.dump.shapes import TableShape

MANIFEST: Final = "manifest.json"
TRAILER: Final = b"sha256:"
TRAILER_BYTES: Final = len(TRAILER) + 64
DRAFT: Final = ".draft"
QUICK_COMPRESSION: Final = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a work on tables is: in which one, and how many rows of all are done."""

    step: str
    table: str
    done: int
    total: int


Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A finished draft: its SHA-256 as it lies on the disk, its size, and what it says of itself."""

    sha256: str
    size: int
    manifest: Manifest


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Give a new file beside the target, for its owner alone, that is gone afterwards unless it was put in place.

    Raises `BackupNotWrittenError` for what the system refuses.
    """
    draft: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=DRAFT)
        os.close(descriptor)
        draft = Path(name)
        yield draft
    except OSError as refused:
        raise BackupNotWrittenError(target, refused.strerror or str(refused)) from refused
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def put_in_place(draft: Path, target: Path) -> None:
    """Give a finished file its name; both are on the disk when this returns."""
    with draft.open("r+b") as file:
        os.fsync(file.fileno())
    draft.replace(target)
    if sys.platform != "win32":
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write(
    draft: Path,
    connection: Connection,
    shapes: tuple[TableShape, ...],
    facts: Facts,
    *,
    passphrase: str | None = None,
    told: Told | None = None,
) -> Written:
    """Write these tables of a snapshot into the file, all of it on the disk when this returns."""
    with draft.open("r+b") as file:
        disk = _Counting(file)
        cipher = Encrypting(disk, passphrase) if passphrase is not None else None
        ending = _Ending(cipher or disk)
        manifest = _write_zip(ending, connection, shapes, facts, told)
        ending.finish()
        if cipher is not None:
            cipher.finish()
        file.flush()
        os.fsync(file.fileno())
    return Written(disk.digest.hexdigest(), disk.size, manifest)


def _write_zip(
    ending: _Ending, connection: Connection, shapes: tuple[TableShape, ...], facts: Facts, told: Told | None
) -> Manifest:
    total = sum(snapshot.count(connection, shape.name) for shape in shapes) if told else 0
    done = 0
    tables: list[Contents] = []
    with ZipFile(ending, "w", ZIP_DEFLATED, compresslevel=QUICK_COMPRESSION) as archive:
        for shape in shapes:
            for rows in _add(archive, connection, shape, tables):
                done += rows
                if told:
                    told(Progress("write", shape.name, done, max(done, total)))
        manifest = Manifest(facts, tuple(tables))
        archive.writestr(MANIFEST, written(manifest))
        archive.comment = bytes(TRAILER_BYTES)
    return manifest


def _add(archive: ZipFile, connection: Connection, shape: TableShape, tables: list[Contents]) -> Iterator[int]:
    """Write one table, yield how many rows each step wrote, and note at the end what it is."""
    digest, rows = hashlib.sha256(), 0
    head = cells.line(shape.names)
    size = len(head)
    digest.update(head)
    with archive.open(f"tables/{shape.name}.ndjson", "w", force_zip64=True) as member:
        member.write(head)
        for lines in snapshot.lines(connection, shape):
            raw = b"".join(lines)
            digest.update(raw)
            member.write(raw)
            size += len(raw)
            rows += len(lines)
            yield len(lines)
    tables.append(Contents(shape, rows, size, digest.hexdigest()))


class _Counting:
    """Passes bytes on to a file and knows how many there were, and their digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)


class _Ending:
    """A zip's file that cannot go back: it keeps the last bytes, and puts the digest of the others in their place."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()
        self._kept = b""

    def write(self, data: bytes, /) -> int:
        together = self._kept + bytes(data)
        passed, self._kept = together[:-TRAILER_BYTES], together[-TRAILER_BYTES:]
        self._digest.update(passed)
        self._sink.write(passed)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here that could go on."""

    def close(self) -> None:
        """The file is closed by whoever opened it."""

    def finish(self) -> None:
        assert self._kept == bytes(TRAILER_BYTES), "the zip's comment is what it ends with"
        self._sink.write(TRAILER + self._digest.hexdigest().encode())
