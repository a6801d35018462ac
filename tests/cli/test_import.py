"""`shopdb import` as it is typed."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopdb.cli import main
from shopdb.config import Settings
from tests.sites import environment

LIST = "Number,Name,Purchased on\nA-1,Bench,2024-01-02\nA-2,=cmd|'/C calc'!A0,soon\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "things.csv"
    path.write_text(LIST)
    return path


@pytest.fixture
def runner(site: Settings) -> CliRunner:
    return CliRunner(env=environment(site))


def test_bad_rows_keep_everything_out_unless_the_good_ones_are_asked_for(runner: CliRunner, sheet: Path) -> None:
    refused = runner.invoke(main, ["import", str(sheet), "assets", "--yes"])
    assert refused.exit_code == 1
    assert "row 3 is refused: Purchased on" in refused.output
    assert "1 of 2 rows were refused" in refused.output
    assert runner.invoke(main, ["q", "assets", "asset_number=A-1", "--csv"]).output.count("\n") == 1

    done = runner.invoke(main, ["import", str(sheet), "assets", "--yes", "--good-rows"])
    assert done.exit_code == 0, done.output
    assert "takes it back" in done.output
    assert "Bench" in runner.invoke(main, ["q", "assets", "asset_number=A-1", "--csv"]).output
    handed_back = sheet.with_name("things.rejected.csv")
    text = handed_back.read_text("utf-8-sig")
    assert "'=cmd" in text, "what a spreadsheet would run is kept from it"

    handed_back.write_text(text.replace("soon", "2024-03-04"), "utf-8")
    mended = runner.invoke(main, ["import", str(handed_back), "assets", "--yes"])
    assert mended.exit_code == 0, mended.output
    assert "=cmd|'/C calc'!A0" in runner.invoke(main, ["q", "assets", "asset_number=A-2", "--json"]).output


def test_a_preview_changes_nothing(runner: CliRunner, sheet: Path) -> None:
    shown = runner.invoke(main, ["import", str(sheet), "assets", "--dry-run", "--good-rows", "--json"])
    assert shown.exit_code == 0, shown.output
    assert '"count": 1' in shown.output
    assert runner.invoke(main, ["q", "assets", "asset_number=A-1", "--csv"]).output.count("\n") == 1


def written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_rows_that_cannot_be_handed_back_keep_everything_out(runner: CliRunner, sheet: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nobody's" / "rejected.csv"
    told = runner.invoke(main, ["import", str(sheet), "assets", "--yes", "--good-rows", "--rejected", str(nowhere)])
    assert isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code == 1
    assert f"cannot be written to {nowhere} (No such file or directory), so nothing was taken in" in told.output
    assert "--rejected FILE" in told.output
    assert "Bench" not in runner.invoke(main, ["q", "assets", "--csv"]).output


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_list_that_this_account_may_not_read_is_told_from_one_that_is_not_there(
    runner: CliRunner, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = runner.invoke(main, ["import", f"{sheet}.gone", "assets", "--dry-run"])
    assert told.exit_code == 2
    assert "There is no file" in told.output

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    told = runner.invoke(main, ["import", str(sheet), "assets", "--dry-run"])
    assert told.exit_code == 1
    assert "things.csv cannot be read by this account" in told.output


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_preview_says_how_records_are_found_and_which_rows_are_left_out(runner: CliRunner, tmp_path: Path) -> None:
    first = written(tmp_path / "first.csv", "Name;Serial number\nWS-1;S-1\n")
    assert runner.invoke(main, ["import", first, "computers", "--yes"]).exit_code == 0
    second = written(
        tmp_path / "second.csv", "Name;What;Serial number;Number\nWS-1;PC;S-1;PC-077\nMax;Coffee maker;;\n"
    )
    left_out = ["--by", "What", "--kind", "coffee MAKER="]
    shown = runner.invoke(main, ["import", second, "mixed", *left_out, "--dry-run"])
    assert shown.exit_code == 0, shown.output
    assert "row 2: found by its serial number; its number changes from A-" in shown.output
    assert "rows of a kind that you leave out: 1" in shown.output
    as_json = runner.invoke(main, ["import", second, "mixed", *left_out, "--dry-run", "--json"]).output
    assert '"left_out": 1' in as_json
    assert "to PC-077" in as_json


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_preview_with_refused_rows_does_not_speak_as_if_it_had_been_real(runner: CliRunner, sheet: Path) -> None:
    told = runner.invoke(main, ["import", str(sheet), "assets", "--dry-run"])
    assert told.exit_code == 1
    assert "1 of 2 rows would be refused, so nothing would be taken in" in told.output


def test_the_example_of_a_mixed_list_does_what_its_page_says(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "IMPORT.md").read_text("utf-8").partition("## Mixed lists")[2]
    (listed,) = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    command = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0].replace("\\\n", "")
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "machines.csv", listed)
    done = runner.invoke(main, [*shlex.split(command)[1:], "--yes"])
    assert done.exit_code == 0, done.output
    for count in ("3 computers: new", "3 equipment: new", "1 printers: new", "1 computers: changed"):
        assert count in done.output
    found = runner.invoke(main, ["q", "computers", "--json"]).output
    pcs = {one["label"]: [ref["label"] for ref in one["drives"]] for one in json.loads(found)}
    assert pcs == {"WS-CELL1": ["Haas VF-2", "Okuma LB"], "WS-SAW": ["Amada saw"], "WS-CMM1": []}
    again = runner.invoke(main, [*shlex.split(command)[1:], "--yes"])
    assert "Nothing was changed" in again.output
