"""The contract's page and its code say the same: names, signatures, keys and codes."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from shopdb import api
from shopdb.api import BasePlugin, Field, operations
from shopdb.domain.collector import EVIDENCE_KINDS
from shopdb.domain.dashboard import WidgetKind
from shopdb.domain.kinds import Kind
from shopdb.exceptions import PluginError, PluginNotFoundError
from shopdb.plugins.base import COLLECTOR_SCHEMA
from shopdb.plugins.contribution import DESCRIBING_HOOKS
from shopdb.plugins.loader import load
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.rules import RULES
from shopdb.store.drift import check
from shopdb.store.engine import open_engine
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import core_owner

PAGE = (Path(__file__).parents[1] / "docs" / "PLUGIN-HOOKS.md").read_text("utf-8")


def section(heading: str) -> str:
    """Return the text of the page under a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of the tables in a text, without quotes of code."""
    rows = re.findall(r"^\| (.+?)(?<!\\) \|", text, re.MULTILINE)
    return [cell.strip("`").replace("\\|", "|") for cell in rows if cell not in ("name", "operation", "key", "member")]


def called(name: str, thing: Any) -> str:
    """Return a name as the page writes it: functions with their signature."""
    if not inspect.isfunction(thing):
        return name
    signature = str(inspect.signature(thing)).replace("= ''", '= ""')
    return name + re.sub(r"'([^']*)'", r"\1", signature).replace("(self, ", "(").replace("(self)", "()")


def names_of(module: ModuleType) -> set[str]:
    return {called(name, getattr(module, name)) for name in module.__all__}


def test_the_page_names_the_contract_version_of_the_code() -> None:
    assert f"Contract version: **{api.__contract_version__}**" in PAGE
    assert f"| {api.__contract_version__} |" in section("How the contract changes")


def test_the_page_names_everything_in_the_api_and_nothing_else() -> None:
    cells = first_cells(section("The API, name by name"))
    assert sorted(cells) == sorted(names_of(api))


def test_the_page_names_every_guarded_operation() -> None:
    assert sorted(first_cells(section("Migrations"))) == sorted(names_of(operations))


def test_everything_in_the_api_has_a_docstring_of_its_own() -> None:
    undocumented = [
        name
        for module in (api, operations)
        for name in module.__all__
        if (inspect.isclass(thing := getattr(module, name)) or inspect.isfunction(thing)) and not thing.__doc__
    ]
    assert undocumented == []


def test_the_api_has_no_public_name_beside_those_it_lists() -> None:
    modules = {"operations"}
    public = {name for name in vars(api) if not name.startswith("_")} | {"__contract_version__"}
    assert public - modules == set(api.__all__)


def test_importing_the_api_loads_neither_front_end_nor_alembic() -> None:
    program = "import sys, shopdb.api; print(*{'flask', 'textual', 'alembic', 'click'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == []


def test_the_page_tells_every_hook_with_its_signature_and_nothing_else() -> None:
    headings = re.findall(r"^### `(.+)`$", section("The hooks"), re.MULTILINE)
    hooks = {name: thing for name, thing in vars(BasePlugin).items() if not name.startswith("_")}
    assert headings == [called(name, thing) for name, thing in hooks.items()]


def test_hooks_that_describe_are_told_in_the_order_in_which_they_are_asked() -> None:
    positions = [PAGE.index(f"### `{hook.name}(") for hook in DESCRIBING_HOOKS]
    assert positions == sorted(positions)


def test_the_page_names_every_key_of_the_manifest() -> None:
    schema_file = Path(inspect.getfile(PluginMeta)).with_name("manifest.schema.json")
    schema = json.loads(schema_file.read_text("utf-8"))
    rows = re.findall(r"^\| `(\w+)` \| (yes)? ?\|", section("The manifest"), re.MULTILINE)
    assert [key for key, _ in rows] == list(schema["properties"])
    assert {key for key, needed in rows if needed} == set(schema["required"])
    assert set(schema["properties"]) == set(PluginMeta.__dataclass_fields__) - {"folder"}


def test_the_page_names_every_rule_in_its_own_words() -> None:
    rows = re.findall(r"^\| (P\d{3}) \| (.+) \|$", section("Rules and their codes"), re.MULTILINE)
    assert dict(rows) == dict(RULES)
    assert len(rows) == len(RULES)


def test_every_fault_that_a_hook_names_is_a_rule() -> None:
    assert set(re.findall(r"P\d{3}", PAGE)) == set(RULES)


def test_the_page_names_every_exception_of_the_room() -> None:
    rows = re.findall(r"^\| `(\w+Error)` \|", section("When a plugin is faulty"), re.MULTILINE)
    wanted = {kind.__name__ for kind in (*PluginError.__subclasses__(), PluginNotFoundError)}
    assert set(rows) == wanted


def test_the_page_names_every_kind_and_every_kind_of_widget_and_evidence() -> None:
    assert f"`{' '.join(kind.name for kind in Kind)}`" in PAGE
    widgets = section("The hooks").split("### `get_dashboard_widgets")[1]
    assert re.findall(r"^\| `(\w+)` \|", widgets, re.MULTILINE)[: len(get_args(WidgetKind))] == list(
        get_args(WidgetKind)
    )
    assert ", ".join(f"`{kind}`" for kind in EVIDENCE_KINDS) in section("Collector schemas")


def test_a_field_takes_the_parameters_that_the_page_names() -> None:
    told = re.search(r"`Field\(([^)]*)\)`", PAGE)
    assert told is not None
    known = list(inspect.signature(Field).parameters)
    assert told[1].split(", ") == known[: len(told[1].split(", "))]


@pytest.fixture
def plugin_of_the_page(tmp_path: Path) -> Path:
    """The plugin that the page shows, written to disk file by file."""
    files: Mapping[str, str] = dict(re.findall(r"<!-- (gauges/\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path / "gauges"


def test_the_plugin_of_the_page_works_and_its_tables_are_its_models(
    plugin_of_the_page: Path, database_url: str
) -> None:
    registry = load([plugin_of_the_page.parent], strict=True)
    assert [resource.name for resource in registry.resources] == ["gauges"]
    assert registry.collector_schemas["gauges"].identityfield == "serial_number"
    assert (plugin_of_the_page / COLLECTOR_SCHEMA).is_file()
    engine = open_engine(database_url, patient=True)
    owners = [core_owner(), *registry.owners]
    upgrade(engine, owners)
    assert check(engine, owners) == {}
    engine.dispose()


def test_the_examples_of_the_page_are_python() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) > 8
    for example in examples:
        compile(example, "PLUGIN-HOOKS.md", "exec")
