"""Each rule of migrations: a bad revision breaks it, and nothing else, on both engines."""

# ruff: noqa: S608  the statements are those of revisions that are written here

from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Column, Engine, Integer, Table

from shopdb.store.lint import RULES
from shopdb.store.lint.rules import Finding
from tests.store.lint_owner import gauges, linted, write
from tests.store.owners import make_owner

ADD = 'op.add_column("gauges", sa.Column("colour", line(20)))'
DROP = 'op.drop_column("gauges", "colour")'
TABLES = "sa.inspect(op.get_bind()).get_table_names()"


class Broken(NamedTuple):
    """The rule, what the second revision does, how it goes back, and how what is told begins."""

    rule: str
    up: str
    back: str | None
    starts: list[str]


BROKEN = [
    Broken("M005", ADD, None, ["there is no downgrade()"]),
    Broken("M005", ADD, 'raise NotImplementedError("only forward")', ["downgrade() refuses"]),
    Broken("M005", ADD, '"""Nothing to do."""\npass', ["downgrade() does nothing"]),
    Broken(
        "M010",
        'op.drop_table("gauge_readings")',
        """
        op.create_table(
            "gauge_readings",
            sa.Column("id", BigId, primary_key=True),
            sa.Column("gauge_id", BigId, sa.ForeignKey("gauges.id", ondelete="CASCADE"), index=True),
        )
        """,
        ["it drops the table gauge_readings"],
    ),
    Broken(
        "M011",
        f'if "gauge_readings" in {TABLES}:\n    op.execute("ALTER TABLE gauge_readings RENAME TO gauge_values")',
        f'if "gauge_values" in {TABLES}:\n    op.execute("ALTER TABLE gauge_values RENAME TO gauge_readings")',
        ["plain SQL renames a table: ALTER TABLE gauge_readings RENAME TO gauge_values"],
    ),
    Broken(
        "M012",
        'op.drop_column("gauges", "place")',
        'op.add_column("gauges", sa.Column("place", line(40)))',
        ["it drops the column gauges.place"],
    ),
    Broken(
        "M013",
        'op.alter_column("gauges", "place", new_column_name="bay")',
        'op.alter_column("gauges", "bay", new_column_name="place")',
        ["it renames the column gauges.place to bay"],
    ),
    Broken(
        "M014",
        'op.alter_column("gauges", "place", type_=line(10))',
        'op.alter_column("gauges", "place", type_=line(40))',
        ["not every VARCHAR(40)"],
    ),
    Broken(
        "M015", 'op.execute("DELETE FROM gauge_readings")', "pass", ["plain SQL may lose what is there: DELETE FROM"]
    ),
    Broken(
        "M015",
        "op.get_bind().execute(sa.text(\"UPDATE gauges SET state = 'secret'\"))",
        "pass",
        ["plain SQL may lose what is there: UPDATE gauges SET state = ''"],
    ),
    Broken(
        "M020",
        'op.add_column("gauges", sa.Column("colour", line(20), nullable=False))',
        DROP,
        ["gauges.colour is NOT NULL and has no server default"],
    ),
    Broken(
        "M021",
        'op.alter_column("gauges", "place", nullable=False)',
        'op.alter_column("gauges", "place", nullable=True)',
        ["it makes gauges.place NOT NULL, where rows may have nothing"],
    ),
    Broken(
        "M022",
        'op.create_unique_constraint("uq_gauges_name", "gauges", ["name"])',
        'op.drop_constraint("uq_gauges_name", "gauges", "unique")',
        ["it makes (name) of gauges unique, where rows may be alike"],
    ),
    Broken(
        "M022",
        'op.create_index("ix_gauges_name", "gauges", ["name", "place"], unique=True)',
        'op.drop_index("ix_gauges_name", "gauges")',
        ["it makes (name, place) of gauges unique, where rows may be alike"],
    ),
    Broken(
        "M022",
        'op.add_column("gauges", sa.Column("badge", line(20), unique=True, server_default="none"))',
        'op.drop_column("gauges", "badge")',
        ["it makes (badge) of gauges unique, where rows may be alike"],
    ),
    Broken("M030", f'{ADD}\nraise RuntimeError("the tap is stuck")', DROP, ["the way forward stops: the tap is stuck"]),
    Broken("M030", ADD, 'op.execute("SELECT id FROM nowhere")', ["the way back stops: "]),
    Broken(
        "M031",
        f'{ADD}\nop.create_index("ix_gauges_name", "gauges", ["name"])',
        DROP,
        ["gauges: index ix_gauges_name is new"],
    ),
    Broken(
        "M032",
        f'if not op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM gauges")):\n    {ADD}',
        f"{DROP}\nop.execute(\"INSERT INTO gauges (name) VALUES ('Micrometer')\")",
        ["gauges: column colour is gone"],
    ),
    Broken(
        "M033",
        'op.execute("CREATE INDEX ix_gauges_name ON gauges (name)")',
        'op.drop_index("ix_gauges_name", "gauges")',
        ["run again: "],
    ),
    Broken(
        "M033",
        "op.execute(\"INSERT INTO gauges (name) VALUES ('Micrometer'), ('Caliper')\")",
        "pass",
        ["run again: gauges has 4 rows and had 2"],
    ),
    Broken(
        "M034",
        f"""
        if "gauge_notes" not in {TABLES}:
            op.create_table("gauge_notes", sa.Column("id", BigId, primary_key=True))
            op.create_table("gauge_tags", sa.Column("id", BigId, primary_key=True))
        """,
        'op.drop_table("gauge_tags")\nop.drop_table("gauge_notes")',
        ["when it was cut off meanwhile: table gauge_tags is gone"],
    ),
]
OTHERWISE = {"M001", "M002", "M003", "M004", "M023", "M035", "M040", "M041", "M042"}


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.told for finding in findings]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.rule} {broken.starts[0][:24]}")
def test_a_revision_that_breaks_one_rule_is_told_that_rule(
    empty_engine: Engine, tmp_path: Path, broken: Broken
) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", broken.up, broken.back)
    found = linted(empty_engine, owner)
    place = (broken.rule, "gauges", "0002_second", ())
    assert [(one.rule, one.owner, one.revision, one.engines) for one in found] == [place for _ in broken.starts]
    assert [one[: len(start)] for one, start in zip(told(found), broken.starts, strict=True)] == broken.starts


