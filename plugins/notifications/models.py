"""The table of notices."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import BusinessUnit, Numbered, Prose, line, loosely_linked_to, plugin_base

SEVERITIES = ("info", "warning", "critical")

NotificationsBase: Any = plugin_base("notifications")


class Notification(Numbered, NotificationsBase):
    """Something that everybody on the floor should know.

    It holds from ``valid_from`` (empty: at once) until ``valid_until`` (empty: until somebody ends it).
    """

    __tablename__ = "notifications"
    __label__ = "title"

    title: Mapped[str] = mapped_column(line(200))
    text: Mapped[str | None] = mapped_column(Prose)
    severity: Mapped[str] = mapped_column(line(16))
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    business_unit_id: Mapped[int | None] = mapped_column(loosely_linked_to(BusinessUnit.__table__.c.id), index=True)
