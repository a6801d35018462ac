"""What a screen may ask of the shop: values and two functions, never the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from shopdb.domain.catalog import Catalog
from shopdb.domain.resource import Resource
from shopdb.tui.jobs import Jobs
from shopdb.tui.messages import StateRead

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Written(Generic[Answer]):
    """What a piece of writing returned, and the batch that undoes it; None if nothing was changed."""

    value: Answer
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the navigation: ``name`` opens it, ``section`` is the heading that it stands under."""

    name: str
    label: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every area: the site, its server's port, the areas, and what was read last."""

    site: str
    port: int
    areas: tuple[Area, ...]
    state: StateRead


@dataclass(frozen=True, slots=True)
class Desk:
    """One signed-in person's place of work.

    ``read`` and ``write`` block: they are called in job threads only. ``write`` runs the work in one transaction,
    recorded as one batch under the label, and raises what the services raise. ``may`` and ``frame`` answer at once.
    """

    user: str
    catalog: Catalog
    zone: tzinfo
    jobs: Jobs
    may: Callable[[str], bool]
    read: Callable[[Callable[[Session], Any]], Any]
    write: Callable[[str, Callable[[Session], Any]], Written[Any]]
    frame: Callable[[], Frame]

    def may_change(self, resource: Resource) -> bool:
        """Whether this person may create, change and delete records of a resource."""
        return resource.writable and self.may(f"{resource.name}.change")
