"""Files that are there whole or not at all, for their owner's eyes only; whatever happens to the power."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from shopdb.exceptions import CollectorBusyError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BINARY: int = getattr(os, "O_BINARY", 0)  # Windows alone tells bytes from text
DRAFT = ".draft"  # how the name of a file ends that was not finished


def folder(path: Path) -> Path:
    """The folder, made if it was missing; nobody else can look into it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, content: bytes) -> None:
    """The file with this content, on the disk when this returns; raises OSError with nothing changed."""
    draft = path.with_name(f".{uuid4()}{DRAFT}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def move(path: Path, target: Path) -> None:
    """The file under its new name, on the disk when this returns."""
    path.replace(target)
    sync(target.parent)
    if path.parent != target.parent:
        sync(path.parent)


def sync(path: Path) -> None:
    """The folder's names written to the disk; Windows does so by itself and lets nobody ask."""
    if sys.platform != "win32":
        entry = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """This process alone, until the block ends or the process does; raises CollectorBusyError at once.

    The file stays where it is: whoever removed it would let a third process in beside the second.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | BINARY, 0o600), "r+b") as file:
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise CollectorBusyError(path.parent) from held
        yield
