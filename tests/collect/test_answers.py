from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.collect.answers import Fate, verdict


def said(**body: object) -> bytes:
    return orjson.dumps(body)


@pytest.mark.parametrize("outcome", ["created", "updated", "unchanged", "held"])
def test_what_the_server_has_is_taken(outcome: str) -> None:
    found = verdict(200, {}, said(outcome=outcome, id=7, reasons=["serial is shared"]))

    assert (found.fate, found.outcome, found.record_id) == (Fate.TAKEN, outcome, 7)
    assert found.reasons == ("serial is shared",)


def test_a_held_push_has_no_record() -> None:
    assert verdict(202, {}, said(outcome="held", id=None, reasons=[])).record_id is None


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (301, Fate.KEPT),
        (308, Fate.KEPT),
        (400, Fate.REFUSED),
        (401, Fate.KEPT),
        (403, Fate.KEPT),
        (404, Fate.KEPT),
        (405, Fate.KEPT),
        (407, Fate.KEPT),
        (408, Fate.RETRY),
        (409, Fate.RETRY),
        (410, Fate.KEPT),
        (413, Fate.REFUSED),
        (415, Fate.REFUSED),
        (421, Fate.KEPT),
        (422, Fate.REFUSED),
        (425, Fate.RETRY),
        (429, Fate.RETRY),
        (451, Fate.REFUSED),
        (500, Fate.RETRY),
        (503, Fate.RETRY),
        (599, Fate.RETRY),
        (700, Fate.RETRY),
        (101, Fate.KEPT),
    ],
)
def test_each_status_has_its_fate(status: int, fate: Fate) -> None:
    found = verdict(status, {}, b"")

    assert found.fate is fate
    assert found.reasons


@pytest.mark.parametrize("body", [b"", b"<html>Welcome, guest!</html>", b"[]", b"{}", b'{"outcome": "maybe"}'])
def test_a_friendly_page_is_no_receipt(body: bytes) -> None:
    assert verdict(200, {}, body).fate is Fate.KEPT


def test_a_refused_outcome_refuses_whatever_the_status() -> None:
    found = verdict(200, {}, said(outcome="refused", id=None, reasons=["hostname is missing"]))

    assert (found.fate, found.reasons) == (Fate.REFUSED, ("hostname is missing",))


def test_the_error_shape_is_told_with_every_field() -> None:
    error = {"code": "x", "message": "2 values were refused", "fields": {"hostname": ["is empty", "is odd"]}}

    assert verdict(422, {}, said(error=error)).reasons == (
        "2 values were refused",
        "hostname: is empty, is odd",
    )


def test_reasons_cannot_steer_the_terminal() -> None:
    found = verdict(422, {}, said(outcome="refused", reasons=["\x1b]0;owned\x07 \u202eabc", 5, ""]))

    assert found.reasons == ("]0;owned   abc",)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("soon", 0),
        ("", 0),
        ("-3", 0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
        ("9" * 50, 999_999_999),
        ("Mon, 01 Jan 2001 00:00:00 +9999999999999", 0),
    ],
)
def test_retry_after_in_seconds_or_not_at_all(asked: str, seconds: float) -> None:
    assert verdict(429, {"Retry-After": asked}, b"").wait == seconds


def test_retry_after_as_a_date() -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    assert 3_500 < verdict(503, {"Retry-After": in_an_hour}, b"").wait <= 3_600


@given(st.integers(100, 999), st.binary(), st.text())
def test_no_answer_whatever_breaks_the_reading(status: int, body: bytes, header: str) -> None:
    found = verdict(status, {"Retry-After": header, "Location": header}, body)

    assert found.wait >= 0
