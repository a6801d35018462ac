"""What assets are named by, looked up once or added: asset types, makers and models, tags, numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import count as counting
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.domain.demo import DemoAsset
from shopdb.services.demo.writing import Writer
from shopdb.store.models import Asset, AssetStatus, AssetType, Model, Tag, Vendor
from shopdb.store.schema import table_of

NUMBER_WIDTH = 4


class Catalogue:
    """The names that the shop knows so far."""

    def __init__(self, session: Session, writer: Writer) -> None:
        """Begin with what the database knows."""
        self._session = session
        self._writer = writer
        self._ids: dict[Hashable, int] = {}
        self._numbers: dict[str, Iterator[int]] = {}
        statuses = select(AssetStatus.status_class, AssetStatus.id).order_by(AssetStatus.id.desc())
        self.statuses: Mapping[str, int] = dict(session.connection().execute(statuses).all())

    def type_id(self, asset: DemoAsset) -> int:
        """Return the id of the asset's type."""
        more = {"resource": asset.resource or None, "is_equipment": asset.is_machine}
        return self._id(AssetType, {"name": asset.type}, more)

    def model_id(self, maker: str, name: str) -> int:
        """Return the id of a maker's model."""
        return self._id(Model, {"name": name, "vendor_id": self._id(Vendor, {"name": maker})})

    def tag_id(self, name: str) -> int:
        """Return the id of a tag."""
        return self._id(Tag, {"name": name})

    def number(self, prefix: str) -> str:
        """Return the next asset number with this prefix."""
        if prefix not in self._numbers:
            self._numbers[prefix] = counting(1 + self._highest(prefix))
        return f"{prefix}-{next(self._numbers[prefix]):0{NUMBER_WIDTH}}"

    def _id(self, model: type[Any], natural: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> int:
        key = (model, *natural.values())
        if key not in self._ids:
            table = table_of(model)
            same = [table.c[name] == value for name, value in natural.items()]
            found = self._session.connection().scalar(select(table.c.id).where(*same))
            self._ids[key] = found or self._writer.insert(table, [{**natural, **(more or {})}])[0]
        return self._ids[key]

    def _highest(self, prefix: str) -> int:
        taken = select(Asset.asset_number).where(Asset.asset_number.startswith(f"{prefix}-", autoescape=True))
        counted = (number.rpartition("-")[2] for number in self._session.connection().scalars(taken))
        return max((int(digits) for digits in counted if digits.isdecimal()), default=0)
