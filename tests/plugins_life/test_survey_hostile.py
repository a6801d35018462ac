"""Reading the source of plugins that mean no good: it is told, shown short, or left out, and never makes it fail."""

import pytest

from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.survey import Survey, survey
from shopdb.plugins.survey_source import LARGEST_SOURCE, LARGEST_SOURCES, LONGEST_TEXT

META = PluginMeta(name="gauges", version="1.0", description="Hand tools.")
HOSTILE: dict[str, bytes] = {
    "brackets": b"x = " + b"(" * 100_000 + b")" * 100_000,
    "signs": b"x = " + b"-" * 200_000 + b"1",
    "words": b"x = " + b"not " * 100_000 + b"1",
    "attributes": b"x = a" + b".b" * 200_000,
    "sums": b"x = 1" + b"+1" * 200_000,
    "calls": b"x = f" + b"()" * 200_000,
    "functions": b"x = " + b"lambda:" * 50_000 + b"1",
    "branches": b"if 1: pass\n" + b"elif 1: pass\n" * 70_000,
    "nothing at all": b"x = 1\0",
    "an encoding of bytes": b"# coding: hex\n00",
    "an encoding of nothing": b"# coding: undefined\nx = 1",
    "another encoding": "x = 1".encode("utf-16"),
    "no text": b"\xff\xfe\xfd",
    "a number": b"x = " + b"9" * 500_000,
    "too much": b"#" * (LARGEST_SOURCE + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_source_makes_it_fail(name: str) -> None:
    found = surveyed({"plugin.py": HOSTILE[name], "models.py": b"from shopdb.api import Field"})
    (problem,) = found.problems
    assert problem.startswith("P009 plugin.py cannot be read (")
    assert len(problem) < LONGEST_TEXT + 60


def surveyed(files: dict[str, bytes]) -> Survey:
    """Return the survey of files that are no text."""
    return survey(files, META)


@pytest.mark.parametrize(
    "argument",
    [
        "a" + ".b" * 900,
        "1" + "+1" * 900,
        "lambda: " * 90 + "1",
        "0x" + "f" * 100_000,
        "'" + "a" * 100_000 + "'",
        "'\\ud800\\x1b[2J'",
        "[" + "1, " * 50_000 + "]",
        "*every",
        "**every",
        "ROUND",
    ],
)
def test_whatever_is_written_is_shown_short_or_not_at_all(argument: str) -> None:
    source = f"from shopdb.api import NavItem\nfrom .plugin import ABOUT as ROUND\nABOUT = ROUND\nNavItem({argument})"
    ((label, opens, permission),) = surveyed({"plugin.py": source.encode()}).navigation
    assert len(label) <= LONGEST_TEXT
    assert (opens, permission) == ("", "")
    label.encode()


def test_all_files_together_have_a_limit() -> None:
    many = {f"part{number:02}.py": b"#" * LARGEST_SOURCE for number in range(LARGEST_SOURCES // LARGEST_SOURCE + 2)}
    assert [one.split()[1] for one in surveyed(many).problems] == ["part03.py", "part04.py"]


@pytest.mark.parametrize(
    "schema", [b"[" * 100_000, b"{", b"[]", b"{}", b"\xff", b'{"identityfield": 1, "resource": 2}']
)
def test_a_schema_that_says_nothing_is_told(schema: bytes) -> None:
    found = surveyed({"collector.schema.json": schema})
    assert found.collects is None
    assert [problem.split()[0] for problem in found.problems] == ["P070"]
