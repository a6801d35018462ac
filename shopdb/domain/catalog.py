"""The record types of one opened shop, by name: core's and those of the enabled plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, overload

from shopdb.domain.resource import Resource
from shopdb.exceptions import UnknownResourceError

Other = TypeVar("Other")


class Catalog(Mapping[str, Resource]):
    """An immutable mapping of resource name to `Resource`, in the order given."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Index the resources; who extends and who belongs to whom is worked out once."""
        self._by_name = {resource.name: resource for resource in resources}
        self._children: dict[str, tuple[Resource, ...]] = {}

    def __getitem__(self, name: str) -> Resource:
        """Return the resource; `UnknownResourceError`, which is no KeyError, names the nearest."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownResourceError(name, self._by_name) from None

    @overload
    def get(self, name: str, default: None = None, /) -> Resource | None: ...
    @overload
    def get(self, name: str, default: Other, /) -> Resource | Other: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the resource, or the default where the shop has none of this name."""
        return self._by_name.get(name, default)

    def __contains__(self, name: object) -> bool:
        """Whether the shop has this record type."""
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """How many record types there are."""
        return len(self._by_name)

    def children(self, name: str) -> tuple[Resource, ...]:
        """Return the resources whose ``parent`` field links to this one or to what it extends."""
        if name not in self._children:
            owner: Resource | None = self[name]
            names = set()
            while owner:
                names.add(owner.name)
                owner = owner.extends
            self._children[name] = tuple(
                child
                for child in self.values()
                if child.parent and child.field(child.parent).target in names and self._is_about(child, name)
            )
        return self._children[name]

    def _is_about(self, child: Resource, name: str) -> bool:
        """Whether a tab belongs there: a plugin with a type of its own (printers) says nothing about other types."""
        own = {one.name for one in self.values() if one.plugin == child.plugin and one.extends is not None}
        return child.plugin == "core" or not own or name in own

    def extensions(self, name: str) -> tuple[Resource, ...]:
        """Return the resources that complete this one (printers, computers ... of assets)."""
        return tuple(one for one in self.values() if one.extends is not None and one.extends.name == name)
