"""Waivers: a rule may be broken for a reason that the revision gives, and what is lost needs a way back."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from shopdb.store.engine import open_engine
from shopdb.store.lint import lint
from tests.store.lint_owner import gauges, linted, rules, write

DROP = 'op.drop_column("gauges", "place")'
BRING_BACK = 'op.add_column("gauges", sa.Column("place", line(40)))'
NOT_NULL = 'op.alter_column("gauges", "place", nullable=False)'
NULL = 'op.alter_column("gauges", "place", nullable=True)'
WHOLE = """
lint = {"M012": "No program since 1.2 reads it."}
rollback = "Take the column back with this revision; 0001_first fills it from the bay."
expanded_in = "0001_first"
"""


def found(engine: Engine, folder: Path, top: str, up: str = DROP, back: str = BRING_BACK) -> list[tuple[str, str]]:
    """Return what is found when the second revision says this of itself."""
    owner = gauges(folder)
    write(owner, "0002_second", up, back, top=top)
    return [(one.rule, one.told) for one in linted(engine, owner)]


def test_what_is_lost_with_a_reason_a_way_back_and_an_earlier_step_is_in_order(
    empty_engine: Engine, tmp_path: Path
) -> None:
    assert found(empty_engine, tmp_path, WHOLE) == []


def test_what_may_only_be_refused_needs_a_reason_alone(empty_engine: Engine, tmp_path: Path) -> None:
    reason = 'lint = {"M021": "0001_first lets nobody save a gauge without a place."}'
    assert found(empty_engine, tmp_path, reason, NOT_NULL, NULL) == []


@pytest.mark.parametrize(
    ("was", "now", "rule", "told"),
    [
        ("rollback = ", "roll_back = ", "M042", "M012 is waived, and rollback says no way back"),
        ("rollback = ", "rollback = ' ' and ", "M041", "rollback is worked out; it must be written as it is"),
        ("expanded_in = ", "expanded = ", "M042", "M012 is waived, and expanded_in names no revision"),
        ('"0001_first"', '"0002_second"', "M042", "M012 is waived, and '0002_second' is no earlier revision"),
        ('"0001_first"', "1", "M041", "expanded_in is not a str"),
        ('"No program since 1.2 reads it."', '" "', "M041", "M012 is waived without a reason"),
        ('{"M012"', '{"M035": "It is so.", "M012"', "M041", "M035 cannot be waived"),
        ('{"M012"', '{"M099": "It is so.", "M012"', "M041", "there is no rule 'M099'"),
        ('{"M012"', '{"M010": "It is so.", "M012"', "M040", "it waives M010, which is not found"),
    ],
)
def test_a_waiver_that_lacks_something_is_told(  # noqa: PLR0917 one case a line
    empty_engine: Engine, tmp_path: Path, was: str, now: str, rule: str, told: str
) -> None:
    assert was in WHOLE
    assert (rule, told) in found(empty_engine, tmp_path, WHOLE.replace(was, now))


@pytest.mark.parametrize("top", ["lint = ['M012']", "lint = {'M012': 1}", "lint = dict(M012='It is so.')", "lint = {}"])
def test_a_waiver_that_cannot_be_read_waives_nothing(empty_engine: Engine, tmp_path: Path, top: str) -> None:
    told = found(empty_engine, tmp_path, top)
    assert ("M012", "it drops the column gauges.place") in told
    assert ("M041" in {rule for rule, _ in told}) == (top != "lint = {}")


def test_a_way_back_that_belongs_to_no_waiver_is_told(empty_engine: Engine, tmp_path: Path) -> None:
    top = 'rollback = "Once it dropped a column."\nexpanded_in = "0001_first"'
    assert [rule for rule, _ in found(empty_engine, tmp_path, top, NOT_NULL, NULL)] == ["M021", "M040"]


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_a_waiver_for_another_engine_is_not_called_stale_where_that_one_is_not_to_be_had(
    empty_engine: Engine, tmp_path: Path
) -> None:
    elsewhere = f"if not op.is_sqlite():\n    {DROP}"
    assert found(empty_engine, tmp_path / "elsewhere", WHOLE, elsewhere, "pass") == []
    nowhere = found(empty_engine, tmp_path / "nowhere", WHOLE, "pass", "pass")
    assert nowhere == [("M040", "it waives M012, which is not found")]


@pytest.mark.parametrize("engine_kind", [pytest.param("mariadb", marks=pytest.mark.mariadb)])
def test_with_both_engines_a_finding_says_where_it_was_seen_and_stale_is_what_is_found_on_neither(
    empty_engine: Engine, tmp_path: Path
) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", f"if not op.is_sqlite():\n    {DROP}", f"if not op.is_sqlite():\n    {BRING_BACK}")
    write(owner, "0003_third", "op.is_sqlite()", "pass", down="0002_second", top='lint = {"M021": "It is so."}')
    linted(empty_engine, owner)
    both = lint([open_engine("sqlite://"), empty_engine], [owner])
    assert [(one.rule, one.revision, one.engines) for one in both if one.rule != "M035"] == [
        ("M012", "0002_second", ("MariaDB",)),
        ("M040", "0003_third", ()),
    ]
    assert str(both[-2]) == "M012 gauges 0002_second: it drops the column gauges.place (on MariaDB)"


def test_everything_is_told_at_once(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", f"{DROP}\n{NOT_NULL.replace('place', 'name')}", BRING_BACK, top="import orjson")
    write(owner, "third", "op.execute('DELETE FROM gauges')", None, down="0002_second")
    assert rules(linted(empty_engine, owner)) == {"M002", "M003", "M005", "M012", "M015"}
