from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shopdb.store.engine import open_engine


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An engine, as patient as migrations need it, on an empty database."""
    engine = open_engine(database_url, patient=True)
    yield engine
    engine.dispose()
