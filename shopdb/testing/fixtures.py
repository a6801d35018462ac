"""The fixtures themselves; each test gets a shop of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from shopdb.boot import Shop as OpenedShop
from shopdb.boot import open_shop
from shopdb.config import Settings
from shopdb.domain.access import SYSTEM
from shopdb.plugins.access import granted
from shopdb.services import tokens
from shopdb.testing.client import Client, Push, asked
from shopdb.testing.people import ADMIN, People
from shopdb.testing.shops import Command, Plugin, Shop, origin_of
from shopdb.testing.sites import SERVER, Sites, plugin_above
from shopdb.testing.terminal import Terminal

if TYPE_CHECKING:
    from click.testing import Result

ENGINES = ("sqlite", "server") if os.environ.get(SERVER) else ("sqlite",)


@pytest.fixture(scope="session")
def _sites() -> Iterator[Sites]:
    with ExitStack() as stack:
        yield Sites(stack, {})


@pytest.fixture(params=ENGINES)
def _server(request: pytest.FixtureRequest) -> str:
    """Return where the database of this run of the test is; "" for a file."""
    return os.environ[SERVER] if request.param == "server" else ""


@pytest.fixture
def _site(
    _sites: Sites,
    _server: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    """Give the settings of this test's site, and keep those of whoever runs the tests out of it."""
    for name in [name for name in os.environ if name.startswith("SHOPDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with _sites.copy(plugin_above(request.path), _server, tmp_path_factory.mktemp("site")) as settings:
        yield settings


@pytest.fixture
def _opened(_site: Settings) -> Iterator[OpenedShop]:
    shop = open_shop(_site)
    try:
        yield shop
    finally:
        shop.close()


@pytest.fixture
def _people(_opened: OpenedShop) -> People:
    return People(_opened)


@pytest.fixture
def _app(_opened: OpenedShop) -> Flask:
    from shopdb.server.app import make_app

    return make_app(_opened)


@pytest.fixture
def plugin(_opened: OpenedShop, request: pytest.FixtureRequest) -> Plugin:
    """Return the plugin that the test belongs to."""
    name = plugin_above(request.path).name
    return Plugin(name, _opened.plugins.plugin(name))


@pytest.fixture
def shop(_opened: OpenedShop, _people: People) -> Shop:
    """Return the shop, as an admin meets it."""
    return Shop(_opened, _people, origin_of(ADMIN, frozenset({"*"})))


@pytest.fixture
def client(_app: Flask, _people: People) -> Client:
    """Return an admin who asks the server."""
    return Client(_app, _people, _people.somebody(ADMIN))


@pytest.fixture
def push(_app: Flask, _opened: OpenedShop, plugin: Plugin) -> Push:
    """Return what pushes to the plugin as a collector does."""
    known = _opened.plugins.collector_schemas
    token = _opened.write(
        SYSTEM.doing("make a token"),
        lambda session: tokens.make_token(session, "collector", [f"collector:{plugin.name}"], collectors=known),
    )
    return lambda document: asked(_app, "POST", f"/api/collector/{plugin.name}", token, json=document)


@pytest.fixture
def terminal(_site: Settings, _people: People) -> Iterator[Terminal]:
    """Give the terminal program with an admin before it."""
    terminal = Terminal(_site, _people, _people.somebody(ADMIN))
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.fixture
def command(_opened: OpenedShop, shop: Shop, plugin: Plugin) -> Command:
    """Return what runs a command of the plugin's with arguments, as an admin's host does."""
    import click
    from click.testing import CliRunner

    _, answers = _opened.plugins.ask("get_cli_commands")
    group = click.Group(plugin.name, commands={str(one.name): one for one in answers[plugin.name]})

    def run(*arguments: str, input: str | None = None) -> Result:  # noqa: A002 as `Command` has it
        with granted(shop.access()):
            return CliRunner().invoke(group, arguments, input=input, prog_name=f"shopdb {plugin.name}")

    return run
