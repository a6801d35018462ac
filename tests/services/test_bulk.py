import pytest
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.kinds import Ref
from shopdb.exceptions import RefusedValuesError
from shopdb.services import records
from shopdb.services.bulk import change_each, remove_each
from shopdb.services.undo import undo
from shopdb.store import records as stored
from shopdb.store.session import settle

ADA = Origin("ada", "terminal", label="edit 3 assets")


def assets(shop: Shop, *names: str) -> list[int]:
    resource = shop.catalog["assets"]
    return shop.write(ADA, lambda session: [records.create(session, resource, {"name": name}).id for name in names])


def notes(shop: Shop, ids: list[int]) -> list[str | None]:
    with shop.reading() as session:
        return [one.values["notes"] for one in stored.full_rows(session, shop.catalog["assets"], ids)]


def test_one_batch_changes_each_record_and_undo_takes_all_back(shop: Shop) -> None:
    ids = assets(shop, "A", "B", "C")
    resource = shop.catalog["assets"]
    report, batch = shop.write(
        ADA, lambda session: (change_each(session, resource, ids, {"notes": "moved"}), settle(session))
    )
    assert (report.done, report.refused) == (tuple(ids), {})
    assert notes(shop, ids) == ["moved"] * 3
    shop.write(ADA, lambda session: undo(session, batch or 0))
    assert notes(shop, ids) == [None] * 3


def test_a_record_that_refuses_hinders_no_other(shop: Shop) -> None:
    one, two = assets(shop, "A", "B")
    resource = shop.catalog["assets"]
    report = shop.write(ADA, lambda session: change_each(session, resource, [one, 9999, two], {"notes": "moved"}))
    assert report.done == (one, two)
    assert "9999" in report.refused[9999]
    assert notes(shop, [one, two]) == ["moved", "moved"]


def test_values_that_do_for_no_record_are_refused_at_once(shop: Shop) -> None:
    ids = assets(shop, "A")
    with pytest.raises(RefusedValuesError, match="purchased_on"):
        shop.write(ADA, lambda session: change_each(session, shop.catalog["assets"], ids, {"purchased_on": "soon"}))


def test_what_is_still_used_stays_while_the_others_go(shop: Shop) -> None:
    places = shop.catalog["locations"]

    def make(session: Session) -> tuple[int, int]:
        used, free = (records.create(session, places, {"name": name}).id for name in ("Bay 1", "Bay 2"))
        records.create(session, shop.catalog["assets"], {"name": "A", "location": Ref(used)})
        return used, free

    used, free = shop.write(ADA, make)
    report = shop.write(ADA, lambda session: remove_each(session, places, [used, free]))
    assert report.done == (free,)
    assert "still used" in report.refused[used]
