"""What assets refer to: places, business units, makers and models, people."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.store.base import TABLE_OPTIONS, Base, Numbered, linked_to
from shopdb.store.types import Prose, line

Coordinate = Numeric(10, 3)


class FloorPlan(Numbered, Base):
    """A drawing of a floor; positions are counted in its units."""

    __tablename__ = "floor_plans"

    name: Mapped[str] = mapped_column(line(120), unique=True)
    width: Mapped[Decimal | None] = mapped_column(Coordinate)
    height: Mapped[Decimal | None] = mapped_column(Coordinate)
    drawing: Mapped[str | None] = mapped_column(Prose)


class Location(Numbered, Base):
    """A place in the shop; places form a tree."""

    __tablename__ = "locations"

    name: Mapped[str] = mapped_column(line(120), unique=True)
    parent_id: Mapped[int | None] = mapped_column(linked_to("locations.id"), index=True)
    floor_plan_id: Mapped[int | None] = mapped_column(linked_to("floor_plans.id"), index=True)
    mapx: Mapped[Decimal | None] = mapped_column(Coordinate)
    mapy: Mapped[Decimal | None] = mapped_column(Coordinate)
    notes: Mapped[str | None] = mapped_column(Prose)


class BusinessUnit(Numbered, Base):
    """A part of the company that owns things and is told things."""

    __tablename__ = "business_units"

    name: Mapped[str] = mapped_column(line(120), unique=True)
    code: Mapped[str | None] = mapped_column(line(40))


class Vendor(Numbered, Base):
    """A maker or seller."""

    __tablename__ = "vendors"

    name: Mapped[str] = mapped_column(line(120), unique=True)
    website: Mapped[str | None]
    support_phone: Mapped[str | None] = mapped_column(line(60))
    notes: Mapped[str | None] = mapped_column(Prose)


class Model(Numbered, Base):
    """A product of a maker."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("name", "vendor_id"), TABLE_OPTIONS)

    name: Mapped[str] = mapped_column(line(160))
    vendor_id: Mapped[int | None] = mapped_column(linked_to("vendors.id"), index=True)
    notes: Mapped[str | None] = mapped_column(Prose)


class Person(Numbered, Base):
    """Somebody who has things or is asked about them; not necessarily a user of shopdb."""

    __tablename__ = "people"
    __table_args__ = (Index(None, "name", "id"), TABLE_OPTIONS)
    __key__ = "badge"

    name: Mapped[str] = mapped_column(line(160))
    badge: Mapped[str | None] = mapped_column(line(60), unique=True)
    email: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(line(60))
    business_unit_id: Mapped[int | None] = mapped_column(linked_to("business_units.id"), index=True)
