"""The door of collectors: how pushes may arrive, and what they are answered."""

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.server.bodies import DEFAULT_CAPS
from shopdb.services.settings import set_setting
from tests.server.callers import Caller
from tests.server.shapes import assert_refused
from tests.services.pushes import SEEN, contents, count

PC: dict[str, Any] = {
    "hostname": "WS-1",
    "serial_number": "5CG8841K",
    "software": [{"name": "bash", "version": "5.2"}],
    "source": "test 1.0",
}
URL = "/api/collector/computers"


@pytest.fixture
def collector(caller: Callable[..., Caller]) -> Caller:
    return caller("collector:computers")


def test_a_push_says_what_became_of_it(collector: Caller) -> None:
    created = collector.push("computers", PC)
    assert (created.status_code, created.json) == (201, {"outcome": "created", "id": created.json["id"]})
    again = collector.push("computers", PC)
    assert (again.status_code, again.json) == (200, {"outcome": "unchanged", "id": created.json["id"]})
    changed = collector.push("computers", {**PC, "os_name": "Debian"})
    assert (changed.status_code, changed.json["outcome"]) == (200, "updated")
    doubtful = collector.push("computers", {"hostname": "WS-1"})
    assert (doubtful.status_code, doubtful.json["outcome"]) == (202, "held")
    refused = collector.push("computers", {"hostname": 5})
    assert (refused.status_code, refused.json["outcome"]) == (422, "refused")
    assert refused.json["reasons"] == ['hostname: 5 is not of type "string"']


def test_a_list_and_lines_are_answered_one_by_one(collector: Caller) -> None:
    payloads = [PC, {"hostname": 5}, {"hostname": "WS-2", "serial_number": "5CG0000L"}, PC, "rubbish"]
    outcomes = ["created", "refused", "created", "unchanged", "refused"]
    as_list = collector.push("computers", payloads)
    assert as_list.status_code == 200
    assert [one["outcome"] for one in as_list.json["results"]] == outcomes
    lines = "\n".join([*(json.dumps(one) for one in payloads), "", " "])
    as_lines = collector.post(URL, data=lines, content_type="application/x-ndjson")
    assert [one["outcome"] for one in as_lines.json["results"]] == [
        "unchanged",
        "refused",
        *["unchanged"] * 2,
        "refused",
    ]
    assert collector.push("computers", []).json == {"results": []}


def test_more_payloads_than_one_message_may_hold_are_refused(collector: Caller) -> None:
    assert_refused(collector.push("computers", [{}] * 2001), 400, "request_refused")


def test_the_same_bytes_again_are_not_even_read(shop: Shop, collector: Caller) -> None:
    collector.push("computers", PC)
    before = contents(shop, SEEN | {"last_used"})
    answer = collector.push("computers", PC)
    assert answer.json["outcome"] == "unchanged"
    assert contents(shop, SEEN | {"last_used"}) == before


def test_the_same_bytes_after_another_push_are_news_again(shop: Shop, collector: Caller) -> None:
    collector.push("computers", PC)
    collector.push("computers", {**PC, "software": []})
    answer = collector.push("computers", PC)
    assert answer.json["outcome"] == "updated"


def test_the_same_bytes_of_a_computer_that_was_deleted_make_it_anew(collector: Caller, writer: Caller) -> None:
    first = collector.push("computers", PC).json["id"]
    writer.delete(f"/api/computers/{first}")
    again = collector.push("computers", PC).json
    assert (again["outcome"], again["id"] != first) == ("created", True)


# --- idempotency ----------------------------------------------------------------------------------------


