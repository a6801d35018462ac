"""The directory of a zip, held against the bytes that it describes; nothing is unpacked here.

`zipfile` takes the directory's word: files may share bytes, bytes may belong to nobody, and the header beside a file
may say something else. Readers differ about such archives, so here they are refused. Layout: PKWARE's APPNOTE.TXT,
sections 4.3.7 (a file's header), 4.3.9 (descriptor), 4.3.12 (directory) and 4.3.16 (its end).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from struct import Struct

from shopdb.plugins.archive_rules import MOST_ENTRIES, fault, shown

FILE_MARK, DIRECTORY_MARK, END_MARK, DESCRIPTOR_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\7\x08"
_FILE = Struct("<4s5H3L2H")
_DIRECTORY = Struct("<4s6H3L5H2L")
_END = Struct("<4s4H2LH")
_LONGEST_COMMENT = 0xFFFF
_ZIP64_16, _ZIP64_32 = 0xFFFF, 0xFFFFFFFF  # "look into a ZIP64 record"
_SIZES_FOLLOW = 0x0008
_DAMAGED = fault("A004", "its directory is damaged")
_IN_PARTS = fault("A005", "it is one part of an archive in several")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder as the directory describes it; its packed bytes begin at ``start``."""

    raw_name: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    attributes: int
    header: int
    name: str = ""
    start: int = 0

    @property
    def end(self) -> int:
        """Where its packed bytes end."""
        return self.start + self.packed

    @property
    def is_folder(self) -> bool:
        """Whether its name says that it is a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Directory:
    """What a zip says that it holds; ``is_sound`` tells whether every file has bytes of its own."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    is_sound: bool


class _UnreadableError(Exception):
    """The directory cannot be read any further; says why, with its code."""


def read_directory(raw: bytes) -> Directory:
    """Return the directory of a zip with all its problems."""
    try:
        first, end, count = _bounds(raw)
        described = _described(raw, first, end)
    except _UnreadableError as refused:
        return Directory((), (str(refused),), is_sound=False)
    problems: list[str] = []
    if len(described) != count:
        problems.append(fault("A004", f"its end counts {count} entries, its directory {len(described)}"))
    entries = []
    for one in described:
        try:
            entries.append(_located(raw, one, first))
        except _UnreadableError as refused:
            problems.append(str(refused))
    is_sound = len(entries) == len(described)
    if is_sound:
        strays = list(_strays(raw, entries, first))
        is_sound = not strays
        problems += strays
    return Directory(tuple(entries), tuple(problems), is_sound)


def _bounds(raw: bytes) -> tuple[int, int, int]:
    """Return where the directory begins and ends, and how many entries it should have."""
    place = raw.rfind(END_MARK, max(0, len(raw) - _END.size - _LONGEST_COMMENT))
    if place < 0 or place + _END.size > len(raw):
        if raw.startswith(FILE_MARK):
            raise _UnreadableError(fault("A004", "it is a zip archive without its end; copy it again"))
        raise _UnreadableError(fault("A003", "it is not a zip archive"))
    _, disk, first_disk, here, count, length, first, comment = _END.unpack_from(raw, place)
    if disk or first_disk or here != count:
        raise _UnreadableError(_IN_PARTS)
    if count == _ZIP64_16 or _ZIP64_32 in (length, first):
        raise _UnreadableError(fault("A005", "it is in the ZIP64 format"))
    if place + _END.size + comment != len(raw):
        raise _UnreadableError(fault("A008", "there are bytes behind its end, or its comment is cut off"))
    if first + length > place:
        raise _UnreadableError(fault("A004", "bytes are missing before its directory"))
    if first + length < place:
        raise _UnreadableError(fault("A008", f"{place - first - length} bytes are not where its directory says"))
    if count > MOST_ENTRIES:
        raise _UnreadableError(fault("A006", f"it has {count} entries; {MOST_ENTRIES} are the most"))
    return first, place, count


