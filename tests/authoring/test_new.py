"""`shopdb plugin new`: what it writes works on the first try, and it writes over nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopdb.authoring.check import check
from shopdb.authoring.skeleton import skeleton
from shopdb.cli import main
from shopdb.plugins.loader import load

LONGEST = "a_name_of_forty_letters_which_is_longest"


def new(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["plugin", "new", *map(str, arguments)])


def paths(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
def test_a_new_plugin_passes_its_tests_and_every_check_without_a_hint(tmp_path: Path) -> None:
    assert new("lockers", "--to", tmp_path).exit_code == 0
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "lockers"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith(("SHOPDB_", "PYTEST_"))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout + tests.stderr
    found = check(tmp_path / "lockers")
    assert (found.problems, found.hints) == ((), ())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["groups", LONGEST])
def test_any_name_that_is_taken_works(tmp_path: Path, name: str) -> None:
    assert new(name, "--to", tmp_path).exit_code == 0
    found = check(tmp_path / name)
    assert (found.problems, found.hints) == ((), ())


@pytest.mark.parametrize("name", ["asset", "boxes", "class_", "news", "order", "ss", "torque", "widgets", "x1_y2"])
def test_no_name_makes_code_that_cannot_be_loaded(tmp_path: Path, name: str) -> None:
    assert new(name, "--to", tmp_path).exit_code == 0
    (resource,) = load([tmp_path], strict=True).resources
    assert resource.name == name


def test_what_it_writes_is_laid_out_as_ruff_lays_it_out(tmp_path: Path) -> None:
    assert new("lockers", "--to", tmp_path).exit_code == 0
    for what in (["format", "--check"], ["check", "--select", "E,F,I,W,UP,B,SIM"]):
        command = [sys.executable, "-m", "ruff", *what, "--isolated", "--line-length", "120", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Lockers", "a-z, 0-9 and _, a letter first"),
        ("1lockers", "a letter first"),
        ("", "a letter first"),
        ("lock-ers", "a-z, 0-9 and _"),
        ("../lockers", "a-z, 0-9 and _"),
        ("löckers", "a-z, 0-9 and _"),
        ("l" * 41, "at most 40"),
        ("lockers\n", "a-z, 0-9 and _"),
        ("plugin", "a word that core uses"),
        ("collector", "a word that core uses"),
        ("assets", "a table or record type of core"),
        ("api_tokens", "a table or record type of core"),
        ("usb", "a plugin that comes with shopdb"),
        ("usb_checkouts", "a table of usb, which comes with shopdb"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    refused = new(name, "--to", tmp_path)
    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "lockers").mkdir()
    (tmp_path / "lockers" / "mine.txt").write_text("kept")
    for there in ("lockers", "a_link"):
        (tmp_path / "a_link").unlink(missing_ok=True)
        (tmp_path / "a_link").symlink_to(tmp_path / "nowhere")
        refused = new(there, "--to", tmp_path, "--yes")
        assert refused.exit_code == 1
        assert "is there already, and nothing is written over" in refused.stderr
    assert list(paths(tmp_path)) == ["lockers/mine.txt"]


def test_a_dry_run_tells_the_files_and_writes_none(tmp_path: Path) -> None:
    told = json.loads(new("lockers", "--to", tmp_path / "deep", "--dry-run", "--json").stdout)
    assert told == {
        "name": "lockers",
        "folder": str(tmp_path / "deep" / "lockers"),
        "files": list(skeleton("lockers")),
        "written": False,
    }
    assert list(tmp_path.iterdir()) == []
    new("lockers", "--to", tmp_path / "deep")
    assert list(paths(tmp_path / "deep" / "lockers")) == sorted(told["files"])
