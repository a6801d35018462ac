import re
from pathlib import Path

import pytest

from shopdb.config import COLLECTOR_KEYS, KEYS, load_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()


def test_the_example_shows_every_setting_with_its_help_and_default() -> None:
    shown = re.findall(r"^# (.+)\n#(SHOPDB_\w+)=(.*)$", EXAMPLE, re.MULTILINE)
    assert shown == [(key.help, name, key.default) for name, key in KEYS.items()]


def test_the_example_with_every_line_uncommented_is_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(r"^#(SHOPDB_)", r"\1", EXAMPLE, flags=re.MULTILINE))
    given, default = (
        load_settings({}, tmp_path / ".env"),
        load_settings({"SHOPDB_HOME": str(tmp_path / "var")}),
    )
    assert repr(given) == repr(default)


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_documentation_names_no_setting_that_does_not_exist(path: Path) -> None:
    named = set(re.findall(r"\bSHOPDB_[A-Z_]+\b", path.read_text()))
    assert named <= {*KEYS, *COLLECTOR_KEYS}
