"""Which PC drives which machine: the ones beside each other, and not always one to one."""

from __future__ import annotations

from collections import defaultdict
from itertools import cycle, islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.demo import DemoAsset
from shopdb.services.demo.writing import Writer
from shopdb.store.chunks import chunks
from shopdb.store.models import AssetRelationship, RelationshipType
from shopdb.store.schema import table_of

DRIVES = "drives"


class Relations:
    """The drivers and machines of the shop by place, gathered while assets are made."""

    def __init__(self) -> None:
        """Begin with none."""
        self._drivers: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._machines: defaultdict[int, list[int]] = defaultdict(list)

    def note(self, asset: DemoAsset, asset_id: int) -> None:
        """Remember an asset if it can be one end of a relation."""
        if asset.is_machine:
            self._machines[asset.place.id].append(asset_id)
        if asset.drives:
            self._drivers[asset.place.id].append((asset_id, asset.drives))

    def write(self, session: Session, writer: Writer) -> None:
        """Relate each driver to the next machines of its place, round and round: some get two drivers."""
        kind = select(RelationshipType.id, RelationshipType.inheritsposition).where(RelationshipType.name == DRIVES)
        found = session.connection().execute(kind).one_or_none()
        if found is None:
            return
        rows = [
            {"source_id": source, "type_id": found.id, "target_id": target, "inheritsposition": found.inheritsposition}
            for place, drivers in self._drivers.items()
            for source, target in _pairs(drivers, self._machines[place])
        ]
        for some in chunks(rows):
            writer.insert(table_of(AssetRelationship), some)


def _pairs(drivers: list[tuple[int, int]], machines: list[int]) -> list[tuple[int, int]]:
    following = cycle(machines)
    return [
        (driver, machine) for driver, wanted in drivers for machine in islice(following, min(wanted, len(machines)))
    ]
