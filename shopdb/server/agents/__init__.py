"""Inventory agents that many sites already run, taken in as they are: FusionInventory, OCS and GLPI agents.

    message = agents.read(body.data, agent_id=..., user_agent=...)
    for kind, payload in agents.fan_out(message).sightings: ...

No transport, no database and no plugin is known here.
"""

from shopdb.server.agents.messages import AgentMessage, Query, read, redacted
from shopdb.server.agents.replies import inventory_reply, prolog_reply
from shopdb.server.agents.sightings import FanOut, Sighting, SightingKind, fan_out

__all__ = [
    "AgentMessage",
    "FanOut",
    "Query",
    "Sighting",
    "SightingKind",
    "fan_out",
    "inventory_reply",
    "prolog_reply",
    "read",
    "redacted",
]
