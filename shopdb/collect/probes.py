"""A probe is one question to this machine; observing is asking them all and surviving those that fail.

Every platform module answers one thing: `probes()`. What a probe could not find out, its answer lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from shopdb.collect.inventory import Inventory, printable, tidied


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: `name` is what a warning calls it, `read` gives its part of the inventory."""

    name: str
    read: Callable[[], Inventory]


class Platform(Protocol):
    """What linux, windows and macos have in common."""

    def probes(self) -> tuple[Probe, ...]:
        """Every question that can be put to this kind of machine."""
        ...


def observe(probes: Iterable[Probe]) -> tuple[Inventory, tuple[str, ...]]:
    """The tidied inventory that the probes give together, and one warning for each that failed.

    A failed probe leaves its part absent: the server then keeps what it knew.
    """
    found = Inventory()
    warnings = []
    for probe in probes:
        try:
            found.update(probe.read())
        # Drivers, package managers and firmware of machines nobody has seen answer here: whatever goes wrong
        # with one of them must not cost the others.
        except Exception as failure:  # noqa: BLE001
            warnings.append(printable(f"{probe.name} left out: {_reason(failure)}"))
    return tidied(found), tuple(warnings)


def _reason(failure: Exception) -> str:
    if isinstance(failure, PermissionError):
        return f"{failure.filename or 'it'} is readable by an administrator only"
    return str(failure) or type(failure).__name__
