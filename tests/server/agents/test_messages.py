from __future__ import annotations

import time
from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdb.exceptions import (
    AgentMessageIncompleteError,
    AgentMessageRefusedError,
    AgentMessageTooLargeError,
    AgentMessageUnreadableError,
    GlpiJsonRefusedError,
    UnknownAgentQueryError,
)
from shopdb.server import agents
from shopdb.server.agents import Query
from tests.server.agents.samples import FOLDER, computer, inventory, sample

SAMPLES = sorted(path.stem for path in FOLDER.glob("*.xml"))
PROLOG = b"<REQUEST><DEVICEID>pc-7-2026-01-01-00-00-00</DEVICEID><QUERY>PROLOG</QUERY><TOKEN>1</TOKEN></REQUEST>"
AGENT_ID = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"
SECRETS = (
    b"hunter2-in-the-environment",
    b"hunter2-on-a-command-line",
    b"secret-member",
    b"secret-login",
    b"AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",
    b"FFFFF-GGGGG-HHHHH-JJJJJ-KKKKK",
)


def test_a_prolog_has_a_device_id_and_no_content() -> None:
    message = agents.read(PROLOG, agent_id=AGENT_ID, user_agent="Agent_v1")
    assert message.query is Query.PROLOG
    assert message.device_id == "pc-7-2026-01-01-00-00-00"
    assert message.source == "Agent_v1"
    assert message.agent_id == AGENT_ID.lower()
    assert agents.fan_out(message).sightings == ()


def test_what_is_nested_where_agents_nest_nothing_is_not_read() -> None:
    message = agents.read(PROLOG.replace(b"</DEVICEID>", b"<B>hidden</B></DEVICEID>"))
    assert message.device_id == "pc-7-2026-01-01-00-00-00"
    assert b"hidden" not in agents.redacted(message)


@pytest.mark.parametrize("header", ["", "none", "3f2504e0", AGENT_ID + "'; --"])
def test_only_a_uuid_is_an_agent_id(header: str) -> None:
    assert agents.read(PROLOG, agent_id=header).agent_id == ""


def test_the_source_is_what_the_agent_says_of_itself_before_its_header() -> None:
    assert agents.read(sample("bench-12.fusioninventory"), user_agent="x").source == "FusionInventory-Agent_v2.6-3"
    assert agents.read(sample("bench-12.ocs"), user_agent="OCS-NG_v2.10").source == "OCS-NG_v2.10"


def test_the_older_name_of_snmp_results_is_understood() -> None:
    assert agents.read(inventory("", query="SNMP")).query is Query.SNMPQUERY


@pytest.mark.parametrize("query", ["", "DOWNLOAD", "inventory", "\u202eYROTNEVNI"])
def test_another_query_is_refused_with_those_that_are_answered(query: str) -> None:
    with pytest.raises(UnknownAgentQueryError, match="PROLOG, INVENTORY, SNMPQUERY, NETDISCOVERY"):
        agents.read(inventory("", query=query))


def test_a_report_without_content_is_refused() -> None:
    with pytest.raises(AgentMessageIncompleteError, match="CONTENT"):
        agents.read(b"<REQUEST><QUERY>INVENTORY</QUERY></REQUEST>")


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_private_is_ever_held(name: str) -> None:
    message = agents.read(sample(name))
    held = tostring(message.content)
    kept = agents.redacted(message)
    assert not [secret for secret in SECRETS if secret in held or secret in kept]


def test_the_samples_do_carry_what_must_not_be_held() -> None:
    sent = b"".join(sample(name) for name in SAMPLES)
    assert all(secret in sent for secret in SECRETS)


def test_neighbours_behind_a_switch_are_not_held() -> None:
    assert b"38:1c:1a:b5:73:20" in sample("switch.snmp")
    assert b"38:1c:1a:b5:73:20" not in agents.redacted(agents.read(sample("switch.snmp")))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_redacted_message_says_the_same_when_it_is_read_again(name: str) -> None:
    message = agents.read(sample(name), user_agent="Agent_v1")
    again = agents.read(agents.redacted(message))
    assert agents.fan_out(again) == agents.fan_out(message)
    assert (again.query, again.device_id, again.source) == (message.query, message.device_id, message.source)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"pc\x00-\x1b[31m7\x07", "pc-[31m7"),
        (b"pc&#0;-&#x1B;7&#31;&#011;&#xb;", "pc-7"),
        (b"pc&#45;7", "pc-7"),
        ("pc-\ufffe7\uffff".encode(), "pc-7"),
        ("pc-\u00e97".encode("cp1252"), "pc-\u00e97"),
        ("cafe\u0301".encode(), "caf\u00e9"),
        ("\u202epc\U0001f5a5".encode(), "\u202epc\U0001f5a5"),
        (b"[/foo]&lt;&amp;&#91;", "[/foo]<&["),
    ],
)
def test_what_xml_forbids_is_dropped_and_everything_else_kept(written: bytes, read: str) -> None:
    body = inventory("<HARDWARE><NAME>#</NAME></HARDWARE>").replace(b"#", written)
    assert agents.fan_out(agents.read(body)).sightings[0].payload["hostname"] == read


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("ISO-8859-1", "latin-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
    ],
)
def test_a_body_is_read_in_the_encoding_it_declares(declared: str, encoding: str) -> None:
    body = inventory("<HARDWARE><NAME>N\u00e4he</NAME></HARDWARE>").decode()
    written = f'<?xml version="1.0" encoding="{declared}" ?>\n{body}'.encode(encoding)
    assert agents.fan_out(agents.read(written)).sightings[0].payload["hostname"] == "N\u00e4he"


