"""Encrypting a stream with a passphrase, so that a change, a cut or another key is found wherever it is read.

AES-256-GCM over pieces of 64 KiB, each under its number, the last one marked: the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, as in age. The key comes from the passphrase and a salt of its own for each file, by
scrypt. Fernet, which `cryptography` has ready, needs the whole in memory.

    magic 16 | salt 16 | check 16 | piece 65536 + 16 | ... | last piece
"""

from __future__ import annotations

import hashlib
import io
import os
from hmac import compare_digest
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"shopdb-sealed-1\n"
SALT_BYTES: Final = 16
CHECK_BYTES: Final = 16
HEAD_BYTES: Final = len(MAGIC) + SALT_BYTES + CHECK_BYTES
PIECE_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
SCRYPT_COST = 2**16
"""64 MB of memory for each guess, and a fifth of a second."""

SCRYPT_MEMORY: Final = 128 * 1024 * 1024


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of the bytes."""
        ...


class WrongKeyError(Exception):
    """The passphrase is not the one that the file was encrypted with."""


class AlteredError(Exception):
    """The file is not as it was written."""


class Encrypting:
    """Encrypts what is written to it and hands it on; `finish` writes the last piece."""

    def __init__(self, sink: Sink, passphrase: str) -> None:
        """Write the head."""
        salt = os.urandom(SALT_BYTES)
        key, check = _keys(passphrase, salt)
        self._sink = sink
        self._head = MAGIC + salt + check
        self._cipher = AESGCM(key)
        self._number = 0
        self._waiting = bytearray()
        sink.write(self._head)

    def write(self, data: bytes, /) -> int:
        """Take the bytes; a piece goes on when more than a whole one waits, so that the last is never empty."""
        self._waiting += data
        while len(self._waiting) > PIECE_BYTES:
            self._hand_on(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write what waits as the last piece."""
        self._hand_on(bytes(self._waiting), last=True)

    def _hand_on(self, piece: bytes, *, last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, self._head))
        self._number += 1


class Decrypting(io.RawIOBase):
    """What an encrypted file holds, readable and seekable.

    Raises `WrongKeyError` when it is made, and `AlteredError` there or from any read.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        """Read the head and the last piece, without which nothing is whole."""
        file.seek(0)
        self._head = file.read(HEAD_BYTES)
        if len(self._head) < HEAD_BYTES or not self._head.startswith(MAGIC):
            raise AlteredError
        salt = self._head[len(MAGIC) : -CHECK_BYTES]
        key, check = _keys(passphrase, salt)
        if not compare_digest(check, self._head[-CHECK_BYTES:]):
            raise WrongKeyError
        self._file = file
        self._cipher = AESGCM(key)
        sealed = file.seek(0, io.SEEK_END) - HEAD_BYTES
        self._pieces, rest = divmod(sealed, PIECE_BYTES + TAG_BYTES)
        if rest:
            self._pieces += 1
        self._size = sealed - self._pieces * TAG_BYTES
        self._at = 0
        self._opened: tuple[int, bytes] = (-1, b"")
        if not self._pieces:
            raise AlteredError
        self._piece(self._pieces - 1)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place and return it."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            message = "there is nothing before the beginning"
            raise ValueError(message)
        self._at = start + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # any buffer is given as one
        """Fill the buffer from one piece and return how much there was."""
        if self._at >= self._size:
            return 0
        number, skipped = divmod(self._at, PIECE_BYTES)
        found = self._piece(number)[skipped : skipped + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if self._opened[0] != number:
            self._file.seek(HEAD_BYTES + number * (PIECE_BYTES + TAG_BYTES))
            sealed = self._file.read(PIECE_BYTES + TAG_BYTES)
            try:
                nonce = _nonce(number, last=number == self._pieces - 1)
                self._opened = (number, self._cipher.decrypt(nonce, sealed, self._head))
            except InvalidTag as altered:
                raise AlteredError from altered
        return self._opened[1]


def is_encrypted(file: BinaryIO) -> bool:
    """Whether the file begins as an encrypted one does."""
    file.seek(0)
    return file.read(len(MAGIC)) == MAGIC


def _keys(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    """Return the key, and the bytes by which another key is told from an altered file."""
    made = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, maxmem=SCRYPT_MEMORY, dklen=32 + CHECK_BYTES
    )
    return made[:32], made[32:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
