"""Messages as agents send them, written for these tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shopdb.server import agents

FOLDER = Path(__file__).parent / "messages"


def sample(name: str) -> bytes:
    return (FOLDER / f"{name}.xml").read_bytes()


def inventory(sections: str, *, device_id: str = "", query: str = "INVENTORY") -> bytes:
    return (
        f"<REQUEST><CONTENT>{sections}</CONTENT><DEVICEID>{device_id}</DEVICEID><QUERY>{query}</QUERY></REQUEST>"
    ).encode()


def computer(sections: str, name: str = "pc-7") -> dict[str, Any]:
    """The computer's payload from an inventory of these sections."""
    message = agents.read(inventory(f"<HARDWARE><NAME>{name}</NAME></HARDWARE>{sections}"))
    return agents.fan_out(message).sightings[0].payload
