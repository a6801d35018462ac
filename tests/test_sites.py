import pytest
from sqlalchemy import func, select

from shopdb.boot import Shop, open_shop
from shopdb.config import Settings
from shopdb.domain.access import Origin
from shopdb.services import records
from shopdb.store.models import Asset, Role

SOMEBODY = Origin(actor="somebody", door="cli")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_the_seeded_shop_and_nothing_of_the_test_before(shop: Shop, turn: str) -> None:
    assets = shop.catalog["assets"]
    with shop.reading() as session:
        assert session.scalar(select(func.count()).select_from(Asset)) == 0
        assert set(session.scalars(select(Role.name))) == {"admin", "technician", "viewer"}
    shop.write(SOMEBODY, lambda session: records.create(session, assets, {"name": turn}))


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_table_that_a_test_has_dropped_is_there_again_for_the_next(shop: Shop, turn: str) -> None:
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE attachments")


def test_the_shop_is_the_one_that_opening_the_site_opens(shop: Shop, site: Settings) -> None:
    opened = open_shop(site)
    opened.close()
    assert shop.settings == opened.settings == site
    assert shop.engine.url == opened.engine.url
    assert type(shop.write_lock) is type(opened.write_lock)
    assert list(shop.catalog) == list(opened.catalog)
    assert list(shop.schema.tables) == list(opened.schema.tables)
