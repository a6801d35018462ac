"""Archives that must be refused, by name, each with the codes of all that is wrong with it."""

import json
import stat
from collections.abc import Callable, Mapping
from random import Random
from struct import pack
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shopdb.plugins import signing
from shopdb.plugins.archive_rules import LARGEST_PACKED, MOST_ENTRIES
from shopdb.plugins.archive_seal import hashes_of
from tests.plugins_life.zips import (
    BZIP2,
    ENCRYPTED,
    PATCH,
    PLUGIN,
    SIZES_FOLLOW,
    STORED,
    UTF8,
    Part,
    deflated,
    gauges,
    sealed,
    zip_of,
)

MEGABYTE = 1024 * 1024
EVIL = b"import os\n"
GOOD = zip_of(gauges())
CORE = json.dumps({"name": "held", "version": "1", "description": "Takes a path of core's."}).encode()
HASHES, SIGNATURE = "gauges/.shopdb/hashes.json", "gauges/.shopdb/signature.json"
WRITER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def with_file(name: str | bytes, content: bytes = EVIL, **lies: Any) -> Callable[[], bytes]:
    """Return a plugin that works, with one more file."""
    return lambda: zip_of(gauges(Part(name, content, **lies)))


def with_files(*names: str) -> Callable[[], bytes]:
    return lambda: zip_of(gauges(*(Part(name, EVIL) for name in names)))


def manifest(**members: Any) -> Callable[[], bytes]:
    document = json.loads(PLUGIN["manifest.json"]) | members
    return lambda: zip_of(gauges(manifest_json=json.dumps(document).encode()))


def written_manifest(raw: bytes | None) -> Callable[[], bytes]:
    return lambda: zip_of(gauges(manifest_json=raw))


def hashes(raw: bytes) -> Callable[[], bytes]:
    return with_file(HASHES, raw)


def signature(**members: Any) -> dict[str, Any]:
    """Return what is in the file of a signature that verifies, but for the members given."""
    signed = signing.sign(hashes_of(PLUGIN), WRITER)
    return {"format": 1, "key": signed.key, "signature": signed.value} | members


def signed(files: Mapping[str, bytes] = PLUGIN, **members: Any) -> Callable[[], bytes]:
    return lambda: zip_of(sealed(files, signature(**members)))


def signed_then(*, changed: Mapping[str, bytes] = {}, without: str = "", added: str = "") -> Callable[[], bytes]:
    """Return a signed plugin whose files were changed, taken out or added afterwards."""
    parts = [part for part in sealed(PLUGIN, signature()) if part.name != f"gauges/{without}"]
    parts = [Part(part.name, changed.get(str(part.name).removeprefix("gauges/"), part.content)) for part in parts]
    return lambda: zip_of(parts + ([Part(added, EVIL)] if added else []))


def bomb() -> bytes:
    return zip_of(gauges(Part("gauges/zeros.json", bytes(2 * MEGABYTE))))


def many_bombs() -> bytes:
    # None unpacks to a hundred times its size, and all of them to more than the memory that is lent.
    chance = Random(1)
    content = b"".join(chance.randbytes(40) + bytes(2_000) for _ in range(2_200))
    return zip_of(gauges(*(Part(f"gauges/{number}.json", content) for number in range(8))))


def overlapping() -> bytes:
    first = Part("gauges/a.json", b"{}", method=STORED)
    inner = first.header() + first.body
    # A stored file whose bytes are another file, headers and all: two files from one piece of bytes.
    outer = Part("gauges/b.json", inner + b"{}", method=STORED)
    place = len(outer.header())
    return zip_of([outer, Part("gauges/a.json", b"{}", method=STORED, sharing=place), *gauges()])


def with_one_header_twice() -> bytes:
    same = Part("gauges/a.json", b"{}")
    return zip_of([same, Part("gauges/a.json", b"{}", sharing=0), *gauges()])


def short_descriptor() -> bytes:
    part = Part("gauges/a.json", b"{}", flags=UTF8 | SIZES_FOLLOW, descriptor=pack("<3L", 1, 2, 3))
    return zip_of([part, *gauges()])