def test_a_lost_answer_is_given_again_and_nothing_is_doubled(shop: Shop, collector: Caller) -> None:
    first = collector.push("computers", PC, Idempotency_Key="push-1")
    collector.push("computers", {**PC, "os_name": "Debian"}, Idempotency_Key="push-2")
    before = contents(shop, {"last_used"})
    again = collector.push("computers", PC, Idempotency_Key="push-1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert contents(shop, {"last_used"}) == before


def test_an_unchanged_push_keeps_its_key_too(shop: Shop, collector: Caller) -> None:
    collector.push("computers", PC)
    assert collector.push("computers", PC, Idempotency_Key="k").json["outcome"] == "unchanged"
    assert collector.push("computers", PC, Idempotency_Key="k").json["outcome"] == "unchanged"
    assert count(shop, "pushes") == 2
    assert_refused(collector.push("computers", {**PC, "cpu": "x"}, Idempotency_Key="k"), 422, "key_reused")


def test_a_key_of_a_whole_list_answers_for_the_whole_list(shop: Shop, collector: Caller) -> None:
    payloads = [PC, {"hostname": "WS-2", "serial_number": "5CG0000L"}]
    first = collector.push("computers", payloads, Idempotency_Key="k")
    again = collector.push("computers", payloads, Idempotency_Key="k")
    assert again.json == first.json
    assert [one["outcome"] for one in again.json["results"]] == ["created", "created"]
    assert_refused(collector.push("computers", [*payloads, PC], Idempotency_Key="k"), 422, "key_reused")
    assert count(shop, "assets") == 2


def test_a_key_with_another_body_is_refused_and_changes_nothing(shop: Shop, collector: Caller) -> None:
    collector.push("computers", PC, Idempotency_Key="k")
    before = contents(shop, {"last_used"})
    assert_refused(collector.push("computers", {**PC, "os_name": "Debian"}, Idempotency_Key="k"), 422, "key_reused")
    assert contents(shop, {"last_used"}) == before


def test_two_programs_may_choose_the_same_key(collector: Caller, caller: Callable[..., Caller]) -> None:
    collector.push("computers", PC, Idempotency_Key="1")
    other = caller("collector:computers")
    answer = other.push("computers", {"hostname": "WS-2", "serial_number": "5CG0000L"}, Idempotency_Key="1")
    assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 161, "k\u00e9y", "a\tb"])
def test_a_key_that_is_none_is_refused(collector: Caller, key: str) -> None:
    assert_refused(collector.push("computers", PC, Idempotency_Key=key), 400, "request_refused")


# --- bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "headers"),
    [
        (gzip.compress, {"Content-Encoding": "gzip"}),
        (zlib.compress, {"Content-Encoding": "deflate"}),
        (gzip.compress, {}),
        (zlib.compress, {}),
        (bytes, {"Content-Encoding": "identity"}),
    ],
)
def test_a_body_may_be_packed_and_need_not_say_so(
    collector: Caller, pack: Callable[[bytes], bytes], headers: dict[str, str]
) -> None:
    body = pack(json.dumps(PC).encode())
    answer = collector.post(URL, data=body, headers=headers, content_type="application/octet-stream")
    assert answer.status_code == 201


def test_a_body_that_unpacks_beyond_the_cap_is_refused(collector: Caller) -> None:
    bomb = gzip.compress(b" " * (DEFAULT_CAPS.unpacked + 1))
    assert len(bomb) < DEFAULT_CAPS.received
    assert_refused(collector.post(URL, data=bomb), 413, "body_too_large")
    assert_refused(collector.post(URL, data=b" " * (DEFAULT_CAPS.received + 1)), 413)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"\x1f\x8bnot gzip", {}, 400, "body_unreadable"),
        (b"{}", {"Content-Encoding": "br"}, 415, "unknown_encoding"),
        (b"", {}, 400, "json_malformed"),
        (b"\xff\xfe", {}, 400, "json_malformed"),
        (b"{", {}, 400, "json_malformed"),
        (b'{"a": NaN}', {}, 400, "json_malformed"),
        (b'{"a": 1e999}', {}, 400, "json_malformed"),
        (b'{"a": 123456789012345678901234567890}', {}, 400, "json_number_too_large"),
        (b'{"hostname": "a", "hostname": "b"}', {}, 400, "json_duplicate_key"),
        (b"[" * 100_000 + b"]" * 100_000, {}, 400, None),
        (b'{"a":' * 100 + b"1" + b"}" * 100, {}, 400, "json_too_deep"),
        (b'{"hostname": "\\ud800"}', {}, 400, "json_malformed"),
    ],
)
def test_a_body_that_readers_would_differ_about_is_refused(
    collector: Caller, body: bytes, headers: dict[str, str], status: int, code: str | None
) -> None:
    assert_refused(collector.post(URL, data=body, headers=headers), status, code)


