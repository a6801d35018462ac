"""The server over a ready shop, asked through Flask's test client."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from shopdb.boot import Shop
from shopdb.server.app import make_app
from tests.server.callers import Caller, make_token
from tests.server.described import Described
from tests.server.live import Gate, Plugins


@pytest.fixture
def app(shop: Shop) -> Flask:
    """Return the application over the test's shop."""
    return make_app(shop)


@pytest.fixture(scope="session")
def _described() -> list[Described]:
    """Return where the one description is kept: every test's shop has the same record types."""
    return []


@pytest.fixture
def described(app: Flask, _described: list[Described]) -> Described:
    """Return what the application says of itself."""
    if not _described:
        _described.append(Described(app.test_client().get("/api/openapi.json").get_json()))
    return _described[0]


@pytest.fixture
def caller(app: Flask, shop: Shop, described: Described) -> Callable[..., Caller]:
    """Return a maker of callers with a token of the given scopes; without any, they send none."""

    def made(*scopes: str) -> Caller:
        return Caller(app.test_client(), make_token(shop, *scopes) if scopes else "", described)

    return made


@pytest.fixture
def admin(caller: Callable[..., Caller]) -> Caller:
    """Return a caller who may do everything."""
    return caller("admin")


@pytest.fixture
def writer(caller: Callable[..., Caller]) -> Caller:
    """Return a caller who may read and write records."""
    return caller("write")


@pytest.fixture
def nobody(caller: Callable[..., Caller]) -> Caller:
    """Return a caller who says not who it is."""
    return caller()


# --- plugins that come, go, fail and hang ---------------------------------------------------------------


@pytest.fixture
def plugins(shop: Shop) -> Plugins:
    """Return the plugins of the test's site, to be changed."""
    return Plugins(shop)


@pytest.fixture
def token(shop: Shop) -> str:
    """Return the token of somebody who may do everything."""
    return make_token(shop, "admin")


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Return what hanging code waits for; it is opened in the end, so that no thread stays."""
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    """Return threads for many who ask at once."""
    with ThreadPoolExecutor(32) as threads:
        yield threads