CONTAINERS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "nothing at all": ("A003", lambda: b""),
    "not a zip": ("A003", lambda: b"#!/bin/sh\nrm -rf /\n"),
    "only the end's mark": ("A003", lambda: b"PK\5\6"),
    "an empty zip": ("A050", lambda: zip_of([])),
    "larger than allowed": ("A002", lambda: bytes(LARGEST_PACKED + 1)),
    "cut in the middle": ("A004", lambda: GOOD[: len(GOOD) // 2]),
    "cut in its directory": ("A004", lambda: GOOD[:-30]),
    "cut at the front": ("A004", lambda: GOOD[10:]),
    "a directory of noise": ("A004", lambda: zip_of(gauges()).replace(b"PK\1\2", b"PK\1\3")),
    "a directory that ends within a name": ("A004", lambda: zip_of([*gauges()], length=30, first=len(GOOD) - 52)),
    "counts a file too many": ("A004", lambda: zip_of(gauges(), count=9)),
    "points at no header": ("A004", with_file("gauges/a.py", sharing=3)),
    "points behind itself": ("A004", with_file("gauges/a.py", sharing=2**31)),
    "a file longer than the archive": ("A004", with_file("gauges/a.py", packed_size=MEGABYTE)),
    "one part of several": ("A005", lambda: zip_of(gauges(), disk=1)),
    "a file on another disk": ("A005", with_file("gauges/a.py", disk=1)),
    "ZIP64 by its end": ("A005", lambda: zip_of(gauges(), first=0xFFFFFFFF)),
    "ZIP64 by a file": ("A005", with_file("gauges/a.py", size=0xFFFFFFFF)),
    "too many entries": ("A006", lambda: zip_of(gauges(*(Part(f"gauges/{n}") for n in range(MOST_ENTRIES))))),
    "too many entries, counted as few": (
        "A006",
        lambda: zip_of(gauges(*(Part(f"gauges/{n}") for n in range(MOST_ENTRIES))), count=3),
    ),
    "a program before it": ("A008", lambda: b"#!/bin/sh\nexit\n" + GOOD),
    "a program before it, counted in": ("A008", lambda: zip_of([Part("gauges/a.py", EVIL, before=b"MZ"), *gauges()])),
    "bytes between its files": ("A008", with_file("gauges/a.py", before=b"hidden")),
    "bytes before its directory": ("A008", lambda: zip_of(gauges(), behind=b"hidden")),
    "bytes behind its end": ("A008", lambda: GOOD + b"hidden"),
    "a comment that is cut off": ("A008", lambda: zip_of(gauges(), end=b"1.0")[:-1]),
    "a second end in its comment": ("A008", lambda: zip_of(gauges(), end=GOOD[-22:] + b"x")),
    "a descriptor that lies": ("A008", short_descriptor),
    "overlapping files": ("A009", overlapping),
}
ENTRIES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "one file under two entries": ("A009 A030", with_one_header_twice),
    "an odd compression": ("A010", with_file("gauges/a.py", method=BZIP2)),
    "a patch to another file": ("A010", with_file("gauges/a.py", flags=UTF8 | PATCH)),
    "an encrypted file": ("A011", with_file("gauges/a.py", flags=UTF8 | ENCRYPTED)),
    "a ratio bomb": ("A012", bomb),
    "more than the memory lent": ("A007", many_bombs),
    "a size of four gigabytes": ("A007 A012", with_file("gauges/a.py", size=2**32 - 2)),
    "a size that is too small": ("A013", with_file("gauges/a.py", size=3)),
    "a size that is too large": ("A013", with_file("gauges/a.py", size=300)),
    "a stored file with a size too small": ("A013", with_file("gauges/a.py", method=STORED, size=3)),
    "a bomb that claims ten bytes": ("A013", with_file("gauges/a.py", bytes(4 * MEGABYTE), size=10)),
    "two sizes": ("A013", with_file("gauges/a.py", own={"size": 3})),
    "two names": ("A013", with_file("gauges/a.py", own={"name": "../../a.py"})),
    "two methods": ("A013", with_file("gauges/a.py", own={"method": STORED})),
    "no deflated bytes": ("A014", with_file("gauges/a.py", packed=b"\xff\xff\xff")),
    "deflated bytes that break off": ("A014", with_file("gauges/a.py", packed=deflated(EVIL)[:-2])),
    "bytes behind the deflated ones": ("A014", with_file("gauges/a.py", packed=deflated(EVIL) + b"hidden")),
    "a wrong checksum": ("A014", with_file("gauges/a.py", checksum=1)),
    "a symbolic link": ("A015", with_file("gauges/a.py", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)),
    "a link of Windows": ("A015", with_file("gauges/a.py", mode=0, attributes=0x400)),
    "a FIFO": ("A016", with_file("gauges/a.py", b"", mode=stat.S_IFIFO | 0o644)),
    "a device": ("A016", with_file("gauges/a.py", b"", mode=stat.S_IFBLK | 0o644)),
    "a folder without a slash": ("A016", with_file("gauges/a", b"", mode=stat.S_IFDIR | 0o755)),
    "a folder with bytes in it": ("A016", with_file("gauges/a/", mode=stat.S_IFDIR | 0o755)),
}
NAMES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "out of its folder": ("A020", with_file("../evil.py")),
    "out of its folder, from within": ("A020", with_file("gauges/../../evil.py")),
    "an empty part": ("A020", with_file("gauges//a.py")),
    "a part of one dot": ("A020", with_file("gauges/./a.py")),
    "no name": ("A020 A034", with_file("")),
    "an absolute path": ("A021", with_file("/etc/cron.d/evil")),
    "a drive": ("A022 A034", with_file("C:/evil.py")),
    "a drive within": ("A024", with_file("gauges/C:/evil.py")),
    "a backslash": ("A023 A034", with_file("gauges\\evil.py")),
    "a backslash within": ("A023", with_file("gauges/static\\..\\..\\..\\evil.py")),
    "a stream of NTFS": ("A024", with_file("gauges/plugin.py:evil")),
    "a control character": ("A025", with_file("gauges/a\x1b[2J.py")),
    "a NUL in the name": ("A025", with_file("gauges/a.py\0.txt")),
    "a name written backwards": ("A025", with_file("gauges/\u202eyp.txt")),
    "a name in no known code page": ("A025", with_file(b"gauges/\x81.py", flags=0)),
    "a name that is not UTF-8": ("A025", with_file(b"gauges/\xff.py")),
    "a character that Windows refuses": ("A026", with_file("gauges/what?.py")),
    "a device of Windows": ("A027", with_file("gauges/con.py")),
    "a device of Windows with two endings": ("A027", with_file("gauges/Com¹.tar.gz")),
    "a device of Windows as a folder": ("A027", with_file("gauges/NUL/a.py")),
    "a trailing dot": ("A028", with_file("gauges/plugin.py.")),
    "a trailing space": ("A028", with_file("gauges/static /a.css")),
    "a path too long": ("A029", with_file(f"gauges/{'a' * 200}.py")),
    "a duplicate": ("A030", with_file("gauges/plugin.py")),
    "capitals apart": ("A031", with_file("gauges/Plugin.py")),
    "capitals apart in a folder": ("A031", with_file("gauges/Migrations/a.py")),
    "compositions apart": ("A032", with_files("gauges/caf\u00e9.py", "gauges/cafe\u0301.py")),
    "a file as a folder": ("A033", with_file("gauges/plugin.py/a.py")),
    "two roots": ("A034", with_file("other/plugin.py")),
    "no folder": ("A034", lambda: zip_of([Part(path, content) for path, content in PLUGIN.items()])),
    "a file beside the folder": ("A034", with_file("README")),
    ".pth": ("A040", with_file("gauges/evil.PTH")),
    ".so": ("A041", with_file("gauges/evil.so")),
    ".so with a version": ("A041", with_file("gauges/libevil.so.1.2")),
    ".pyd": ("A041", with_file("gauges/evil.cp311-win_amd64.pyd")),
    ".dll": ("A041", with_file("gauges/evil.DLL")),
    ".pyc": ("A042", with_file("gauges/plugin.pyc")),
    "__pycache__": ("A042", with_file("gauges/__pycache__/models.cpython-311.pyc")),
    "a hidden file": ("A043", with_file("gauges/.evil.py")),
    "a hidden folder": ("A043", with_file("gauges/.git/hooks/post-checkout")),
    "a third file of the seal": ("A043", with_file("gauges/.shopdb/more.json")),
}
PLUGINS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "no manifest": ("A050", written_manifest(None)),
    "a manifest that is no JSON": ("A050", written_manifest(b"{")),
    "a manifest that is a list": ("A050", written_manifest(b"[]")),
    "a manifest of brackets": ("A050", written_manifest(b"[" * 50_000)),
    "a manifest too large": ("A050", written_manifest(b'{"a": "' + bytes(70_000) + b'"}')),
    "half a character in the manifest": ("A050", written_manifest(b'{"name": "\\ud800"}')),
    "another name in the manifest": ("A051", manifest(name="printers")),
    "no version": ("A052", manifest(version="one")),
    "a name of core's": ("A052", lambda: zip_of([Part("held/manifest.json", CORE), Part("held/plugin.py", EVIL)])),
    "no plugin.py": ("A053", lambda: zip_of(gauges(plugin_py=None))),
    "no manifest and no plugin.py": ("A050 A053", lambda: zip_of([Part("gauges/models.py", EVIL)])),
    "hashes that are no JSON": ("A060", hashes(b"{")),
    "hashes of no known format": ("A060", hashes(b'{"format": 2, "files": {}}')),
    "hashes that are no hashes": ("A060", hashes(b'{"format": 1, "files": {"plugin.py": "0"}}')),
    "hashes with a member twice": ("A060", hashes(b'{"format": 1, "files": {}, "files": {}}')),
    "hashes with more members": ("A060", hashes(b'{"format": 1, "files": {}, "more": {}}')),
    "a signature without hashes": ("A060", lambda: zip_of(gauges(Part(SIGNATURE, json.dumps(signature()).encode())))),
    "changed after packing": ("A061", lambda: zip_of(sealed(PLUGIN, plugin="0" * 64))),
    "changed after signing": ("A061", signed_then(changed={"plugin.py": EVIL})),
    "added after signing": ("A062", signed_then(added="gauges/evil.py")),
    "taken out after signing": ("A063", signed_then(without="migrations/versions/0001_gauges.py")),
    "a signature that is no JSON": ("A064", signed_then(changed={".shopdb/signature.json": b"{"})),
    "a signature that is a number": ("A064", signed(signature=1)),
    "a signature of no known format": ("A064", signed(format=3)),
    "a signature over other files": ("A065", signed({**PLUGIN, "plugin.py": EVIL})),
    "a signature under another's key": ("A065", signed(key=signing.public_key(Ed25519PrivateKey.generate()))),
    "a signature that is too short": ("A065", signed(signature="AAAA")),
    "a key that is no base64": ("A065", signed(key="\x1b[2J")),
}
HOSTILE = {**CONTAINERS, **ENTRIES, **NAMES, **PLUGINS}
