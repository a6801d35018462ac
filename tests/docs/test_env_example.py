"""`.env.example` is the inventory of the settings; `python tests/docs/test_env_example.py` writes it anew."""

import re
from dataclasses import fields
from pathlib import Path
from textwrap import wrap

import pytest

from shopdb.config import COLLECTOR_KEYS, KEYS, Settings, load_settings
from shopdb.config.keys import SECTIONS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
ALL = {**KEYS, **COLLECTOR_KEYS}
INTRO = """\
# The settings of a site. Copy this file to .env (in $SHOPDB_HOME, or beside where you start shopdb) and take
# the # away from the lines you want to change. What the environment says wins over this file.
# Keep it to yourself: chmod 600 .env, or 640 where technicians read it by its group.
"""
WIDTH = 110


def example() -> str:
    """Return the whole file."""
    sections = (
        f"\n# --- {section} {'-' * (WIDTH - 7 - len(section))}\n"
        + "".join(
            "".join(f"\n# {line}" for line in wrap(key.help, WIDTH - 2, break_on_hyphens=False))
            + f"\n#{name}={key.default}\n"
            for name, key in ALL.items()
            if key.section == section
        )
        for section in SECTIONS
    )
    return INTRO + "".join(sections)


def test_the_example_shows_every_setting_with_its_help_and_default() -> None:
    assert EXAMPLE.read_text() == example(), "run `.venv/bin/python tests/docs/test_env_example.py`"


def test_every_setting_is_an_attribute_and_every_attribute_a_setting() -> None:
    assert {name.removeprefix("SHOPDB_").lower() for name in KEYS} == {one.name for one in fields(Settings)}


def test_what_is_required_stands_apart_and_first() -> None:
    shown = re.findall(r"^(?:# --- (.+) -+|#(SHOPDB_\w+)=.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert shown[:3] == [("Required in production", ""), ("", "SHOPDB_ENV"), ("", "SHOPDB_SECRET_KEY")]
    assert [name for _, name in shown if name] == [*ALL]


def test_the_example_with_every_line_uncommented_is_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(r"^#(SHOPDB_)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE))
    given, default = (
        load_settings({}, tmp_path / ".env"),
        load_settings({"SHOPDB_HOME": str(tmp_path / "var")}),
    )
    assert repr(given) == repr(default)


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_documentation_names_no_setting_that_does_not_exist(path: Path) -> None:
    named = set(re.findall(r"\bSHOPDB_[A-Z_]+\b", path.read_text()))
    assert named <= {*ALL}


if __name__ == "__main__":
    EXAMPLE.write_text(example())