# --- hostile --------------------------------------------------------------------------------------------

HOSTILE = ["[/foo]", "[@click=app.quit]x", "\x1b[2J", "\u202eevil", "\U0001f600" * 50, "y" * 10_000, "<script>"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_name_comes_out_of_rest_as_the_text_that_it_is(collector: Caller, admin: Caller, text: str) -> None:
    computer = collector.push("computers", {**PC, "hostname": text, "cpu": text}).json["id"]
    read = admin.get(f"/api/computers/{computer}")
    assert read.mimetype == "application/json"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert (read.json["name"], read.json["cpu"]) == (text[:160], text[:255])
    assert b"\x1b" not in read.data
    listed = admin.get("/api/computers", query_string={"sort": "name", "limit": 1})
    assert listed.json["items"][0]["name"] == text[:160]
    assert admin.get("/api/search", query_string={"q": text[:100]}).status_code == 200
    history = admin.get(f"/api/computers/{computer}/history")
    assert history.status_code == 200
    assert b"\x1b" not in history.data


def test_a_statement_in_a_value_is_a_value(shop: Shop, collector: Caller, admin: Caller) -> None:
    text = "'; DELETE FROM assets; -- \" ` \\ %s :x {0}"
    computer = collector.push("computers", {**PC, "hostname": text}).json["id"]
    assert admin.get(f"/api/computers/{computer}").json["name"] == text
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    found = admin.get("/api/computers", query_string={"filter": f"name={quoted}"})
    assert [row["id"] for row in found.json["items"]] == [computer]
    assert count(shop, "assets") == 1


# --- agents ---------------------------------------------------------------------------------------------

AGENT = "/api/collector/agent"
INVENTORY = (
    "<REQUEST><CONTENT><HARDWARE><NAME>pc-7</NAME></HARDWARE><BIOS><SSN>5CG7777K</SSN></BIOS>"
    "<SOFTWARES><NAME>bash</NAME><VERSION>5.2</VERSION></SOFTWARES>"
    "<ENVS><KEY>SECRET</KEY><VAL>hunter2</VAL></ENVS>"
    "<VERSIONCLIENT>Agent_v1</VERSIONCLIENT></CONTENT><QUERY>INVENTORY</QUERY></REQUEST>"
)
PROLOG = "<REQUEST><DEVICEID>pc-7-2026-01-01-00-00-00</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>"


@pytest.mark.parametrize(("pack", "unpack"), [(bytes, bytes), (zlib.compress, zlib.decompress)])
def test_an_agent_is_answered_the_way_it_asked(
    collector: Caller, admin: Caller, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]
) -> None:
    prolog = collector.post(AGENT, data=pack(PROLOG.encode()))
    assert prolog.status_code == 200
    assert b"<RESPONSE>SEND</RESPONSE>" in unpack(prolog.data)
    taken = collector.post(AGENT, data=pack(INVENTORY.encode()))
    assert taken.status_code == 200
    assert unpack(taken.data).startswith(b"<?xml")
    (computer,) = admin.get("/api/computers").json["items"]
    assert (computer["name"], computer["serial_number"]) == ("pc-7", "5CG7777K")


def test_what_is_private_in_an_inventory_is_nowhere_in_the_database(shop: Shop, collector: Caller) -> None:
    collector.post(AGENT, data=INVENTORY.encode())
    collector.post(AGENT, data=INVENTORY.replace("5CG7777K", "N/A").replace("pc-7", "pc-7").encode())
    assert count(shop, "held_items") == 1
    assert "hunter2" not in repr(contents(shop))


