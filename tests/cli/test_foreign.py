import json
from pathlib import Path

import pytest

from shopdb.config import Settings
from tests.cli.conftest import Command

PLUGIN = '''
import click
from shopdb.api import BasePlugin, PluginMeta, read_shop, write_shop, audit_log

@click.command()
@click.argument("name")
def greet(name):
    """Greet somebody and note it."""
    write_shop("greeting", lambda session: audit_log(session, "greeter.greet", details={"name": name}))
    click.echo(f"hello {name}, {read_shop(lambda session: session.info['schema'].catalog['assets'].title)}")

class Greeter(BasePlugin):
    meta = PluginMeta.beside(__file__)
    def get_blueprint(self): return None
    def get_models(self): return ()
    def get_cli_commands(self): return [greet]
'''


@pytest.fixture
def _greeter(shopdb: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "more" / "greeter"
    folder.mkdir(parents=True)
    manifest = {"name": "greeter", "version": "1.0.0", "description": "Greets.", "core_version": ">=0.3,<0.4"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "__init__.py").write_text('"""Greets."""')
    (folder / "plugin.py").write_text(PLUGIN)
    monkeypatch.setenv("SHOPDB_PLUGIN_DIRS", str(folder.parent))
    assert shopdb("init", "--plugins", "greeter").exit_code == 0


@pytest.mark.usefixtures("_greeter")
def test_a_plugin_s_command_runs_under_its_name_and_reaches_the_shop(shopdb: Command) -> None:
    assert shopdb("greeter", "greet", "Ada").stdout == "hello Ada, Assets\n"
    batch = json.loads(shopdb("q", "batches", "--json", "--limit", "1").stdout)[0]
    assert (batch["label"], batch["door"]) == ("greeting", "cli")


@pytest.mark.usefixtures("_greeter")
def test_a_plugin_s_commands_are_listed(shopdb: Command) -> None:
    assert "greet  Greet somebody and note it." in shopdb("greeter", "--help").stdout


@pytest.mark.usefixtures("_greeter")
def test_wrong_usage_of_a_plugin_s_command_is_exit_2(shopdb: Command) -> None:
    assert shopdb("greeter", "great").exit_code == 2
    assert shopdb("greeter", "greet").exit_code == 2


def test_a_name_that_is_neither_command_nor_plugin_is_wrong_usage(
    shopdb: Command, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shopdb("toasters").exit_code == 2
    monkeypatch.setenv("SHOPDB_PORT", "x")
    assert shopdb("toasters").exit_code == 2
