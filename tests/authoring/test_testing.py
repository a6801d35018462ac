"""`shopdb.testing` as a stranger uses it: a folder with a plugin, pytest, and nothing of this repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shopdb.authoring.check import check
from shopdb.testing.sites import SERVER
from tests.mariadb import MariaDB
from tests.plugins_on_disk import write_plugin

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "gauges"
CONFTEST = 'pytest_plugins = ["shopdb.testing"]\n'
HOOKS = """
def get_cli_commands(self):
    import click
    from shopdb.api import read_shop

    def count():
        click.echo(read_shop(lambda session: session.query(Gauge).count()))

    return (click.Command("count", callback=count, help="Count them."),)

def get_navigation_items(self):
    return (NavItem("Gauges", opens="gauges"), NavItem("Secret", opens="gauges", permission="admin"))
"""
TESTS = """
import os

import pytest

from shopdb.api import ShopdbError, change_record, create_record


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_shop_of_its_own(client, turn):
    assert client.get("/api/gauges").json["items"] == []
    assert client.post("/api/gauges", {"name": "Calliper"}).json["id"] == 1


def test_what_it_needs_is_there_and_nothing_else(client, plugin):
    assert plugin.name == "gauges"
    for path, status in {"/api/computers": 200, "/api/dials": 200, "/api/usb_devices": 404}.items():
        assert client.get(path).status == status


def test_the_code_is_the_very_code_of_the_shop(shop, plugin):
    gauge, resource = plugin.module("models").Gauge, plugin.module("resources").GAUGES
    assert type(plugin.instance).__module__.startswith(plugin.module("plugin").__name__)
    record = shop.write(lambda session: create_record(session, resource, {"name": "Dial"}), "a label")
    assert shop.read(lambda session: session.get_one(gauge, record.id).name) == "Dial"


def test_roles_may_what_roles_may(shop, plugin, client):
    resource = plugin.module("resources").GAUGES
    shop.as_role("technician").write(lambda session: create_record(session, resource, {"name": "Dial"}))
    with pytest.raises(ShopdbError):
        shop.as_role("viewer").write(lambda session: change_record(session, resource, 1, {"name": "Other"}))
    shop.as_role("viewer", "gauges.change").write(lambda session: change_record(session, resource, 1, {"name": "X"}))
    assert client.as_role("viewer").get("/api/gauges/1").json["name"] == "X"
    assert client.as_role("viewer").patch("/api/gauges/1", {"name": "Y"}).status == 403
    assert client.as_role("viewer").delete("/api/gauges/1").status == 403
    with pytest.raises(ShopdbError, match="no role"):
        client.as_role("emperor")
    with pytest.raises(ShopdbError, match="no role"):
        client.as_role("emperor", "gauges.change")


def test_the_terminal_is_the_real_one(terminal, client, monkeypatch):
    client.post("/api/gauges", {"name": "Calliper"})
    terminal.open("gauges")
    terminal.sees("Calliper")
    terminal.press("slash")
    terminal.type("nothing")
    terminal.press("enter")
    terminal.sees_no_more("Calliper")
    viewer = terminal.as_role("viewer")
    viewer.open("gauges")
    viewer.sees("viewer")
    with pytest.raises(AssertionError, match="'dials' is no area of viewer: dashboard, .*gauges"):
        viewer.open("dials")
    monkeypatch.setattr("shopdb.testing.terminal.PATIENCE", 0.2)
    with pytest.raises(AssertionError, match="(?s)'Micrometer' is not to be seen in\\n.*Gauges"):
        terminal.sees("Micrometer")
    with pytest.raises(AssertionError, match="'Gauges' is still to be seen"):
        terminal.sees_no_more("Gauges")


def test_a_command_reaches_the_shop(command, client):
    client.post("/api/gauges", {"name": "Calliper"})
    assert command("count").output == "1\\n"
    assert command("nothing").exit_code == 2


def test_nothing_of_the_hosts_own_site_is_seen(client):
    assert [name for name in os.environ if name.startswith("SHOPDB_")] == []
"""


def stranger(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run pytest as somebody else does, in a folder; return its exit code and all that it said."""
    ours = ("SHOPDB_", "PYTEST_", SERVER)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(ours)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    return done.returncode, done.stdout


def databases(server: MariaDB) -> set[str]:
    with server.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES LIKE 'shopdb%'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plugin that needs a bundled one and one beside it, among others that are broken, with tests."""
    folder = tmp_path / "mine"
    write_plugin(folder, "broken", files={"plugin.py": "this is no Python"})
    write_plugin(folder, "dials")
    needs = {"dependencies": ["computers", "dials>=1"]}
    files = {"tests/conftest.py": CONFTEST, "tests/test_gauges.py": TESTS}
    return write_plugin(folder, manifest=needs, hooks=HOOKS, files=files)


@pytest.mark.slow
def test_a_strangers_tests_get_a_shop_of_their_own(plugin: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    hosts = {"SHOPDB_HOME": "/nowhere", "SHOPDB_DATABASE_URL": "nonsense", "SHOPDB_ENV": "production"}
    code, said = stranger(plugin, TMPDIR=str(temporary), **hosts)
    assert code == 0, said
    assert "8 passed" in said
    assert [path.name for path in temporary.iterdir() if "shopdb" in path.name] == []


@pytest.mark.slow
@pytest.mark.mariadb
def test_a_strangers_tests_run_on_a_server_too_and_leave_nothing_there(plugin: Path, mariadb_server: MariaDB) -> None:
    code, said = stranger(plugin, **{SERVER: mariadb_server.url("")})
    assert code == 0, said
    assert "16 passed" in said
    assert databases(mariadb_server) == set()


def test_a_test_that_belongs_to_no_plugin_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_lost.py").write_text("def test_it(shop): pass\n")
    code, said = stranger(tmp_path)
    assert code == 1
    assert "test_lost.py belongs to no plugin: there is no manifest.json in a folder above it" in said


def test_a_broken_plugin_is_told_with_the_rule_that_it_breaks(tmp_path: Path) -> None:
    files = {"tests/conftest.py": CONFTEST, "tests/test_gauges.py": "def test_it(shop): pass\n"}
    hooks = "def get_widget_dashboards(self): return ()\ndef get_screen(self): return ()"
    code, said = stranger(write_plugin(tmp_path, hooks=hooks, files=files))
    assert code == 1
    assert "P035 get_screen is not a hook; did you mean get_screens?" in said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_example_passes_its_own_tests(engine_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment, files = {}, ["tests"]
    if engine_kind == "mariadb":
        server: MariaDB = request.getfixturevalue("mariadb_server")
        environment[SERVER] = server.url("")
        files = [
            "tests/test_calibrations.py",
            "tests/test_collector.py",
        ]  # those to which a server may make a difference
    folder = tmp_path / EXAMPLE.name  # not under this repository's conftest.py
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    code, said = stranger(folder, *files, **environment)
    assert code == 0, said


def test_the_example_keeps_every_rule_and_needs_no_hint() -> None:
    found = check(EXAMPLE)
    assert (found.problems, found.hints) == ((), ())
