"""A plugin made up for tests: gauges are assets with a row of their own, links of every sort, and readings."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Boolean, CheckConstraint, Numeric
from sqlalchemy.orm import Mapped, Session, mapped_column

from shopdb.api import (
    ASSETS,
    Asset,
    BigId,
    Document,
    Field,
    Kind,
    Numbered,
    Person,
    Resource,
    Vendor,
    Versioned,
    describe,
    line,
    loosely_linked_to,
    owned_by,
    plugin_base,
)
from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.catalog import Catalog
from shopdb.domain.listing import Record
from shopdb.services import records
from shopdb.store.base import TABLE_OPTIONS
from shopdb.store.schema import make_schema
from shopdb.store.session import settle

ADA = Origin(actor="ada", door="cli", label="a test")
GaugesBase: Any = plugin_base("gauges")


class Gauge(Versioned, GaugesBase):  # type: ignore[misc]  # made at run time, one for each plugin
    __tablename__ = "gauges"
    __table_args__ = (CheckConstraint("uses >= 0", name="uses"), TABLE_OPTIONS)
    __unlogged__ = frozenset({"reading"})

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    range_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    unit: Mapped[str | None] = mapped_column(line(20))
    bought_on: Mapped[date | None]
    checked_at: Mapped[datetime | None]
    is_digital: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    uses: Mapped[int] = mapped_column(default=7, server_default="7")
    ip: Mapped[str | None] = mapped_column(line(45))
    code: Mapped[str | None] = mapped_column(line(20), unique=True)
    settings: Mapped[Any | None] = mapped_column(Document)
    reading: Mapped[int | None]
    maker_id: Mapped[int | None] = mapped_column(loosely_linked_to(Vendor.__table__.c.id), index=True)
    master_id: Mapped[int | None] = mapped_column(loosely_linked_to("gauges.asset_id"), index=True)


class GaugeKeeper(Versioned, GaugesBase):  # type: ignore[misc]  # made at run time, one for each plugin
    __tablename__ = "gauge_keepers"
    __subject__ = "gauge_id"

    gauge_id: Mapped[int] = mapped_column(BigId, owned_by("gauges.asset_id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(
        BigId, owned_by(Person.__table__.c.id), primary_key=True, autoincrement=False, index=True
    )


class GaugeReading(Numbered, GaugesBase):  # type: ignore[misc]  # made at run time, one for each plugin
    __tablename__ = "gauge_readings"
    __subject__ = "gauge_id"

    gauge_id: Mapped[int] = mapped_column(owned_by("gauges.asset_id"), index=True)
    name: Mapped[str] = mapped_column(line(60))
    value: Mapped[int]


GAUGES = describe(
    Gauge,
    extends=ASSETS,
    title="Gauges",
    fields=(
        Field("name", "Name", listed=True),
        Field("range_mm", "Range", listed=True),
        Field("unit", "Unit", choices=("mm", "inch"), listed=True),
        Field("bought_on", "Bought on"),
        Field("checked_at", "Checked at"),
        Field("is_digital", "Digital"),
        Field("uses", "Uses"),
        Field("ip", "Address", kind=Kind.IP),
        Field("code", "Code", searched=True),
        Field("settings", "Settings"),
        Field("reading", "Reading", editable=False),
        Field("maker", "Maker", searched=True, listed=True),
        Field("master", "Master"),
        Field("keepers", "Keepers", kind=Kind.LINKS, path="gauge_keepers", searched=True, listed=True),
        Field("serves", "Serves", relation="part of"),
        Field("parts", "Parts", relation="~part of", searched=True),
    ),
)
READINGS = describe(
    GaugeReading,
    title="Readings",
    fields=(
        Field("gauge", "Gauge"),
        Field("name", "What", listed=True, searched=True),
        Field("value", "Value", listed=True, searched=True),
    ),
    parent="gauge",
)
RESOURCES: tuple[Resource, ...] = (GAUGES, READINGS)


def create(shop: Shop, resource: str, /, **values: Any) -> Record:
    """Create a record in a batch of its own."""
    return shop.write(ADA, lambda session: records.create(session, shop.catalog[resource], values))


def change(shop: Shop, record: Record, /, **values: Any) -> Record:
    """Change a record in a batch of its own."""
    return shop.write(ADA, lambda session: records.change(session, shop.catalog[record.resource], record.id, values))


def remove(shop: Shop, record: Record, /) -> int:
    """Delete a record in a batch of its own and return the batch."""

    def work(session: Session) -> int | None:
        records.remove(session, shop.catalog[record.resource], record.id)
        return settle(session)

    batch_id = shop.write(ADA, work)
    assert batch_id is not None
    return batch_id


@pytest.fixture
def gauge_shop(shop: Shop) -> Iterator[Shop]:
    """The opened shop with the plugin of gauges in it."""
    tables = list(GaugesBase.metadata.tables.values())
    with shop.engine.begin() as connection:
        GaugesBase.metadata.create_all(connection, tables=[table for table in tables if table.name.startswith("gauge")])
    catalog = Catalog((*shop.catalog.values(), *RESOURCES))
    schema = make_schema(catalog, (*shop.schema.tables.values(), *tables), shop.schema.weights)
    yield replace(shop, schema=schema)
    with shop.engine.begin() as connection:
        GaugesBase.metadata.drop_all(connection, tables=tables)
