"""What inventory agents are answered: XML, packed the way they packed their message."""

from __future__ import annotations

from shopdb.server.bodies import Packing, packed

HOURS_BETWEEN_REPORTS = 24

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_PROLOG = f"<REPLY><PROLOG_FREQ>{HOURS_BETWEEN_REPORTS}</PROLOG_FREQ><RESPONSE>SEND</RESPONSE></REPLY>"
# FusionInventory takes any XML; OCS would change its labels on any other word than this.
_TAKEN = "<REPLY><RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE></REPLY>"


def prolog_reply(packing: Packing) -> bytes:
    """Return the answer to a PROLOG: send your inventory now, and again every day."""
    return packed((_DECLARATION + _PROLOG).encode(), packing)


def inventory_reply(packing: Packing) -> bytes:
    """Return the answer to everything else: it was taken in."""
    return packed((_DECLARATION + _TAKEN).encode(), packing)