def test_every_rule_is_broken_by_some_test() -> None:
    assert {broken.rule for broken in BROKEN} | OTHERWISE == set(RULES)


@pytest.mark.parametrize(
    ("id", "down", "starts"),
    [
        ("0002_" + "x" * 28, "0001_first", "0002_xxx"),
        ("0002_second", None, "0001_first and 0002_second both follow nothing"),
        ("0002_second", "0001_gone", "no way leads from the first revision to 0002_second"),
    ],
)
def test_a_history_that_is_no_straight_line_is_told_and_not_run(
    empty_engine: Engine, tmp_path: Path, id: str, down: str | None, starts: str
) -> None:
    owner = gauges(tmp_path)
    write(owner, id, ADD, DROP, down=down)
    (found,) = linted(empty_engine, owner)
    assert (found.rule, found.revision) == ("M001", "")
    assert found.told.startswith(starts)


@pytest.mark.parametrize("id", ["second", "2_second", "0002_Second", "0002 second"])
def test_an_odd_id_is_told(empty_engine: Engine, tmp_path: Path, id: str) -> None:
    owner = gauges(tmp_path)
    write(owner, id, ADD, DROP)
    (found,) = linted(empty_engine, owner)
    assert (found.rule, found.told) == ("M002", f"{id!r} is not an id such as 0002_colour")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("from shopdb.api import Asset", "Asset from shopdb.api"),
        ("import orjson", "orjson"),
        ("from shopdb.store.types import line as text", "line from shopdb.store.types"),
        ("if False:\n    from ..models import Gauge", "Gauge from ..models"),
    ],
)
def test_a_revision_that_takes_what_moves_on_is_told(
    empty_engine: Engine, tmp_path: Path, line: str, what: str
) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", ADD, DROP, top=line)
    (found,) = linted(empty_engine, owner)
    assert found.rule == "M003"
    assert found.told.endswith(f"imports {what}")


