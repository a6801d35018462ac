"""What an inventory agent says in one request: FusionInventory, OCS and GLPI agents, in XML.

Who may say it is decided before, and what it means for the shop after: see `sightings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from shopdb.exceptions import (
    AgentMessageIncompleteError,
    AgentMessageUnreadableError,
    GlpiJsonRefusedError,
    JsonRefusedError,
    UnknownAgentQueryError,
)
from shopdb.server import strictjson
from shopdb.server.agents import sections
from shopdb.server.agents.texts import Texts

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LONGEST_SHOWN = 40


class Query(StrEnum):
    """What an agent wants: to be told when to report, or to report what it found."""

    PROLOG = "PROLOG"
    INVENTORY = "INVENTORY"
    SNMPQUERY = "SNMPQUERY"
    NETDISCOVERY = "NETDISCOVERY"


# OCS agents, and files written by old FusionInventory ones, name their SNMP results so.
ALIASES = {"SNMP": Query.SNMPQUERY}


@dataclass(frozen=True, slots=True, eq=False)
class AgentMessage:
    """One message; `content` holds only what `sections.SECTIONS` names, so nothing private is in it.

    `source` names the program and its version. `agent_id` is the uuid that GLPI agents bear, or empty:
    `device_id` differs from tool to tool and identifies nothing.
    """

    query: Query
    device_id: str
    source: str
    agent_id: str
    content: Element


def read(data: bytes, *, agent_id: str = "", user_agent: str = "") -> AgentMessage:
    """Return the message in an unpacked body; raises an AgentMessageRefusedError that says what is wrong.

    `agent_id` and `user_agent` are the request's headers GLPI-Agent-ID and User-Agent.
    """
    if data.lstrip()[:1] == b"{":
        raise _json_refusal(data)
    root = sections.parse(data)
    query = _query(root.findtext("QUERY", "").strip())
    content = root.find("CONTENT")
    if content is None and query is not Query.PROLOG:
        raise AgentMessageIncompleteError(query, "its CONTENT")
    texts = Texts()
    content = Element("CONTENT") if content is None else content
    return AgentMessage(
        query=query,
        device_id=texts.first(root, "DEVICEID"),
        source=texts.first(content, "VERSIONCLIENT") or texts.fitting(user_agent),
        agent_id=agent_id.lower() if UUID.fullmatch(agent_id) else "",
        content=content,
    )


def redacted(message: AgentMessage) -> bytes:
    """Return the message as XML that may be kept: it says the same when read again, and nothing private.

    The headers are not part of it; VERSIONCLIENT is filled in from `source`.
    """
    root = Element("REQUEST")
    content = SubElement(root, "CONTENT")
    content.extend(section for section in message.content if section.tag != "VERSIONCLIENT")
    SubElement(content, "VERSIONCLIENT").text = message.source
    SubElement(root, "DEVICEID").text = message.device_id
    SubElement(root, "QUERY").text = message.query
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _query(name: str) -> Query:
    try:
        return ALIASES.get(name) or Query(name)
    except ValueError as refused:
        raise UnknownAgentQueryError(name[:LONGEST_SHOWN], list(Query)) from refused


def _json_refusal(data: bytes) -> GlpiJsonRefusedError | AgentMessageUnreadableError:
    try:
        said: Any = strictjson.loads(data)
    except JsonRefusedError as refused:
        return AgentMessageUnreadableError(f"it looks like JSON, but {refused}")
    action = said.get("action")
    if isinstance(action, str):
        return GlpiJsonRefusedError(action[:LONGEST_SHOWN])
    return AgentMessageUnreadableError("it is JSON; push that to /api/collector/<plugin>")
