"""The identity that this collector gives its machine: one uuid, made once and kept under the home."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

from shopdb.collect import durable

NAME = "agent-id"


def agent_id(folder: Path) -> str:
    """The uuid kept in this folder; a new one, kept from now on, where there is none or it cannot be read."""
    path = folder / NAME
    try:
        return str(UUID(path.read_text(encoding="ascii").strip()))
    except (FileNotFoundError, ValueError):
        made = str(uuid4())
        durable.write(path, f"{made}\n".encode("ascii"))
        return made
