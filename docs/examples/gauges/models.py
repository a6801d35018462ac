"""The tables: what a gauge has beyond any asset, and each of its calibrations."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, Numbered, Versioned, line, loosely_linked_to, owned_by, plugin_base

GaugesBase: Any = plugin_base("gauges")


class Calibration(Numbered, GaugesBase):
    """One calibration; ``calibrated_by`` is a name, which outlives the account."""

    __tablename__ = "gauge_calibrations"
    __subject__ = "asset_id"
    __label__ = "result"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), index=True)
    calibrated_on: Mapped[date]
    result: Mapped[str] = mapped_column(line(20))
    due_on: Mapped[date]
    calibrated_by: Mapped[str] = mapped_column(line(160))
    note: Mapped[str | None]


class Gauge(Versioned, GaugesBase):
    """What a gauge has beyond any asset; ``calibration_id`` is the last one."""

    __tablename__ = "gauges"
    __subject__ = "asset_id"

    asset_id: Mapped[int] = mapped_column(owned_by(Asset.__table__.c.id), primary_key=True, autoincrement=False)
    measures: Mapped[str | None] = mapped_column(line(60))
    interval_days: Mapped[int] = mapped_column(default=365, server_default="365")
    due_on: Mapped[date | None] = mapped_column(index=True)
    certificate: Mapped[str | None] = mapped_column(line(80))
    battery: Mapped[int | None]
    calibration_id: Mapped[int | None] = mapped_column(loosely_linked_to(Calibration.__table__.c.id), index=True)
