"""What the files of a zip hold, unpacked in memory: no file may claim too much, and none gets more than it claims."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shopdb.plugins.archive_directory import Entry, read_directory
from shopdb.plugins.archive_rules import HIGHEST_RATIO, LARGEST_UNPACKED, SMALLEST_BOMB, fault, shown

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # by the file, strongly, or the directory itself
_PATCH = 0x0020  # the bytes are a difference to some other file
REPARSE_POINT = 0x0400  # a link on Windows


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The names in an archive or a folder, folders ending in /, the files that could be read, and what is wrong."""

    names: tuple[str, ...]
    files: Mapping[str, bytes]
    problems: tuple[str, ...]


def unpacked(raw: bytes) -> Unpacked:
    """Return what is in a zip; where its directory cannot be trusted, no file is read."""
    directory = read_directory(raw)
    names = tuple(entry.name for entry in directory.entries)
    problems = [*directory.problems]
    claimed = sum(entry.size for entry in directory.entries)
    if claimed > LARGEST_UNPACKED:
        problems.append(fault("A007", f"it unpacks to {claimed} bytes; {LARGEST_UNPACKED} are the most"))
    can_read = directory.is_sound and claimed <= LARGEST_UNPACKED
    files: dict[str, bytes] = {}
    for entry in directory.entries:
        refused = list(_problems(entry))
        if can_read and not refused and not entry.is_folder:
            try:
                files.setdefault(entry.name, _content(raw, entry))
            except ValueError as damaged:
                refused = [str(damaged)]
        problems += refused
    return Unpacked(names, files, tuple(problems))


def _problems(entry: Entry) -> Iterator[str]:
    name = shown(entry.name)
    kind = stat.S_IFMT(entry.attributes >> 16)
    if entry.method not in (_STORED, _DEFLATED) or entry.flags & _PATCH:
        yield fault("A010", f"{name} is packed by method {entry.method}; pack it with `shopdb plugin pack`")
    if entry.flags & _ENCRYPTED:
        yield fault("A011", f"{name} is encrypted")
    if entry.size > SMALLEST_BOMB and entry.size > HIGHEST_RATIO * entry.packed:
        yield fault("A012", f"{name} unpacks from {entry.packed} bytes to {entry.size}")
    if entry.is_folder and entry.size:
        yield fault("A016", f"{name} is a folder with {entry.size} bytes in it")
    if kind == stat.S_IFLNK or entry.attributes & REPARSE_POINT:
        yield fault("A015", f"{name} is a link")
    elif kind and kind != (stat.S_IFDIR if entry.is_folder else stat.S_IFREG):
        yield fault("A016", f"{name} is not the file or folder that its name says")


def _content(raw: bytes, entry: Entry) -> bytes:
    """Return the file's bytes; ValueError says why they are not what the directory says."""
    packed = memoryview(raw)[entry.start : entry.end]
    name = shown(entry.name)
    content = bytes(packed) if entry.method == _STORED else _inflated(packed, entry)
    if len(content) != entry.size:
        raise ValueError(fault("A013", f"{name} has not the {entry.size} bytes that it claims"))
    if zlib.crc32(content) != entry.checksum:
        raise ValueError(fault("A014", f"{name} is damaged: its checksum is another"))
    return content


def _inflated(packed: memoryview, entry: Entry) -> bytes:
    """Return what deflated bytes unpack to, but never more than one byte above what is claimed."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflating.decompress(packed, entry.size + 1)
    except zlib.error as damaged:
        raise ValueError(fault("A014", f"{shown(entry.name)} is damaged: it cannot be unpacked")) from damaged
    if len(content) <= entry.size and (not inflating.eof or inflating.unused_data):
        raise ValueError(fault("A014", f"{shown(entry.name)} is damaged: it does not end where it should"))
    return content
