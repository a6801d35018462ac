"""The shop of a test and the plugin in it, as the plugin's own code meets them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, TypeVar

from sqlalchemy.orm import Session

from shopdb.boot import Shop as OpenedShop
from shopdb.domain.access import Origin
from shopdb.plugins.access import ShopAccess
from shopdb.plugins.base import BasePlugin
from shopdb.testing.people import People

if TYPE_CHECKING:
    from click.testing import Result

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plugin:
    """The plugin that is tested, as it is loaded: ``instance`` is what shopdb asks."""

    name: str
    instance: BasePlugin

    def module(self, name: str) -> ModuleType:
        """Return one of its modules, "models" say: the very one that the shop uses, which no import would give."""
        package = type(self.instance).__module__.rpartition(".")[0]
        return importlib.import_module(f"{package}.{name}")


class Shop:
    """A shop that has the plugin, on a database of the test's own."""

    def __init__(self, shop: OpenedShop, people: People, origin: Origin) -> None:
        """Act as the origin."""
        self._shop, self._people, self._origin = shop, people, origin

    def read(self, work: Callable[[Session], T]) -> T:
        """Return what ``work(session)`` returns; the session reads only."""
        with self._shop.reading(self._origin) as session:
            return work(session)

    def write(self, work: Callable[[Session], T], label: str = "a test") -> T:
        """Run ``work(session)`` in one transaction, recorded as one batch under the label, and return its answer."""
        return self._shop.write(self._origin.doing(label), work)

    def as_role(self, role: str, *permissions: str) -> Shop:
        """Return the shop as somebody of a role meets it, who may do what ``permissions`` say beside."""
        account = self._people.somebody(role, permissions)
        return Shop(self._shop, self._people, origin_of(account.name, account.permissions))

    def access(self) -> ShopAccess:
        """Return what lets a command of the plugin's reach this shop."""
        return ShopAccess(self.read, lambda label, work: self.write(work, label))


def origin_of(name: str, permissions: frozenset[str]) -> Origin:
    """Return the origin of what somebody does at the terminal."""
    return Origin(name, "terminal", permissions=permissions)


class Command(Protocol):
    """Runs `shopdb <plugin> ...`."""

    def __call__(self, *arguments: str, input: str | None = None) -> Result:  # noqa: A002 click calls it so
        """Return what came of it: ``exit_code``, ``output``, ``stderr`` and the rest of click's result."""
