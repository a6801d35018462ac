"""`shopdb plugin check`: the whole contract, for whoever writes a plugin."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shopdb.authoring.check import check
from shopdb.plugins.loader import bundled_folder
from shopdb.plugins.manifest import read_manifest
from shopdb.plugins.packing import pack
from tests.cli.conftest import called
from tests.plugins_life.faulty_parts import revision
from tests.plugins_on_disk import COLLECTING, write_plugin

NO_README = "there is no README that says what it is for and what to do after installing it"
BUNDLED = sorted(path.parent for path in bundled_folder().glob("*/manifest.json"))
PAGE = (Path(__file__).parents[2] / "docs" / "PLUGIN-HOOKS.md").read_text("utf-8")
GOOD: dict[str, Any] = {
    "manifest": {
        "core_version": ">=0.3,<0.4",
        "author": "A stranger",
        "description": "Hand tools that are calibrated.",
    },
    "hooks": "def get_navigation_items(self):\n    return [NavItem('Gauges', 'gauges')]",
    "files": {"README.md": "Gauges.", "tests/test_gauges.py": "def test_it(): ..."},
}


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda folder: folder.name)
def test_a_bundled_plugin_keeps_the_whole_contract(folder: Path) -> None:
    found = check(folder)
    meta = read_manifest(folder).meta
    assert meta is not None
    assert (found.name, found.version) == (meta.name, meta.version)
    assert (found.problems, found.hints) == ((), (NO_README,))
    titles = [one.title for one in found.checks]
    assert "Its migrations keep the rules of migrations" in titles
    assert ("Example 1 of its collector schema is taken in" in titles) == bool(found.brings["collector"])
    assert found.tests


def test_the_plugin_of_the_contract_s_page_keeps_the_contract(tmp_path: Path) -> None:
    for name, content in re.findall(r"<!-- (gauges/\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    assert check(tmp_path / "gauges").problems == ()


def test_a_plugin_with_all_that_is_good_gets_no_hint(tmp_path: Path) -> None:
    found = check(write_plugin(tmp_path, **GOOD))
    assert {one.state for one in found.checks} == {"ok"}
    assert found.tests == ("tests/test_gauges.py",)


def test_what_could_be_better_is_no_fault(tmp_path: Path) -> None:
    folder = write_plugin(
        tmp_path,
        hooks="""
        def get_screens(self):
            return [ScreenSpec("bench", "Bench", _bench)]

        def get_cli_commands(self):
            import click

            return [click.Command("due")]
        """,
        files={
            "more.py": "x = 1",
            "collector.schema.json": json.dumps(COLLECTING),
            "resources.py": """
            '''How people meet gauges.'''

            from shopdb.api import Field, describe

            from .models import Gauge

            GAUGES = describe(Gauge, title="Gauges", fields=(Field("name", "Name", listed=True),))
            """,
        },
    )
    plugin = folder / "plugin.py"
    making = "def _bench(context):\n    from textual.screen import Screen\n\n    return Screen()\n"
    plugin.write_text(f"{plugin.read_text()}\n\n{making}")
    found = check(folder)
    assert found.problems == ()
    assert found.hints == (
        'the manifest names no core_version, so that it counts as written for every contract: say ">=0.3,<0.4"',
        "the manifest names no author",
        "the description 'Hand tools.' says little, and is all that people see of it in a list",
        NO_README,
        "there are no tests: put them into tests/test_*.py, `shopdb.testing` has fixtures for them",
        "more.py has no docstring that says what is in it",
        "no entry of the navigation opens gauges",
        "the global search looks for nothing in gauges: give a field searched=True",
        "no entry of the navigation opens the screen 'Bench'",
        "the collector schema shows no push in its examples",
        "the command due has no help",
    )


def test_a_zip_is_checked_as_its_folder_is(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path, **GOOD)
    archive = tmp_path / "gauges-1.0.0.zip"
    archive.write_bytes(pack(folder))
    titles = [one.title for one in check(archive).checks]
    assert titles[0] == "Its archive can be taken"
    assert titles[1:] == [one.title for one in check(folder).checks][1:]


def test_what_cannot_be_packed_is_not_looked_at_any_further(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path, files={"manifest.json": "{", "parts.pth": "import os"})
    (only,) = check(folder).checks
    assert only.title == "It can be packed"
    assert [problem.split()[0] for problem in only.problems] == ["A040", "A050"]


def test_the_source_the_migrations_and_the_trial_are_all_looked_at(tmp_path: Path) -> None:
    files = {"more.py": '"""More."""\nimport numpy', **revision("op.drop_column('gauges', 'name')")}
    found = check(write_plugin(tmp_path, **{**GOOD, "files": {**GOOD["files"], **files}}))
    states = {one.title: one.state for one in found.checks}
    assert states["Its source can be read and imports what it may"] == "fault"
    assert states["Its migrations keep the rules of migrations"] == "fault"
    assert {"P038", "M012", "P048"} <= {problem.split()[0] for problem in found.problems}


def test_what_it_needs_is_found_among_the_bundled_and_beside_it(tmp_path: Path) -> None:
    write_plugin(tmp_path, "others")
    write_plugin(tmp_path / "site", "thirds")
    folder = write_plugin(tmp_path, **{**GOOD, "manifest": {"dependencies": ["usb", "others", "thirds"]}})
    found = check(folder, [tmp_path / "site"])
    assert found.ok
    assert "It loads beside others, thirds, usb" in {one.title for one in found.checks}


# --- the command ----------------------------------------------------------------------------------------


def test_the_command_prints_a_line_for_each_check_and_the_sum(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path, **{**GOOD, "hooks": "def on_enable(self, session):\n    print(1 / 0, 'x\\x1b[2J')"})
    answer = called("plugin", "check", str(folder))
    assert answer.exit_code == 1
    lines = answer.stdout.splitlines()
    assert lines[0] == "ok     It can be packed"
    where = lines.index("fault  on_enable() runs")
    assert lines[where + 1] == "       P036 on_enable() raised ZeroDivisionError: division by zero (plugin.py line 25)"
    assert lines[-2] == f"It has tests of its own, which pytest runs: pytest {folder}/tests"
    assert lines[-1] == "gauges 1.0.0: 1 fault and 1 hint in 19 checks."
    assert "\x1b" not in answer.stdout


def test_the_command_answers_programs_in_json_and_touches_no_site(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path / "plugins", **GOOD)
    answer = called("plugin", "check", str(folder), "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert (told["name"], told["version"], told["ok"], told["log"]) == ("gauges", "1.0.0", True, "")
    assert told["checks"][0] == {"title": "It can be packed", "state": "ok", "problems": [], "hints": []}
    assert told["brings"]["resources"] == ["gauges"]
    assert [path.name for path in tmp_path.iterdir()] == ["plugins"]


def test_the_command_refuses_what_is_not_there(tmp_path: Path) -> None:
    assert called("plugin", "check", str(tmp_path / "nothing")).exit_code == 2


def test_the_hidden_command_does_nothing_without_whoever_needs_it() -> None:
    assert "try-out" not in called("plugin", "--help").stdout
