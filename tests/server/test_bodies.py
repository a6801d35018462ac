from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.exceptions import (
    BodyIncompleteError,
    BodyTooLargeError,
    BodyUnreadableError,
    ShopdbError,
    UnknownEncodingError,
)
from shopdb.server.bodies import Body, Caps, Packing, packed, packing_of, read_body

SMALL = Caps(received=4096, unpacked=16_384)
MESSAGE = b"<REQUEST><QUERY>PROLOG</QUERY></REQUEST>"


def read(data: bytes, encoding: str = "", caps: Caps = SMALL) -> Body:
    return read_body(io.BytesIO(data), len(data), encoding, caps=caps)


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


class Trickle(io.RawIOBase):
    """A stream that hands out one byte at a time, as a slow socket may."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def read(self, _size: int = -1, /) -> bytes:
        return self._source.read(1)


@pytest.mark.parametrize("packing", Packing)
def test_a_body_comes_back_unpacked_and_says_how_it_was_packed(packing: Packing) -> None:
    assert read(packed(MESSAGE, packing)) == Body(MESSAGE, packing)


@pytest.mark.parametrize("level", [0, 1, 5, 6, 9])
def test_zlib_is_recognised_at_every_level(level: int) -> None:
    assert read(zlib.compress(MESSAGE, level)) == Body(MESSAGE, Packing.ZLIB)


def test_a_reply_in_zlib_begins_as_ocs_agents_demand() -> None:
    assert packed(MESSAGE, Packing.ZLIB)[:2] == b"\x78\x9c"


@pytest.mark.parametrize("text", [b"x", b"xml", b"x,y\n1,2\n", b"", b"{}", b"\x1f", b"x y"])
def test_text_that_begins_like_a_packing_stays_text(text: bytes) -> None:
    assert packing_of(text) is Packing.PLAIN
    assert read(text).data == text


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(MESSAGE, mtime=0)),
        ("X-Gzip", gzip.compress(MESSAGE, mtime=0)),
        ("deflate", zlib.compress(MESSAGE)),
        ("deflate", raw_deflate(MESSAGE)),
        (" identity ", MESSAGE),
    ],
)
def test_a_content_encoding_is_undone_and_the_reply_stays_plain(encoding: str, body: bytes) -> None:
    assert read(body, encoding) == Body(MESSAGE, Packing.PLAIN)


def test_only_one_layer_is_unpacked() -> None:
    inner = zlib.compress(MESSAGE)
    assert read(gzip.compress(inner, mtime=0)).data == inner


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "\x1b[31m"])
def test_an_unknown_content_encoding_is_refused_with_the_known_ones(encoding: str) -> None:
    with pytest.raises(UnknownEncodingError, match=r"deflate, gzip, x-gzip") as refused:
        read(MESSAGE, encoding)
    assert "\x1b" not in str(refused.value)


def test_a_body_that_is_not_what_its_content_encoding_says_is_refused() -> None:
    with pytest.raises(BodyUnreadableError, match="gzip"):
        read(MESSAGE, "gzip")


def test_an_announced_length_over_the_cap_is_refused_before_a_byte_is_read() -> None:
    stream = io.BytesIO(b"a" * 5000)
    with pytest.raises(BodyTooLargeError):
        read_body(stream, 5000, caps=SMALL)
    assert stream.tell() == 0


def test_without_a_length_reading_stops_just_behind_the_cap() -> None:
    stream = io.BytesIO(b"a" * 100_000)
    with pytest.raises(BodyTooLargeError):
        read_body(stream, None, caps=SMALL)
    assert stream.tell() == SMALL.received + 1


def test_a_body_of_exactly_the_cap_is_taken() -> None:
    body = b"a" * SMALL.received
    assert read(body).data == body
    assert read_body(io.BytesIO(body), None, caps=SMALL).data == body


def test_a_body_that_ends_before_its_announced_length_is_refused() -> None:
    with pytest.raises(BodyIncompleteError, match="Only 3 of 10"):
        read_body(io.BytesIO(b"abc"), 10, caps=SMALL)


def test_nothing_behind_the_announced_length_is_read() -> None:
    stream = io.BytesIO(b"abcdef")
    assert read_body(stream, 3).data == b"abc"
    assert stream.read() == b"def"


def test_a_stream_may_hand_out_single_bytes() -> None:
    body = zlib.compress(MESSAGE)
    assert read_body(Trickle(body), len(body)).data == MESSAGE


@pytest.mark.parametrize("packing", [Packing.ZLIB, Packing.GZIP])
def test_a_bomb_is_refused_once_it_passes_the_cap(packing: Packing) -> None:
    bomb = packed(bytes(2_000_000), packing)
    assert len(bomb) < SMALL.received
    with pytest.raises(BodyTooLargeError, match="unpacks to more than"):
        read(bomb)


@pytest.mark.parametrize("packing", [Packing.ZLIB, Packing.GZIP])
def test_a_body_that_unpacks_to_exactly_the_cap_is_taken(packing: Packing) -> None:
    data = bytes(SMALL.unpacked)
    assert read(packed(data, packing)).data == data


@pytest.mark.parametrize("packing", [Packing.ZLIB, Packing.GZIP])
def test_a_truncated_body_is_refused_wherever_it_stops(packing: Packing) -> None:
    whole = packed(MESSAGE, packing)
    for length in range(2, len(whole)):
        with pytest.raises(BodyUnreadableError):
            read(whole[:length])


@pytest.mark.parametrize("packing", [Packing.ZLIB, Packing.GZIP])
@pytest.mark.parametrize("garbage", [b"\0", b"<REQUEST/>", b"\x1f", b"\x78\x9c", zlib.compress(b"more")])
def test_anything_behind_the_end_mark_is_refused(packing: Packing, garbage: bytes) -> None:
    with pytest.raises(BodyUnreadableError):
        read(packed(MESSAGE, packing) + garbage)


def test_several_gzip_members_are_one_body() -> None:
    assert read(gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")).data == b"one two"


def test_the_cap_counts_all_gzip_members_together() -> None:
    member = gzip.compress(bytes(SMALL.unpacked // 2))
    assert len(read(member * 2).data) == SMALL.unpacked
    with pytest.raises(BodyTooLargeError):
        read(member * 2 + gzip.compress(b"x"))


def test_thousands_of_empty_gzip_members_are_refused() -> None:
    with pytest.raises(BodyUnreadableError, match="1000 members"):
        read(gzip.compress(b"") * 1001, caps=Caps())


def test_a_large_body_crosses_all_slices_unharmed() -> None:
    data = b"".join(number.to_bytes(8, "big") for number in range(300_000))
    for packing in (Packing.ZLIB, Packing.GZIP):
        assert read(packed(data, packing), caps=Caps()).data == data


def test_what_zlib_holds_back_at_the_end_is_not_lost() -> None:
    data = bytes(3 * 2**20 + 17)
    assert read(zlib.compress(data, 9), caps=Caps()).data == data


@given(st.binary(max_size=300))
def test_any_data_survives_packing_and_reading(data: bytes) -> None:
    for packing in (Packing.ZLIB, Packing.GZIP):
        assert read(packed(data, packing)) == Body(data, packing)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda data, cut, noise: zlib.compress(data)[:cut] + noise,
            st.binary(max_size=80),
            st.integers(0, 60),
            st.binary(max_size=20),
        ),
        st.builds(
            lambda data, noise: gzip.compress(data, mtime=0) + noise, st.binary(max_size=80), st.binary(max_size=40)
        ),
    ),
    st.sampled_from(["", "gzip", "deflate", "identity", "br"]),
)
def test_any_bytes_are_a_body_or_a_named_refusal(data: bytes, encoding: str) -> None:
    try:
        body = read(data, encoding)
    except ShopdbError:
        return
    assert len(body.data) <= SMALL.unpacked