@pytest.mark.parametrize(
    ("top", "up", "starts"),
    [
        ("from alembic import op as alembic_op", ADD, "line 6 imports op from alembic"),
        (
            "from importlib import import_module",
            f"{ADD}\nimport_module('alembic.op').execute('UPDATE gauges SET state = name WHERE id = 1')",
            "alembic's execute runs without",
        ),
    ],
)
def test_alembics_own_operations_are_told(empty_engine: Engine, tmp_path: Path, top: str, up: str, starts: str) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", up, DROP, top=top)
    found = linted(empty_engine, owner)
    assert [(one.rule, one.told[: len(starts)]) for one in found] == [("M004", starts)]


@pytest.mark.parametrize(
    "up",
    [
        'op.add_column("makers", sa.Column("colour", line(20)))',
        "op.execute(\"UPDATE makers SET name = 'x' WHERE id = 1\")",
        'op.create_index("ix_makers_name", "makers", ["name"])',
    ],
)
def test_whoever_touches_another_owners_table_is_told(empty_engine: Engine, tmp_path: Path, up: str) -> None:
    makers = make_owner(tmp_path, "makers")
    table = 'op.create_table("makers", sa.Column("id", BigId, primary_key=True), sa.Column("name", line(20)))'
    write(makers, "0001_makers", table, 'op.drop_table("makers")', down=None)
    owner = gauges(tmp_path)
    write(owner, "0002_second", up, 'op.drop_index("ix_makers_name", "makers")' if "index" in up else "pass")
    found = linted(empty_engine, owner, makers)
    assert ("M023", "it writes to makers, which is not a table of gauges") in [(one.rule, one.told) for one in found]


def test_models_that_say_something_else_are_told(empty_engine: Engine, tmp_path: Path) -> None:
    owner = gauges(tmp_path)
    Table("gauge_notes", owner.metadata, Column("id", Integer, primary_key=True))
    (found,) = linted(empty_engine, owner)
    assert (found.rule, found.revision) == ("M035", "")
    assert found.told == "table gauge_notes is in the models and not in the database"


@pytest.mark.parametrize(
    ("up", "back"),
    [
        (ADD, DROP),
        (f'{ADD}\nop.create_unique_constraint("uq_gauges_colour", "gauges", ["colour"])', DROP),
        ('op.add_column("gauges", sa.Column("colour", line(20), server_default="grey", nullable=False))', DROP),
        ('op.alter_column("gauges", "place", type_=line(80))', 'op.alter_column("gauges", "place", type_=line(40))'),
        (f'{ADD}\nop.execute("UPDATE gauges SET colour = state WHERE colour IS NULL")', DROP),
        ("op.execute(\"INSERT INTO gauges (name) SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM gauges)\")", "pass"),
        (
            """
            notes = sa.Column("id", BigId, primary_key=True), sa.Column("text", line(9)), sa.Column("day", sa.Date)
            op.create_table("gauge_notes", *notes)
            op.alter_column("gauge_notes", "text", type_=line(5), nullable=False)
            op.create_unique_constraint("uq_gauge_notes_text", "gauge_notes", ["text"])
            op.drop_column("gauge_notes", "day")
            op.execute("DELETE FROM gauge_notes")
            """,
            'op.drop_table("gauge_notes")',
        ),
        ("pass", "pass"),
    ],
)
def test_what_adds_and_loses_nothing_is_in_order(empty_engine: Engine, tmp_path: Path, up: str, back: str) -> None:
    owner = gauges(tmp_path)
    write(owner, "0002_second", up, back)
    assert linted(empty_engine, owner) == ()