def _described(raw: bytes, first: int, end: int) -> list[Entry]:
    """Return the entries of the directory, before the headers that they point at are looked at."""
    found: list[Entry] = []
    place = first
    while place < end:
        if place + _DIRECTORY.size > end or not raw.startswith(DIRECTORY_MARK, place):
            raise _UnreadableError(_DAMAGED)
        if len(found) == MOST_ENTRIES:
            raise _UnreadableError(fault("A006", f"it has more entries than it counts; {MOST_ENTRIES} are the most"))
        fields = _DIRECTORY.unpack_from(raw, place)
        flags, method, _, _, checksum, packed, size, name, extra, comment, disk, _, attributes, header = fields[3:]
        place += _DIRECTORY.size
        raw_name = raw[place : place + name]
        place += name + extra + comment
        if place > end:
            raise _UnreadableError(_DAMAGED)
        if disk:
            raise _UnreadableError(_IN_PARTS)
        found.append(Entry(raw_name, flags, method, checksum, packed, size, attributes, header))
    return found


def _located(raw: bytes, entry: Entry, limit: int) -> Entry:
    """Return the entry with its name and the place of its bytes, once its own header agrees with the directory."""
    name = _text(entry)
    if _ZIP64_32 in (entry.packed, entry.size, entry.header):
        raise _UnreadableError(fault("A005", f"{shown(name)} is in the ZIP64 format"))
    if entry.header + _FILE.size > limit or not raw.startswith(FILE_MARK, entry.header):
        raise _UnreadableError(fault("A004", f"{shown(name)} is not where the directory says"))
    _, _, flags, method, _, _, checksum, packed, size, name_size, extra = _FILE.unpack_from(raw, entry.header)
    name_start = entry.header + _FILE.size
    own_name = raw[name_start : name_start + name_size]
    agree = (own_name, flags, method) == (entry.raw_name, entry.flags, entry.method)
    for own, told in ((checksum, entry.checksum), (packed, entry.packed), (size, entry.size)):
        # Whoever wrote without seeking back left what was not known yet to the descriptor behind the file.
        agree &= own == told or (own == 0 and flags & _SIZES_FOLLOW != 0)
    if not agree:
        raise _UnreadableError(fault("A013", f"{shown(name)}: its own header and the directory differ"))
    start = name_start + name_size + extra
    if start + entry.packed > limit:
        raise _UnreadableError(fault("A004", f"{shown(name)} is cut off"))
    return replace(entry, name=name, start=start)


def _text(entry: Entry) -> str:
    # Info-ZIP writes UTF-8 without the flag that says so; in another code page a name is hardly ever valid UTF-8.
    try:
        return entry.raw_name.decode()
    except UnicodeDecodeError:
        told = shown(entry.raw_name.decode("ascii", "backslashreplace"))
        raise _UnreadableError(fault("A025", f"{told} is not a name in UTF-8")) from None


def _strays(raw: bytes, entries: Sequence[Entry], first: int) -> Iterator[str]:
    """Say which files share bytes, and which bytes belong to none; together they cover all up to the directory."""
    covered, before = 0, None
    for entry in sorted(entries, key=lambda one: (one.header, one.end)):
        if entry.header < covered:
            yield fault("A009", f"{shown(entry.name)} shares bytes with {shown(before.name if before else '')}")
        elif not _belongs(raw, before, covered, entry.header):
            yield fault("A008", f"{entry.header - covered} bytes before {shown(entry.name)} belong to no file")
        if entry.end >= covered:
            covered, before = entry.end, entry
    if not _belongs(raw, before, covered, first):
        yield fault("A008", f"{first - covered} bytes before the directory belong to no file")


def _belongs(raw: bytes, before: Entry | None, start: int, end: int) -> bool:
    """Tell whether what follows an entry is the descriptor that it announced, or nothing."""
    if before is None or not before.flags & _SIZES_FOLLOW:
        return start == end
    descriptors = (
        mark + Struct(layout).pack(before.checksum, before.packed, before.size)
        for mark in (DESCRIPTOR_MARK, b"")
        for layout in ("<3L", "<L2Q")
    )
    return raw[start:end] in descriptors
