"""Fixtures of the plugins' own tests: a person who does things in the shop."""  # noqa: INP001 pytest imports it by its path

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import Origin

Write = Callable[[Callable[[Session], Any]], Any]


@pytest.fixture
def write(shop: Shop) -> Write:
    """Return what runs ``work(session)`` as a technician, in a transaction and batch of its own."""
    ana = Origin(actor="ana", door="terminal", permissions=frozenset({"*.view", "*.change"}))
    return lambda work: shop.write(ana, work)


@pytest.fixture
def read(shop: Shop) -> Write:
    """Return what runs ``work(session)`` in a session that only reads."""

    def run(work: Callable[[Session], Any]) -> Any:
        with shop.reading() as session:
            return work(session)

    return run
