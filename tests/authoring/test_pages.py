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
from shopdb.plugins.loader import load
from shopdb.store import drift
from shopdb.store.core_resources import ASSETS
from shopdb.store.engine import open_engine
from shopdb.store.lint import RULES as MIGRATION_RULES
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import core_owner
from shopdb.testing import fixtures
from shopdb.testing.sites import SERVER
from tests.plugins_on_disk import write_plugin

DOCS = Path(__file__).parents[2] / "docs"
HOOKS = (DOCS / "PLUGIN-HOOKS.md").read_text("utf-8")
MODELS = """
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shopdb.api import Asset, Numbered, Person, line, loosely_linked_to, owned_by, plugin_base

Base = plugin_base("columns")


class Column(Numbered, Base):
    __tablename__ = "columns"

{columns}
"""
REVISION = """
import sqlalchemy as sa

from shopdb.api import BigId, Moment, line
from shopdb.api import operations as op

revision = "0001_columns"
down_revision = None


def upgrade():
    op.create_table(
        "columns",
        sa.Column("id", BigId, primary_key=True),
{columns}
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
    )


def downgrade():
    op.drop_table("columns")
"""
PLUGIN = """
from shopdb.api import BasePlugin, PluginMeta

from .models import Column


class Columns(BasePlugin):
    meta = PluginMeta.beside(__file__)

    def get_blueprint(self):
        return None

    def get_models(self):
        return (Column,)
"""
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


def test_the_page_names_every_field_of_assets() -> None:
    told = " ".join(HOOKS.split()).split("With `extends=ASSETS` the record also has the fields of assets:")[1]
    assert re.findall(r"`(\w+)`", told.split(". ")[0]) == [field.name for field in ASSETS.fields]


def test_columns_are_the_same_in_model_and_revision_as_the_page_writes_them(tmp_path: Path, database_url: str) -> None:
    table = section("A plugin is a folder").split("### Columns")[1].split("### Fields")[0]
    rows = re.findall(r"^\| `(Mapped.+?)` \| (`.+?`) \|", table.replace("\\|", "\0"), re.MULTILINE)
    assert len(rows) > 8
    pairs = [(model.replace("\0", "|"), ", ".join(re.findall(r"`([^`]+)`", revision))) for model, revision in rows]
    columns = "".join(f"    c{number}: {model}\n" for number, (model, _) in enumerate(pairs))
    made = "".join(f'        sa.Column("c{number}", {revision}),\n' for number, (_, revision) in enumerate(pairs))
    revision = {"migrations/versions/0001_columns.py": REVISION.format(columns=made)}
    rest = {"models.py": MODELS.format(columns=columns), "plugin.py": PLUGIN, "resources.py": None}
    write_plugin(tmp_path, "columns", files={**revision, **rest})
    registry = load([tmp_path], strict=True)
    engine = open_engine(database_url, patient=True)
    owners = [core_owner(), *registry.owners]
    upgrade(engine, owners)
    assert drift.check(engine, owners) == {}
    engine.dispose()
