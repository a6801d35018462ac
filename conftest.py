"""Fixtures of the whole suite: an empty database on each engine, and settings that point at it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from shopdb.config import Settings
from tests import mariadb
from tests.mariadb import NO_MARIADB, MariaDB
from tests.sites import LoadedShop, MariaDBTemplate, SqliteTemplate, moved, site_settings

if TYPE_CHECKING:
    from shopdb.boot import Shop

# Two shared cores stall now and then; how long an example takes, or its making, says nothing.
hypothesis.settings.register_profile("shopdb", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("shopdb")


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings, the `.env` and the keyring of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("SHOPDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("SHOPDB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """The private MariaDB of this worker."""
    if not mariadb.is_installed():
        if os.environ.get("CI"):
            pytest.fail(NO_MARIADB)
        pytest.skip(NO_MARIADB)
    with mariadb.running() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Which engine this run of the test is about; a test that asks for it runs once on each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that is empty and this test's own."""
    if engine_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
        return
    server: MariaDB = request.getfixturevalue("mariadb_server")
    with server.database() as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a site in the test's own folder, over the empty ``database_url``."""
    return site_settings(tmp_path / "home", database_url)


# --- the opened shop ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def _mariadb_template(mariadb_server: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> MariaDBTemplate:
    return MariaDBTemplate(mariadb_server, tmp_path_factory.mktemp("template"))


@pytest.fixture
def site(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a site of this test alone that is ready: migrated, seeded, all bundled plugins on."""
    if engine_kind == "sqlite":
        sqlite: SqliteTemplate = request.getfixturevalue("_sqlite_template")
        return site_settings(tmp_path / "home", sqlite.copy(tmp_path))
    mariadb_template: MariaDBTemplate = request.getfixturevalue("_mariadb_template")
    return site_settings(tmp_path / "home", mariadb_template.copy())


@pytest.fixture(scope="session")
def _loaded_shop(_sqlite_template: SqliteTemplate) -> LoadedShop:
    return LoadedShop(_sqlite_template)


@pytest.fixture
def shop(site: Settings, _loaded_shop: LoadedShop) -> Iterator["Shop"]:
    """The opened shop of ``site``."""
    shop = moved(_loaded_shop.get(), site)
    try:
        yield shop
    finally:
        shop.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how much was not tested for want of MariaDB."""
    skipped = sum(NO_MARIADB in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.section("MariaDB")
        terminalreporter.write_line(f"{skipped} tests did NOT run: {NO_MARIADB}.", red=True, bold=True)
