"""Each front end starts without what only the other one needs; asked of a fresh interpreter."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("shopdb.server.app", {"textual", "rich"}),
        ("shopdb.tui.app", {"flask", "flask_jwt_extended", "waitress", "werkzeug"}),
        ("shopdb.boot", {"click", "flask", "textual", "waitress"}),
        ("shopdb.api", {"click", "flask", "textual", "waitress"}),
        ("shopdb.collect", {"alembic", "flask", "pymysql", "sqlalchemy", "textual"}),
        ("shopdb.cli", {"alembic", "flask", "keyring", "rich", "sqlalchemy", "textual"}),
        ("shopdb.config", {"alembic", "click", "flask", "keyring", "rich", "sqlalchemy", "textual"}),
    ],
)
def test_importing_a_room_does_not_load(module: str, foreign: set[str]) -> None:
    program = f"import sys, {module}; print(*sorted({foreign!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == []
