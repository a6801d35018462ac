from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shopdb.boot import Shop
from shopdb.store.engine import open_engine
from tests.gauges import gauge_shop
from tests.store.gauge_rows import fill

__all__ = ["gauge_shop"]


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An engine, as patient as migrations need it, on an empty database."""
    engine = open_engine(database_url, patient=True)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(gauge_shop: Shop) -> Shop:
    """The opened shop with some dozen gauges."""
    fill(gauge_shop)
    return gauge_shop
