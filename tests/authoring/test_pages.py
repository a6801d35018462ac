"""The pages for plugin authors say of fixtures, archives and commands what the code says."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FixtureFunctionDefinition

from shopdb import testing
from shopdb.cli.plugin import PLACES
from shopdb.plugins import archive_rules, rules
from shopdb.store.lint import RULES as MIGRATION_RULES
from shopdb.testing import fixtures
from shopdb.testing.sites import SERVER

DOCS = Path(__file__).parents[2] / "docs"
HOOKS = (DOCS / "PLUGIN-HOOKS.md").read_text("utf-8")
CALLED = {"Push": "push(document) -> Answer", "Command": "command(*arguments, input=None)"}
"""The types that are functions, as the page writes a call of them."""


def section(heading: str) -> str:
    return HOOKS.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_page_names_every_rule_of_archives_in_its_own_words() -> None:
    rows = re.findall(r"^\| (A\d{3}) \| (.+) \|$", section("Archives and their codes"), re.MULTILINE)
    assert [(code, told.replace("\\|", "|")) for code, told in rows] == list(archive_rules.RULES.items())


def test_the_page_names_every_fixture() -> None:
    named = re.findall(r"^\| `(\w+)` \|", section("Tests").split("Their types")[0], re.MULTILINE)
    public = {
        name
        for name, thing in vars(fixtures).items()
        if isinstance(thing, FixtureFunctionDefinition) and not name.startswith("_")
    }
    assert sorted(named) == sorted(public)


def test_the_page_names_every_member_of_their_types_with_its_signature() -> None:
    written: dict[str, list[str]] = {}
    kind = ""
    for first, second in re.findall(
        r"^\| (`\w+`)? ?\| (`.+?`) \|", section("Tests").split("Their types")[1], re.MULTILINE
    ):
        kind = first.strip("`") or kind
        written.setdefault(kind, []).extend(re.findall(r"`([^`]+)`", second))
    assert written == {name: [*members(getattr(testing, name))] for name in testing.__all__ if name in written}
    assert sorted(written) == sorted(testing.__all__)


def members(kind: type[Any]) -> Iterator[str]:
    """Yield the public members of a type, as the page writes them."""
    if kind.__name__ in CALLED:
        yield CALLED[kind.__name__]
        return
    names = {**dict.fromkeys(getattr(kind, "__dataclass_fields__", ())), **vars(kind)}
    for name in names:
        thing = vars(kind).get(name)
        if name.startswith("_") or name in ("access", "close"):
            continue
        if inspect.isfunction(thing):
            signature = str(inspect.signature(thing)).replace("(self, ", "(")
            yield name + re.sub(r"'([^']*)'", r"\1", signature).replace("= a test", '= "a test"')
        else:
            yield name


def test_the_page_names_the_variable_that_brings_a_server() -> None:
    assert f"`{SERVER}=" in section("Tests")
    assert f"`{SERVER}=" in (DOCS / "PLUGIN-QUALITY.md").read_text("utf-8")


@pytest.mark.parametrize("page", ["PLUGIN-HOOKS.md", "PLUGIN-QUICKSTART.md", "PLUGIN-QUALITY.md"])
def test_the_commands_and_codes_that_a_page_names_are_there(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert set(re.findall(r"shopdb plugin (\w+)", text)) <= set(PLACES)
    known = {*rules.RULES, *archive_rules.RULES, *MIGRATION_RULES}
    assert set(re.findall(r"\b[AMP]\d{3}\b", text)) <= known
