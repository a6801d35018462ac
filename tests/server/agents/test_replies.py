from __future__ import annotations

import zlib

import pytest
from defusedxml.ElementTree import fromstring

from shopdb.server import agents
from shopdb.server.bodies import Packing


@pytest.mark.parametrize("reply", [agents.prolog_reply, agents.inventory_reply])
def test_a_reply_is_packed_as_the_request_was(reply: type) -> None:
    plain = reply(Packing.PLAIN)
    assert fromstring(plain).tag == "REPLY"
    assert reply(Packing.ZLIB).startswith(b"\x78\x9c")
    assert zlib.decompress(reply(Packing.ZLIB)) == plain


def test_a_prolog_is_answered_by_asking_for_the_inventory_daily() -> None:
    reply = fromstring(agents.prolog_reply(Packing.PLAIN))
    assert reply.findtext("RESPONSE") == "SEND"
    assert reply.findtext("PROLOG_FREQ") == "24"
