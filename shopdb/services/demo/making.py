"""From what plugins make up to rows in the tables, some hundred assets at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count as counting
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopdb.domain.demo import DemoAsset, DemoFloor, DemoRow
from shopdb.services.demo import finishing
from shopdb.services.demo.catalogue import Catalogue
from shopdb.services.demo.floor import lay_out
from shopdb.services.demo.props import fill
from shopdb.services.demo.relations import Relations
from shopdb.services.demo.writing import Writer
from shopdb.services.software import Title, version_ids
from shopdb.store.models import Asset, AssetTag, InstalledSoftware, NetworkAddress
from shopdb.store.schema import table_of

SERVICE = "demo"
Share = Callable[[DemoFloor], Iterable[DemoAsset | DemoRow]]


class Maker:
    """One demo at work; ``made`` counts its assets, ``writer`` the rows."""

    def __init__(self, session: Session, count: int, seed: int, now: datetime) -> None:
        """Lay the buildings out."""
        self.made = 0
        self.writer = Writer(session)
        self._session, self._count, self._seed, self._now = session, count, seed, now
        self._rng = self._chance("core")
        self._site = lay_out(session, self.writer, count, self._chance("site"))
        self._catalogue = Catalogue(session, self.writer)
        self._relations = Relations()
        self._versions: dict[Title, int] = {}

    def items(self) -> Iterator[DemoAsset | DemoRow]:
        """Yield the shares of the plugins, then plain assets until there are enough."""
        taken = 1 + (self._session.connection().scalar(select(func.max(NetworkAddress.id))) or 0)
        hosts = counting(taken)
        left = self._count
        for name, share in self._shares().items():
            for item in share(self._floor(name, hosts)):
                if isinstance(item, DemoAsset):
                    if not left:
                        break
                    left -= 1
                yield item
        yield from islice(fill(self._floor("props", hosts)), left)

    def write(self, items: Sequence[DemoAsset | DemoRow]) -> None:
        """Write some items with all that belongs to them."""
        assets = [item for item in items if isinstance(item, DemoAsset)]
        ids = self.writer.insert(table_of(Asset), [self._columns(asset) for asset in assets])
        made = list(zip(assets, ids, strict=True))
        self.writer.rows(
            [
                *((item, None) for item in items if isinstance(item, DemoRow)),
                *((row, asset_id) for asset, asset_id in made for row in asset.rows),
            ]
        )
        self.writer.insert(table_of(AssetTag), [
            {"asset_id": asset_id, "tag_id": self._catalogue.tag_id(tag)}
            for _, asset_id in made
            for tag in finishing.tags(self._rng)
        ])  # fmt: skip
        self._install(made)
        for asset, asset_id in made:
            self._relations.note(asset, asset_id)
        self.made += len(assets)

    def relate(self) -> None:
        """Write the relations between assets that have been written."""
        self._relations.write(self._session, self.writer)

    def _shares(self) -> Mapping[str, Share]:
        services: Mapping[str, Share] = self._session.info.get("services", {})
        return {name: share for name, share in services.items() if name.rpartition(".")[2] == SERVICE}

    def _floor(self, name: str, hosts: Iterator[int]) -> DemoFloor:
        return DemoFloor(self._chance(name), self._now, self._count, self._site.places, self._site.people, hosts)

    def _chance(self, name: str) -> Random:
        """Return chance of one's own for each share, so that one plugin more or less leaves the others as they are."""
        return Random(f"{self._seed}:{name}")  # noqa: S311 it has to be repeatable

    def _columns(self, asset: DemoAsset) -> dict[str, Any]:
        return {
            "resource": asset.resource or None,
            "asset_number": self._catalogue.number(asset.prefix),
            "type_id": self._catalogue.type_id(asset),
            "status_id": self._catalogue.statuses.get(finishing.status_class(self._rng)),
            "location_id": asset.place.id,
            "business_unit_id": asset.place.business_unit_id,
            "model_id": self._catalogue.model_id(*asset.model) if asset.model else None,
            "owner_id": asset.owner.id if asset.owner else None,
            "mapx": asset.point[0] if asset.point else None,
            "mapy": asset.point[1] if asset.point else None,
            **finishing.written_down(asset, self._rng, self._now),
            **finishing.observed(asset, self._rng, self._now),
        }

    def _install(self, made: Iterable[tuple[DemoAsset, int]]) -> None:
        wanted = [(asset_id, title) for asset, asset_id in made for title in asset.software]
        unknown = sorted({title for _, title in wanted if title not in self._versions})
        self._versions |= version_ids(self._session, unknown)
        self.writer.insert(table_of(InstalledSoftware), [
            {"asset_id": asset_id, "application_version_id": self._versions[title], **self._since_when()}
            for asset_id, title in wanted
        ])  # fmt: skip

    def _since_when(self) -> dict[str, Any]:
        first_seen = self._now - timedelta(minutes=self._rng.randrange(100_000, 1_000_000))
        removed = self._rng.random() < finishing.REMOVED
        return {
            "first_seen": first_seen,
            "removed_at": first_seen + timedelta(minutes=self._rng.randrange(100_000)) if removed else None,
        }