def test_a_byte_order_mark_is_skipped() -> None:
    assert agents.read(b"\xef\xbb\xbf" + PROLOG).query is Query.PROLOG


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"<",
        b"<REQUEST>",
        b"<REPLY><QUERY>PROLOG</QUERY></REPLY>",
        b"<REQUEST></CONTENT>",
        b"<html><body>captive portal</body></html>",
        PROLOG + b"trailing",
        PROLOG + PROLOG,
        b'<?xml version="1.0" encoding="UTF-7"?>' + PROLOG,
        ('<?xml version="1.0" encoding="UTF-16"?>' + PROLOG.decode()).encode("utf-16"),
        b"<REQUEST><QUERY>&nosuch;</QUERY></REQUEST>",
        b"<!DOCTYPE REQUEST><REQUEST><QUERY>PROLOG</QUERY></REQUEST>",
        b'<!DOCTYPE r [<!ENTITY a "aaaa">]><REQUEST><QUERY>&a;</QUERY></REQUEST>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><REQUEST><QUERY>&x;</QUERY></REQUEST>',
        b"<REQUEST><!-- note --><QUERY>PROLOG</QUERY></REQUEST>",
        b"<REQUEST><QUERY><![CDATA[PROLOG]]></QUERY></REQUEST>",
        b"<REQUEST><?run this?><?run that?></REQUEST>",
        b"<&#0;!DOCTYPE r><REQUEST><QUERY>PROLOG</QUERY></REQUEST>",
        b"<REQUEST><QUERY>&#xD800;</QUERY></REQUEST>",
        b"{broken",
        b'{"hostname": "pc-7"}',
        b'{"action": 7}',
    ],
)
def test_what_is_no_agents_xml_is_refused(body: bytes) -> None:
    with pytest.raises(AgentMessageUnreadableError):
        agents.read(body)


def test_glpis_json_is_refused_with_the_way_out() -> None:
    with pytest.raises(GlpiJsonRefusedError, match=r"action 'contact'.*answered in XML"):
        agents.read(b'{"action": "contact", "deviceid": "pc-7"}')


@pytest.mark.parametrize(
    ("body", "measure"),
    [
        (b"<REQUEST>" + b"<A>" * 40, "levels"),
        (inventory("<SOFTWARES/>" * 2_000_001), "elements"),
        (b"<REQUEST " + b'a="" ' * 1_000_001 + b"/>", "quotation"),
        (b"<REQUEST>" + b"x" * 2**21 + b"</REQUEST>", "characters in one"),
        (b"<REQUEST>" + b"&#9;" * 2**19 + b"</REQUEST>", "characters in one"),
        (b"<REQUEST>&#" + b"0" * 2**24, "characters in one"),
        (b"<" + "\u00ff".encode() * 2**25, "characters in one"),
    ],
    ids=["deep", "many elements", "attributes", "long text", "references", "long reference", "long tag"],
)
def test_what_would_keep_the_parser_busy_is_refused_quickly(body: bytes, measure: str) -> None:
    start = time.process_time()
    with pytest.raises(AgentMessageTooLargeError, match=measure):
        agents.read(body)
    assert time.process_time() - start < 3


def test_a_run_of_combining_marks_takes_no_time() -> None:
    start = time.process_time()
    assert len(computer("", name="a" + "\u0316\u0301" * 150_000)["hostname"]) <= 255
    assert time.process_time() - start < 3


@given(st.binary(max_size=200) | st.text(alphabet='<>/&;#x! ?="[]AREQUST\n\x00\u00e9', max_size=120).map(str.encode))
def test_any_bytes_are_a_message_or_a_named_refusal(body: bytes) -> None:
    try:
        message = agents.read(body)
    except AgentMessageRefusedError:
        return
    assert message.query in Query


@given(
    st.sampled_from(SAMPLES).map(sample),
    st.lists(st.tuples(st.integers(0, 12_000), st.binary(min_size=1, max_size=4)), max_size=6),
)
def test_a_damaged_message_is_read_or_refused_by_name(body: bytes, damage: list[tuple[int, bytes]]) -> None:
    for position, noise in damage:
        body = body[:position] + noise + body[position + len(noise) :]
    try:
        agents.fan_out(agents.read(body))
    except AgentMessageRefusedError:
        return
