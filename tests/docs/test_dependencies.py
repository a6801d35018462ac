import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = (ROOT / "requirements.txt").read_text()
PINS_TO_RUN = (ROOT / "deploy" / "requirements.txt").read_text()
DECLARED = {
    "At run time": PROJECT["project"]["dependencies"],
    "For development": PROJECT["dependency-groups"]["dev"],
}


def test_every_dependency_has_its_reason_and_nothing_else_has() -> None:
    page = (ROOT / "docs" / "DEPENDENCIES.md").read_text()
    for heading, declared in DECLARED.items():
        _, _, section = page.partition(f"## {heading}\n")
        named = re.findall(r"^\| ([a-z0-9-]+)(?:\[\w+\])? \| \S.*\. \|$", section.partition("\n## ")[0], re.MULTILINE)
        assert named == sorted(Requirement(text).name for text in declared)


def test_every_dependency_is_pinned_within_its_range() -> None:
    pins = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^ ]+)", PINS, re.MULTILINE)
    }
    for text in (*DECLARED["At run time"], *DECLARED["For development"]):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), text


def test_every_pin_has_a_hash_and_no_index_is_named() -> None:
    for requirement in re.split(r"\n(?=\S)", PINS.strip()):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", PINS)


def test_what_is_deployed_is_what_was_tested() -> None:
    tested, deployed = (set(re.split(r"\n(?=\S)", pins.strip())) for pins in (PINS, PINS_TO_RUN))
    assert deployed < tested
    names = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", PINS_TO_RUN, re.MULTILINE)}
    assert {canonicalize_name(Requirement(text).name) for text in DECLARED["At run time"]} <= names
