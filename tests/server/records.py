"""Valid values for any resource, made from nothing but its description."""

from collections.abc import Iterable
from typing import Any

from shopdb.boot import Shop
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from tests.server.callers import Caller


class Maker:
    """Creates records of any resource over REST, each with other values, and what they link to first."""

    def __init__(self, shop: Shop, caller: Caller) -> None:
        self._catalog = shop.catalog
        self._caller = caller
        self._targets: dict[str, int] = {}

    def make(self, resource: Resource, number: int) -> Any:
        """Return the created record, every field of which that can be set is set."""
        return self._caller.made(f"/api/{resource.name}", self.values(resource, number))

    def values(self, resource: Resource, number: int) -> dict[str, Any]:
        """Return values of every editable field, others for each number."""
        return self._values(resource, resource.edited_fields, number)

    def _values(self, resource: Resource, fields: Iterable[Field], number: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for field in fields:
            if field.kind is Kind.LINK:
                if field.target in self._catalog and field.target != resource.name:
                    made[field.name] = {"id": self._target(field.target, f"{resource.name} {field.name} {number}")}
            elif field.kind is Kind.LINKS:
                made[field.name] = [{"id": self._target(field.target, f"{resource.name} {field.name} {number}")}]
            else:
                made[field.name] = value(field, number, resource.name)
        return made

    def _target(self, name: str, use: str) -> int:
        """Return the id of the record of this name's type that is there for this use."""
        key = f"{name} {use}"
        if key not in self._targets:
            resource = self._catalog[name]
            needed = [one for one in resource.edited_fields if one.required or one.name == resource.label_field]
            values = self._values(resource, needed, 900 + len(self._targets))
            self._targets[key] = self._caller.made(f"/api/{name}", values)["id"]
        return self._targets[key]


def value(field: Field, number: int, owner: str = "") -> Any:
    """Return what JSON carries for a plain field; texts are others for each number and owner."""
    made: dict[Kind, Any] = {
        Kind.TEXT: f"{owner} {field.name} {number}".strip()[-(field.length or 200) :].strip(),
        Kind.LONG_TEXT: f"first line\nline {number}",
        Kind.INTEGER: number,
        Kind.DECIMAL: f"{number}.5",
        Kind.FLAG: bool(number % 2),
        Kind.DATE: f"2026-01-{number % 28 + 1:02}",
        Kind.MOMENT: f"2026-01-31T14:{number % 60:02}:00.123456Z",
        Kind.IP: f"10.20.30.{number % 250}",
        Kind.MAC: f"3c:52:82:00:00:{number % 256:02x}",
        Kind.JSON: {"number": number, "list": [1, "two", None]},
        Kind.POSITION: {"x": number, "y": 2},
    }
    return field.choices[number % len(field.choices)] if field.kind is Kind.CHOICE else made[field.kind]


def same(sent: Any, read: Any, field: Field) -> bool:
    """Whether a value came back as it was sent; of links the ids count, of numbers the amounts."""
    if field.kind is Kind.LINK:
        return bool(read["id"] == sent["id"])
    if field.kind is Kind.LINKS:
        return [one["id"] for one in read] == [one["id"] for one in sent]
    return float(sent) == float(read) if field.kind is Kind.DECIMAL else bool(sent == read)
