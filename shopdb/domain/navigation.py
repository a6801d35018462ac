"""Entries of the terminal's navigation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry: ``opens`` is a resource's name, or "screen:<id>" for a plugin's own screen.

    Entries are sorted by ``order``, then label. Without ``permission`` the resource's view permission is asked for.
    """

    label: str
    opens: str
    order: int = 100
    permission: str = ""
