"""Who acts, through which door, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shopdb.exceptions import NotPermittedError

Door = Literal["terminal", "rest", "collector", "import", "system", "cli"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a read or a write comes from; the change log keeps it.

    ``permissions`` are names such as "printers.change"; "*" and "printers.*" stand for all. None means the program
    itself, which may do everything. ``label`` says in a few words what the action is ("edit WS-CMM1").
    """

    actor: str
    door: Door
    label: str = ""
    user_id: int | None = None
    token_id: int | None = None
    permissions: frozenset[str] | None = None

    def may(self, permission: str) -> bool:
        """Whether this origin holds the permission."""
        if self.permissions is None:
            return True
        area, _, verb = permission.partition(".")
        wanted = {permission, "*", f"{area}.*", f"*.{verb}"}
        if verb == "view":
            wanted |= {f"{area}.change", "*.change"}
        return not wanted.isdisjoint(self.permissions)

    def require(self, permission: str) -> None:
        """Raise `NotPermittedError` unless the permission is held."""
        if not self.may(permission):
            raise NotPermittedError(self.actor, permission)

    def doing(self, label: str) -> Origin:
        """Return the same origin with what it does now."""
        return replace(self, label=label)


SYSTEM = Origin(actor="shopdb", door="system")
