"""Zips written field by field, so that each can lie; what `zipfile` writes is always true."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from struct import pack
from typing import Any

STORED, DEFLATED, BZIP2 = 0, 8, 12
ENCRYPTED, SIZES_FOLLOW, PATCH, UTF8 = 0x1, 0x8, 0x20, 0x800
PLUGIN: Mapping[str, bytes] = {
    "manifest.json": json.dumps({"name": "gauges", "version": "1.0.0", "description": "Hand tools."}).encode(),
    "plugin.py": b'"""Hand tools."""\n',
    "migrations/versions/0001_gauges.py": b'revision = "0001_gauges"\n',
}


@dataclass(frozen=True)
class Part:
    """One file of a zip; what is given beyond name and content is what its fields say instead of the truth."""

    name: str | bytes
    content: bytes = b""
    method: int = DEFLATED
    flags: int = UTF8
    mode: int = 0o100644
    attributes: int = 0
    disk: int = 0
    packed: bytes | None = None
    size: int | None = None
    packed_size: int | None = None
    checksum: int | None = None
    own: Mapping[str, Any] | None = None  # what the header beside the file says differently
    sharing: int | None = None  # the place of another file's header, which this one has too
    before: bytes = b""
    descriptor: bytes = b""

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.content) if self.method == DEFLATED else self.content

    def fields(self) -> bytes:
        """Return what the directory and the file's own header have in common, from the flags on."""
        checksum = zlib.crc32(self.content) if self.checksum is None else self.checksum
        size = len(self.content) if self.size is None else self.size
        packed = len(self.body) if self.packed_size is None else self.packed_size
        return pack("<4H3L2H", self.flags, self.method, 0, 33, checksum, packed, size, len(self.raw_name), 0)

    def header(self) -> bytes:
        one = replace(self, packed=self.body, own=None, **(self.own or {}))
        return pack("<4sH", b"PK\3\4", 20) + one.fields() + one.raw_name


def zip_of(parts: Sequence[Part], *, behind: bytes = b"", end: bytes = b"", **said: int) -> bytes:
    """Return the zip; ``behind`` lies before the directory, ``end`` is its comment, ``said`` what its end says."""
    files, directory = b"", b""
    for part in parts:
        files += part.before if part.sharing is None else b""
        place = len(files) if part.sharing is None else part.sharing
        if part.sharing is None:
            files += part.header() + part.body + part.descriptor
        described = pack("<4s2H", b"PK\1\2", 0x0314, 20) + part.fields()
        outside = (part.mode << 16) | part.attributes
        directory += described + pack("<3H2L", 0, part.disk, 0, outside, place) + part.raw_name
    files += behind
    truth = {"disk": 0, "count": len(parts), "length": len(directory), "first": len(files), "comment": len(end)} | said
    numbers = (truth["disk"], truth["disk"], truth["count"], truth["count"], truth["length"], truth["first"])
    return files + directory + pack("<4s4H2LH", b"PK\5\6", *numbers, truth["comment"]) + end


def gauges(*more: Part, **changed: bytes | None) -> list[Part]:
    """Return the files of a plugin that works, and more; ``manifest_json=None`` takes one away."""
    files = dict(PLUGIN)
    for word, content in changed.items():
        path = next(path for path in files if path.replace(".", "_").endswith(word))
        files.pop(path) if content is None else files.update({path: content})
    return [*(Part(f"gauges/{path}", content) for path, content in files.items()), *more]


def sealed(files: Mapping[str, bytes], signature: Mapping[str, Any] | None = None, **said: str) -> list[Part]:
    """Return the files in their folder with their hashes, which ``said`` replaces for names without their endings."""
    hashes = {path: said.get(path.partition(".")[0], sha256(content).hexdigest()) for path, content in files.items()}
    parts = [Part(f"gauges/{path}", content) for path, content in files.items()]
    parts.append(Part("gauges/.shopdb/hashes.json", json.dumps({"format": 1, "files": hashes}).encode()))
    if signature is not None:
        parts.append(Part("gauges/.shopdb/signature.json", json.dumps(signature).encode()))
    return parts


def deflated(content: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(content) + packing.flush()