def test_an_agent_whose_token_takes_no_pushes_is_refused_at_once(caller: Callable[..., Caller]) -> None:
    assert_refused(caller("read").post(AGENT, data=PROLOG.encode()), 403, "not_permitted")


def test_an_inventory_of_what_the_token_does_not_take_is_refused(caller: Callable[..., Caller]) -> None:
    assert_refused(caller("collector:printers").post(AGENT, data=INVENTORY.encode()), 403, "not_permitted")


@pytest.mark.parametrize("body", [b"", b"<REQUEST", b'<!DOCTYPE x [<!ENTITY y "z">]><REQUEST>&y;</REQUEST>', b"{}"])
def test_what_is_no_agents_message_is_refused_in_the_one_shape(collector: Caller, body: bytes) -> None:
    assert_refused(collector.post(AGENT, data=body), 400)


# --- deciding over REST ---------------------------------------------------------------------------------


def test_a_held_push_is_decided_over_rest(collector: Caller, writer: Caller) -> None:
    first = collector.push("computers", PC).json["id"]
    held_id = collector.push("computers", {"hostname": "WS-1", "cpu": "Sixcore"}).json["held_id"]
    item = writer.get(f"/api/held_items/{held_id}").json
    assert (item["reason"], item["candidates"][0]["id"]) == ("only its name says that it is WS-1", first)
    answer = writer.post(f"/api/held_items/{held_id}/decide", {"decision": "same", "asset_id": first})
    assert answer.json == {"decision": "same", "results": [{"outcome": "updated", "id": first}]}
    assert writer.get(f"/api/computers/{first}").json["cpu"] == "Sixcore"
    assert_refused(writer.post(f"/api/held_items/{held_id}/decide", {"decision": "same"}), 409, "already_resolved")
    newest = writer.get(f"/api/computers/{first}/history").json["items"][0]
    assert newest["label"] == f"decide held push {held_id}: same"


@pytest.mark.parametrize(
    "body", [{}, {"decision": "perhaps"}, {"decision": "same", "asset_id": "7"}, {"decision": "same", "why": "x"}, []]
)
def test_a_decision_that_makes_no_sense_is_refused(collector: Caller, writer: Caller, body: Any) -> None:
    collector.push("computers", PC)
    held_id = collector.push("computers", {"hostname": "WS-1"}).json["held_id"]
    assert_refused(writer.post(f"/api/held_items/{held_id}/decide", body), 400, "request_refused")


def test_a_refused_push_can_be_replayed_over_rest(collector: Caller, writer: Caller) -> None:
    held_id = collector.push("computers", {"hostname": 5}).json["held_id"]
    assert writer.post(f"/api/held_items/{held_id}/replay").json["outcome"] == "refused"
    assert_refused(writer.post("/api/held_items/999999/replay"), 404, "record_not_found")
    assert_refused(writer.post(f"/api/held_items/{held_id}/decide", {"decision": "same"}), 422, "decision_refused")


def test_the_sites_own_junk_is_known_at_the_door(app: Flask, shop: Shop, caller: Callable[..., Caller]) -> None:
    shop.write(SYSTEM, lambda session: set_setting(session, "identity.junk", ["5CG8841K"]))
    answer = caller("collector:computers").push("computers", PC)
    assert any("identifies nothing" in reason for reason in answer.json["reasons"])


def test_observed_moments_order_pushes(collector: Caller, writer: Caller) -> None:
    now = datetime.now(UTC)
    computer = collector.push("computers", {**PC, "cpu": "new", "observed_at": now.isoformat()}).json["id"]
    late = {**PC, "cpu": "old", "observed_at": (now - timedelta(hours=1)).isoformat()}
    answer = collector.push("computers", late).json
    assert answer["outcome"] == "unchanged"
    assert answer["reasons"][0].startswith("older than what was observed at")
    assert writer.get(f"/api/computers/{computer}").json["cpu"] == "new"
