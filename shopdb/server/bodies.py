"""Request bodies: read and unpacked within caps, and replies packed the way the request was.

Inventory agents say nothing reliable about how they pack, so the first bytes decide. What the bytes mean is
the business of `strictjson` and `agents`.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shopdb.exceptions import (
    BodyIncompleteError,
    BodyTooLargeError,
    BodyUnreadableError,
    UnknownEncodingError,
)

MEGABYTE = 2**20
SLICE = 2**16  # bytes fed to zlib at once: what it leaves over is copied, so a slice bounds the copying
PIECE = 2**20  # bytes that one slice may unpack to before the cap is looked at again
MOST_MEMBERS = 1000  # gzip members of one body; thousands of empty ones would cost time and never meet a cap

GZIP_MAGIC = b"\x1f\x8b"
# The four headers of zlib (RFC 1950) with a 32 kB window and no preset dictionary, by level.
ZLIB_MAGICS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")

GZIP_BITS = 16 + zlib.MAX_WBITS
ZLIB_BITS = zlib.MAX_WBITS
RAW_BITS = -zlib.MAX_WBITS


class Packing(StrEnum):
    """How a body's bytes are packed, apart from any Content-Encoding."""

    PLAIN = "plain"
    ZLIB = "zlib"
    GZIP = "gzip"


@dataclass(frozen=True, slots=True)
class Caps:
    """Most bytes of a body, as received and as unpacked."""

    received: int = 8 * MEGABYTE
    unpacked: int = 64 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Body:
    """A body's unpacked bytes, and how they were packed: a reply to an agent is packed the same way."""

    data: bytes
    packing: Packing


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


DEFAULT_CAPS = Caps()


def read_body(
    stream: Stream, content_length: int | None, content_encoding: str = "", *, caps: Caps = DEFAULT_CAPS
) -> Body:
    """Return the body, unpacked once: by its Content-Encoding if it names one, else by its first bytes.

    `content_length` is None where a body ends with its stream. Raises BodyTooLargeError, BodyIncompleteError,
    BodyUnreadableError or UnknownEncodingError.
    """
    received = _received(stream, content_length, caps.received)
    encoding = content_encoding.strip().lower()
    if encoding not in ("", "identity"):
        return Body(_decoded(received, encoding, caps.unpacked), Packing.PLAIN)
    packing = packing_of(received)
    if packing is Packing.PLAIN:
        return Body(received, packing)
    return Body(_unpacked(received, packing, BITS[packing], caps.unpacked), packing)


def packing_of(data: bytes) -> Packing:
    """How these bytes are packed, by the first two of them."""
    if data.startswith(GZIP_MAGIC):
        return Packing.GZIP
    return Packing.ZLIB if data.startswith(ZLIB_MAGICS) else Packing.PLAIN


def packed(data: bytes, packing: Packing) -> bytes:
    """Return a reply's bytes packed this way; zlib's begin with 78 9C, all that OCS agents accept."""
    if packing is Packing.ZLIB:
        return zlib.compress(data)
    return gzip.compress(data, mtime=0) if packing is Packing.GZIP else data


BITS = {Packing.ZLIB: ZLIB_BITS, Packing.GZIP: GZIP_BITS}
ENCODINGS = {"gzip": GZIP_BITS, "x-gzip": GZIP_BITS, "deflate": ZLIB_BITS}


def _received(stream: Stream, content_length: int | None, cap: int) -> bytes:
    if content_length is not None and content_length > cap:
        raise BodyTooLargeError(cap, unpacked=False)
    wanted = cap + 1 if content_length is None else content_length
    received = bytearray()
    while len(received) < wanted and (chunk := stream.read(min(wanted - len(received), PIECE))):
        received += chunk
    if len(received) > cap:
        raise BodyTooLargeError(cap, unpacked=False)
    if content_length is not None and len(received) < content_length:
        raise BodyIncompleteError(content_length, len(received))
    return bytes(received)


def _decoded(data: bytes, encoding: str, cap: int) -> bytes:
    bits = ENCODINGS.get(encoding)
    if bits is None:
        raise UnknownEncodingError(encoding, sorted(ENCODINGS))
    if encoding == "deflate" and not data.startswith(ZLIB_MAGICS):
        bits = RAW_BITS  # RFC 9110 §8.4.1.2: some send the deflate stream without zlib's wrapping
    return _unpacked(data, encoding, bits, cap)


def _unpacked(data: bytes, packing: str, bits: int, cap: int) -> bytes:
    unpacked = bytearray()
    inflater = zlib.decompressobj(bits)
    members = 1
    try:
        for start in range(0, len(data), SLICE):
            pending = data[start : start + SLICE]
            while pending:
                if inflater.eof:
                    members += 1
                    inflater = _next_member(packing, bits, members)
                unpacked += inflater.decompress(pending, PIECE)
                pending = inflater.unconsumed_tail or inflater.unused_data
                _check_size(unpacked, cap)
    except zlib.error as refused:
        raise BodyUnreadableError(packing, str(refused)) from refused
    if not inflater.eof:
        raise BodyUnreadableError(packing, "it ends before its end mark")
    return bytes(unpacked)


def _next_member(packing: str, bits: int, number: int) -> zlib._Decompress:
    """Only gzip (RFC 1952 §2.2) allows further members; anything else behind an end mark is no body's."""
    if bits != GZIP_BITS:
        raise BodyUnreadableError(packing, "something follows its end mark")
    if number > MOST_MEMBERS:
        raise BodyUnreadableError(packing, f"it has more than {MOST_MEMBERS} members")
    return zlib.decompressobj(bits)


def _check_size(unpacked: bytearray, cap: int) -> None:
    if len(unpacked) > cap:
        raise BodyTooLargeError(cap, unpacked=True)
