import io
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopdb.store.dump import cipher
from shopdb.store.dump.cipher import (
    HEAD_BYTES,
    PIECE_BYTES,
    TAG_BYTES,
    AlteredError,
    Decrypting,
    Encrypting,
    WrongKeyError,
)

PASSPHRASE = "correct horse battery staple"
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 77]


def sealed(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    """Return the data encrypted, written in uneven bits."""
    out = io.BytesIO()
    writer = Encrypting(out, passphrase)
    at = 0
    for size in (1, 10, PIECE_BYTES, 5, 2 * PIECE_BYTES, len(data)):
        writer.write(data[at : at + size])
        at += size
    writer.finish()
    return out.getvalue()


def opened(raw: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return io.BufferedReader(Decrypting(io.BytesIO(raw), passphrase)).read()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_encrypted_comes_back(size: int) -> None:
    data = random.Random(size).randbytes(size)
    raw = sealed(data)
    assert opened(raw) == data
    assert len(raw) == HEAD_BYTES + size + TAG_BYTES * max(1, -(-size // PIECE_BYTES))
    assert size < 100 or data[:100] not in raw


def test_the_same_twice_is_not_the_same_encrypted() -> None:
    assert sealed(b"twice") != sealed(b"twice")


def test_another_passphrase_is_told_from_an_altered_file() -> None:
    raw = sealed(b"something")
    with pytest.raises(WrongKeyError):
        opened(raw, "another passphrase")


THREE_PIECES = random.Random(3).randbytes(2 * PIECE_BYTES + 500)
SEALED_BYTES = HEAD_BYTES + len(THREE_PIECES) + 3 * TAG_BYTES


@cache
def three_pieces() -> bytes:
    """Return three pieces, encrypted."""
    return sealed(THREE_PIECES)


@given(st.integers(0, SEALED_BYTES - 1), st.integers(1, 255))
@settings(max_examples=200)
def test_any_altered_byte_is_found(place: int, change: int) -> None:
    altered = bytearray(three_pieces())
    altered[place] ^= change
    with pytest.raises((AlteredError, WrongKeyError)):
        opened(bytes(altered))


@given(st.integers(0, SEALED_BYTES - 1))
@settings(max_examples=200)
def test_any_cut_is_found(length: int) -> None:
    with pytest.raises(AlteredError):
        opened(three_pieces()[:length])


@pytest.mark.parametrize("length", [HEAD_BYTES + (PIECE_BYTES + TAG_BYTES) * number for number in range(3)])
def test_a_cut_between_pieces_is_found_before_anything_is_read(length: int) -> None:
    with pytest.raises(AlteredError):
        Decrypting(io.BytesIO(three_pieces()[:length]), PASSPHRASE)


def test_pieces_that_changed_places_are_found() -> None:
    piece = PIECE_BYTES + TAG_BYTES
    raw = three_pieces()
    head, first, second = (
        raw[:HEAD_BYTES], raw[HEAD_BYTES : HEAD_BYTES + piece], raw[HEAD_BYTES + piece : HEAD_BYTES + 2 * piece],
    )  # fmt: skip
    with pytest.raises(AlteredError):
        opened(head + second + first + raw[HEAD_BYTES + 2 * piece :])


@cache
def reader() -> Decrypting:
    return Decrypting(io.BytesIO(three_pieces()), PASSPHRASE)


@given(st.lists(st.tuples(st.integers(0, len(THREE_PIECES) + 10), st.integers(0, 70_000))))
def test_any_place_can_be_read(reads: list[tuple[int, int]]) -> None:
    file = io.BufferedReader(reader())
    for place, size in reads:
        file.seek(place)
        assert file.read(size) == THREE_PIECES[place : place + size]
    file.detach()


def test_nothing_is_before_the_beginning() -> None:
    with pytest.raises(ValueError, match="nothing before"):
        reader().seek(-1)
    assert reader().seek(-1, io.SEEK_END) == len(THREE_PIECES) - 1
    assert not cipher.is_encrypted(io.BytesIO(b"PK"))
