import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.collect.parsers import edid


def block(maker: str = "DEL", product: int = 0xA0B1, number: int = 0, **texts: str) -> bytes:
    """An EDID with the descriptors `model` and `serial`, as a screen would pad them."""
    packed = sum((ord(letter) - ord("@")) << shift for letter, shift in zip(maker, (10, 5, 0), strict=True))
    kinds = {"model": edid.MODEL_TEXT, "serial": edid.SERIAL_TEXT}
    written = [
        b"\0\0\0" + bytes([kinds[kind]]) + b"\0" + (text + "\n").ljust(13)[:13].encode("cp437")
        for kind, text in texts.items()
    ]
    descriptors = [b"\x02\x3a" + bytes(16), *written, *[bytes(18)] * 3][:4]
    head = edid.HEADER + packed.to_bytes(2, "big") + product.to_bytes(2, "little") + number.to_bytes(4, "little")
    return (head.ljust(54, b"\x01") + b"".join(descriptors)).ljust(128, b"\0")


def test_a_screen_names_itself() -> None:
    assert edid.monitor(block(model="DELL U2720Q", serial="ABC123")) == {
        "manufacturer": "Dell",
        "model": "DELL U2720Q",
        "serial_number": "ABC123",
    }


def test_a_screen_without_texts_has_its_numbers() -> None:
    assert edid.monitor(block(maker="QQZ", number=4711)) == {
        "manufacturer": "QQZ",
        "model": "QQZA0B1",
        "serial_number": "4711",
    }


@pytest.mark.parametrize("number", [0, 1, 0x01010101, 0xFFFFFFFF])
def test_a_number_that_makers_leave_in_is_no_serial(number: int) -> None:
    assert edid.monitor(block(number=number)).get("serial_number") == ""


def test_a_name_of_full_length_has_no_line_feed() -> None:
    assert edid.monitor(block(model="THIRTEENCHARS"))["model"] == "THIRTEENCHARS"


@pytest.mark.parametrize("bad", [b"", b"\0" * 128, block()[:127], b"x" + block()])
def test_bytes_that_are_no_edid_are_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="no EDID"):
        edid.monitor(bad)


@given(st.binary(min_size=120, max_size=300))
def test_any_bytes_after_the_header_are_survived(rest: bytes) -> None:
    assert edid.monitor(edid.HEADER + rest)["manufacturer"]


def test_apples_number_spells_its_code() -> None:
    assert edid.maker_code(0x0610) == "APP"
