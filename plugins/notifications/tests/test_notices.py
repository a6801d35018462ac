from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.notifications.models import Notification
from plugins.notifications.notices import active_notices, active_now
from shopdb.api import BusinessUnit, utc_now
from shopdb.boot import Shop
from shopdb.services import records

Run = Callable[[Callable[[Session], Any]], Any]
HOUR = timedelta(hours=1)


def test_a_notice_holds_from_its_beginning_until_its_end(write: Run, read: Run) -> None:
    now = utc_now()
    write(
        lambda session: session.add_all(
            [
                Notification(title="over", severity="info", valid_from=now - 2 * HOUR, valid_until=now),
                Notification(title="begins", severity="info", valid_from=now, valid_until=now + HOUR),
                Notification(title="not yet", severity="info", valid_from=now + HOUR),
                Notification(title="always", severity="info"),
            ]
        )
    )
    titles = {notice.title for notice in read(lambda session: active_notices(session, now))}
    assert titles == {"begins", "always"}


def test_the_most_severe_comes_first_and_then_the_newest(write: Run, read: Run) -> None:
    notices = (("coffee", "info"), ("fire", "critical"), ("patching", "warning"), ("cake", "info"))
    write(lambda session: session.add_all(Notification(title=title, severity=grave) for title, grave in notices))
    assert read(active_now) == ["critical: fire", "warning: patching", "info: cake", "info: coffee"]


def test_a_notice_outlives_the_business_unit_that_it_was_for(shop: Shop, write: Run, read: Run) -> None:
    def arrange(session: Session) -> int:
        unit = BusinessUnit(name="Castings")
        session.add(unit)
        session.flush()
        session.add(Notification(title="Oven down", severity="warning", business_unit_id=unit.id))
        return unit.id

    def units(session: Session) -> list[str]:
        notices = shop.plugins.services["notifications.active_notices"](session)
        return [notice.business_unit for notice in notices]

    unit_id = write(arrange)
    assert read(units) == ["Castings"]
    write(lambda session: records.remove(session, shop.catalog["business_units"], unit_id))
    assert read(units) == [""]
