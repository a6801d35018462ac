import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from shopdb import __version__, cli
from shopdb.exceptions import ConfigError


@pytest.fixture(autouse=True)
def _commands_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {command: f"{__name__}:{command}" for command in ("greet", "fail", "stumble", "screens")}
    monkeypatch.setattr(cli.main, "_places", places)
    monkeypatch.setattr(cli, "TERMINAL", places["screens"])


@click.command()
@click.option("--name", default="nobody")
def greet(name: str) -> None:
    """Greet somebody."""
    click.echo(f"hello {name}")


@click.command()
@click.argument("problem")
def fail(problem: str) -> None:
    """Refuse."""
    raise ConfigError([problem])


@click.command()
def stumble() -> None:
    """Break."""
    raise ZeroDivisionError


@click.command()
@click.option("--safe", is_flag=True)
def screens(*, safe: bool) -> None:
    """Stand for the terminal program."""
    click.echo("without plugins" if safe else "with plugins")


def shopdb(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, prog_name="shopdb")


def test_a_command_runs() -> None:
    answer = shopdb("greet", "--name", "Ada")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "hello Ada\n", "")


def test_bare_shopdb_opens_the_terminal() -> None:
    answer = shopdb()
    assert (answer.exit_code, answer.stdout) == (0, "with plugins\n")


def test_bare_shopdb_opens_the_terminal_without_plugins_when_told_so() -> None:
    answer = shopdb("--safe")
    assert (answer.exit_code, answer.stdout) == (0, "without plugins\n")
    assert shopdb("--safe", "greet").exit_code == 2


def test_a_refusal_is_one_message_on_stderr_and_exit_1() -> None:
    answer = shopdb("fail", "SHOPDB_PORT is 'x'")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == "1 setting cannot be used:\n  SHOPDB_PORT is 'x'\n"


def test_a_refusal_that_quotes_hostile_text_is_harmless() -> None:
    answer = shopdb("fail", "\x1b[2Jgone \u202eesrever")
    assert "gone" in answer.stderr
    assert "\x1b" not in answer.stderr
    assert "\u202e" not in answer.stderr


@pytest.mark.parametrize("arguments", [("fial",), ("greet", "--nmae", "x"), ("fail",), ("--nothing",)])
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    answer = shopdb(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "Usage: shopdb" in answer.stderr


def test_help_lists_every_command_with_its_first_line() -> None:
    answer = shopdb("--help")
    assert answer.exit_code == 0
    assert "  greet    Greet somebody.\n" in answer.stdout


def test_an_error_nobody_planned_is_not_hidden() -> None:
    assert isinstance(shopdb("stumble").exception, ZeroDivisionError)


def test_the_version_is_told_without_importing_anything_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from shopdb.cli import main; main(['--version'], standalone_mode=False);"
        "print(sorted({'sqlalchemy', 'flask', 'textual', 'rich', 'keyring', 'alembic'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == f"shopdb {__version__}\n[]\n"
