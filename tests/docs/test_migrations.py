"""docs/MIGRATIONS.md: its rules are the code's, its example keeps them, and its query finds what is equipment."""

import re
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.store.engine import open_engine
from shopdb.store.lint import RULES, Rule, lint
from shopdb.store.models import Asset, AssetRelationship, AssetType, RelationshipType
from tests.store.lint_owner import linted, write
from tests.store.owners import make_owner

PAGE = (Path(__file__).parents[2] / "docs" / "MIGRATIONS.md").read_text("utf-8")
FIRST = """
op.create_table("gauges", sa.Column("id", BigId, primary_key=True), sa.Column("place", line(40)))
"""


def waiver(rule: Rule) -> str:
    if rule.destructive:
        return "reason, rollback, `expanded_in`"
    return "reason" if rule.waivable else "none"


def test_the_page_has_the_rules_of_the_code() -> None:
    rows = re.findall(r"^\| (M\d{3}) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(code, rule.told, waiver(rule)) for code, rule in RULES.items()]
    assert set(re.findall(r"M\d{3}", PAGE)) == set(RULES)


def test_the_example_of_a_rename_keeps_every_rule(tmp_path: Path) -> None:
    owner = make_owner(tmp_path, "gauges")
    write(owner, "0001_gauges", FIRST, 'op.drop_table("gauges")', down=None)
    examples = re.findall(r"<!-- gauges/migrations/versions/(\w+\.py) -->\n```python\n(.+?)```", PAGE, re.DOTALL)
    assert len(examples) == 3
    for name, source in examples:
        (owner.script_location / "versions" / name).write_text(source, "utf-8")
    engine = open_engine("sqlite://")
    assert linted(engine, owner) == ()
    last = owner.script_location / "versions" / "0004_no_place.py"
    last.write_text(re.sub(r"^lint = .*\n", "", last.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    assert [one.rule for one in lint([engine], [owner])] == ["M012", "M040"]


def test_the_query_finds_what_adr_005_calls_equipment(shop: Shop) -> None:
    query = re.search(r"^```sql\n(SELECT assets.id\n.+?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert query is not None
    assert set(re.findall(r"'(\w+)'", query[1])) - {"drives"} <= set(shop.catalog)

    def fill(session: Session) -> None:
        drives = session.scalars(select(RelationshipType).where(RelationshipType.name == "drives")).one()
        machine = session.scalars(select(AssetType).where(AssetType.name == "Machine")).one()
        lathe, driven, controller, desk, speaking = (
            Asset(asset_number=name, name=name) for name in ("lathe", "driven", "controller", "desk", "speaking")
        )
        lathe.type_id, controller.type_id = machine.id, machine.id
        controller.resource = "computers"
        session.add_all([lathe, driven, controller, desk, speaking])
        session.flush()
        session.add(AssetRelationship(source_id=controller.id, target_id=driven.id, type_id=drives.id))
        equipment = shop.plugins.contributions["equipment"].models[0]
        session.add(equipment(asset_id=speaking.id, protocol="MTConnect"))

    shop.write(SYSTEM.doing("a mixed list"), fill)
    with shop.engine.connect() as connection:
        names = connection.execute(text(f"SELECT name FROM assets WHERE id IN ({query[1]})"))  # noqa: S608 the page's
        assert set(names.scalars()) == {"lathe", "driven", "speaking"}
