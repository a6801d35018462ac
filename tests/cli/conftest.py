"""Running commands in this process, on the test's own site."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from shopdb import cli
from shopdb.config import Settings
from tests.sites import environment

Command = Callable[..., Result]


def called(*arguments: str, stdin: str = "") -> Result:
    """Return the answer of `shopdb` with these arguments; what nobody planned is raised."""
    answer = CliRunner(catch_exceptions=False).invoke(cli.main, arguments, input=stdin, prog_name="shopdb")
    assert answer.exit_code in (0, 1, 2)
    return answer


@pytest.fixture
def shopdb(site: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command `shopdb` on ``site``."""
    for name, value in environment(site).items():
        monkeypatch.setenv(name, value)
    return called


@pytest.fixture
def shopdb_before_init(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command `shopdb` on ``settings``, whose database is empty."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return called
