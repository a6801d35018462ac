"""`shopdb import` as it is typed."""

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
