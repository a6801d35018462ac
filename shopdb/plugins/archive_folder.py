"""Reads a plugin's folder as it lies on disk, as if it were an archive.

No link is followed, nothing but files is opened, and no more is read than an archive may hold.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from shopdb.plugins.archive_entries import REPARSE_POINT, Unpacked
from shopdb.plugins.archive_names import BYTE_CODE, CACHE_FOLDER, HASHES, SEAL_FOLDER, SIGNATURE, is_hidden
from shopdb.plugins.archive_rules import LARGEST_UNPACKED, MOST_ENTRIES, fault, shown

# Opening a FIFO would wait for its other end.
_AT_ONCE: int = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# A link may have taken the place of the file that was seen there.
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)


def folder_contents(folder: Path, *, sealed: bool) -> Unpacked:
    """Return the plugin in a folder, its paths beginning with the folder's name, and what keeps it from being packed.

    What Python caches and what is hidden is left out; ``sealed`` takes the hashes and the signature along.
    """
    files: dict[str, bytes] = {}
    problems: list[str] = []
    left = LARGEST_UNPACKED
    root = folder.name
    if not _is_text(root):
        return Unpacked((), {}, (fault("A025", f"{shown(root)} is not a name in UTF-8"),))
    for path in _walk(folder, problems, sealed=sealed):
        try:
            content = read_bounded(folder / path, left, _NO_LINK)
        except OSError as unreadable:
            problems.append(fault("A001", f"{shown(path)} cannot be read ({unreadable.strerror or unreadable})"))
            continue
        left -= len(content)
        if left < 0:
            problems.append(fault("A007", f"it has more than {LARGEST_UNPACKED} bytes in its files"))
            break
        files[f"{root}/{path}"] = content
    return Unpacked(tuple(files), files, tuple(problems))


def read_bounded(path: Path, most: int, flags: int = 0) -> bytes:
    """Return a file's bytes, of a larger one ``most`` and one more; OSError says why it cannot be read."""
    descriptor = os.open(path, _AT_ONCE | flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            message = "it is no file"
            raise OSError(message)
        return file.read(most + 1)


def _walk(folder: Path, problems: list[str], *, sealed: bool) -> Iterator[str]:
    """Return the path of each file that belongs to the plugin, and note what cannot belong to one."""
    waiting, left = [""], MOST_ENTRIES
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(folder / above) as entries:
                found = [one for one in islice(entries, left + 1) if not _is_left_out(above + one.name, sealed=sealed)]
            kinds = {above + one.name: one.stat(follow_symlinks=False) for one in found}
        except OSError as unreadable:
            where = shown(above or folder.name)
            problems.append(fault("A001", f"{where} cannot be read ({unreadable.strerror})"))
            continue
        left -= len(kinds)
        if left < 0:
            problems.append(fault("A006", f"it has more than {MOST_ENTRIES} files and folders"))
            return
        for path, status in kinds.items():
            if stat.S_ISLNK(status.st_mode) or getattr(status, "st_file_attributes", 0) & REPARSE_POINT:
                problems.append(fault("A015", f"{shown(path)} is a link"))
            elif not _is_text(path):
                problems.append(fault("A025", f"{shown(path)} is not a name in UTF-8"))
            elif stat.S_ISDIR(status.st_mode):
                waiting.append(f"{path}/")
            elif stat.S_ISREG(status.st_mode):
                yield path
            else:
                problems.append(fault("A016", f"{shown(path)} is neither a file nor a folder"))


def _is_text(name: str) -> bool:
    """Tell whether a name on disk is UTF-8; what is not stands in it as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_left_out(path: str, *, sealed: bool) -> bool:
    """Tell whether a path is no content of a plugin: what is hidden, and what Python caches."""
    if sealed and path in (SEAL_FOLDER, HASHES, SIGNATURE):
        return False
    name = path.rpartition("/")[2]
    return is_hidden((name,)) or name == CACHE_FOLDER or name.endswith(BYTE_CODE)
