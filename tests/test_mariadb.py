"""The private MariaDB server of the tests does what the tests of shopdb rely on."""

from pathlib import Path

import pymysql
import pytest

from shopdb.config import Settings
from tests.mariadb import MariaDB

pytestmark = pytest.mark.mariadb


def test_a_database_is_empty_and_the_tests_own(mariadb_server: MariaDB) -> None:
    with mariadb_server.database() as first, mariadb_server.database() as second:
        assert first != second
        for url in (first, second):
            mariadb_server.run(f"CREATE TABLE {url.rpartition('/')[2]}.thing (id INT)")


def test_a_killed_server_comes_back_on_the_same_port(mariadb_server: MariaDB, tmp_path: Path) -> None:
    server = MariaDB(tmp_path)
    server.start()
    server.kill()
    with pytest.raises(pymysql.OperationalError):
        server.run("SELECT 1")
    server.start()
    server.run("SELECT 1")
    server.stop()
    assert server.port != mariadb_server.port


def test_settings_point_at_the_tests_own_database(settings: Settings, engine_kind: str) -> None:
    assert settings.database_url.startswith("sqlite" if engine_kind == "sqlite" else "mysql+pymysql")
