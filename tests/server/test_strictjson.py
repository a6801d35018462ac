from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopdb.exceptions import (
    JsonDuplicateKeyError,
    JsonMalformedError,
    JsonNumberTooLargeError,
    JsonRefusedError,
    JsonTooDeepError,
    JsonTooManyValuesError,
)
from shopdb.server.strictjson import loads

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(-1e18, 1e18, allow_nan=False)
NAMES = st.text(max_size=8) | st.sampled_from(["", ":", '"', '":', "\\", '\\":', 'a":"b', " : "])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | NAMES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_whatever_json_can_say_is_read_back(value: Any, ascii_only: bool, indent: int | str | None) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


def objects(members: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(NAMES.map(json.dumps), members), max_size=4).map(
        lambda pairs: "{" + " ,".join(f"{name} :{value}" for name, value in pairs) + "}"
    )


DOCUMENTS = st.recursive(
    st.sampled_from(["1", "null", '":"', '"\\":"', '"{"', '"\\\\"', "-0.5e3"]),
    lambda inner: objects(inner) | st.lists(inner, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]"),
    max_leaves=20,
)


@given(DOCUMENTS)
@example('{"a":{"b":1},"c":[{"b":1}]}')
@example('{"a":1,"\\u0061":2}')
@example('{"a" :1,"a":2,"x":":"}')
@example('[{"a":"\\\\"},{"b":"\\\\\\""}]')
def test_a_member_named_twice_is_found_exactly_where_one_is(document: str) -> None:
    repeated = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            repeated.append(pairs)

    json.loads(document, object_pairs_hook=note)
    if repeated:
        with pytest.raises(JsonDuplicateKeyError):
            loads(document.encode())
    else:
        assert loads(document.encode()) == json.loads(document)


def test_the_error_names_the_member_that_stands_twice() -> None:
    with pytest.raises(JsonDuplicateKeyError, match="'serial_number' more than once"):
        loads(b'{"hostname": "pc-7", "disks": [{"serial_number": 1, "x": 2, "serial_number": 3}]}')


def test_the_error_repeats_no_endless_or_harmful_name() -> None:
    name = json.dumps("\x1b[2J" + "n" * 5000)
    with pytest.raises(JsonDuplicateKeyError) as refused:
        loads(f"{{{name}:1,{name}:2}}".encode())
    assert len(str(refused.value)) < 200
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"[-1e999]",
        b"1" * 400,
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"caf\xe9"',
        '{"a": 1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"[1]x",
        b"[1,]",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"[01]",
        b"[+1]",
        b"[.5]",
        b'"\n"',
        b"// note\n1",
        b"{1: 2}",
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(document: bytes) -> None:
    with pytest.raises(JsonMalformedError):
        loads(document)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1e300", "-1e19", "9" * 30])
def test_a_number_beyond_every_column_is_refused(number: str) -> None:
    for document in (number, f"[{number}]", f'{{"a": {{"b": {number}}}}}'):
        with pytest.raises(JsonNumberTooLargeError, match="as text"):
            loads(document.encode())


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0, -0.0, 1e-300, 9.2e18, 27416.0])
def test_a_number_that_fits_is_kept(number: float) -> None:
    found = loads(json.dumps(number).encode())
    assert found == number
    assert type(found) is type(number)
    assert math.copysign(1, found) == math.copysign(1, number)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_allowed_to_the_limit_and_no_further(opening: bytes, closing: bytes) -> None:
    assert loads(opening * 5 + b"1" + closing * 5, max_depth=5)
    with pytest.raises(JsonTooDeepError, match="deeper than 5"):
        loads(opening * 6 + b"1" + closing * 6, max_depth=5)
    with pytest.raises(JsonTooDeepError):
        loads(opening * 65 + b"1" + closing * 65)


def test_more_values_than_memory_is_spent_on_are_refused() -> None:
    assert loads(b"[1,2,3]", max_values=5) == [1, 2, 3]
    with pytest.raises(JsonTooManyValuesError, match="more than 5 values"):
        loads(b"[1,2,3,4,5,6]", max_values=5)
    with pytest.raises(JsonTooManyValuesError):
        loads(b"[" + b"{}," * 3_000_000 + b"{}]")


def test_long_text_is_not_taken_for_many_values() -> None:
    assert loads(json.dumps("x" * 3_000_000).encode(), max_values=10) == "x" * 3_000_000


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u01eE+-.ntf \n', max_size=60).map(str.encode))
def test_any_bytes_are_a_value_or_a_named_refusal(data: bytes) -> None:
    try:
        value = loads(data)
    except JsonRefusedError:
        return
    assert json.loads(data) == value


@pytest.mark.skipif(sys.gettrace() is not None, reason="tracing for coverage takes longer than the reading")
def test_an_ordinary_push_is_read_in_well_under_a_millisecond() -> None:
    rows = [
        {"name": f"Program {number}", "version": f"1.{number}", "publisher": "Maker, Inc." + " of tools" * 12}
        for number in range(300)
    ]
    push = json.dumps({"hostname": "pc-7", "software": rows}).encode()
    assert 50_000 < len(push) < 70_000
    assert min(_seconds(push) for _ in range(200)) < 0.001


def _seconds(push: bytes) -> float:
    start = time.process_time()
    loads(push)
    return time.process_time() - start
