"""Every bundled plugin keeps the contract that a stranger's plugin is held to; each test runs for each of them."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest
from flask import Flask

from shopdb import __contract_version__
from shopdb.boot import Shop
from shopdb.cli import COMMANDS
from shopdb.domain.access import Origin
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.checks import CORE_PERMISSIONS
from shopdb.plugins.contribution import Contribution, contribution_of
from shopdb.plugins.loader import bundled_folder, load
from shopdb.plugins.manifest import CORE_COMMANDS, CORE_PATHS, read_manifest
from shopdb.plugins.registry import Registry
from shopdb.server.app import make_app
from shopdb.store.core_resources import CORE_RESOURCES
from shopdb.store.revisions import history

FOLDERS = sorted(path.parent for path in bundled_folder().glob("*/manifest.json"))
NAMES = [folder.name for folder in FOLDERS]
ORIGIN = Origin("tests", "system", "trying a hook")
# What a plugin may import beside the standard library, itself and shopdb.api: what shopdb depends on.
SHIPPED = {"click", "flask", "orjson", "sqlalchemy", "textual", "rich", "werkzeug"}
ANSWERS: Mapping[str, Any] = {
    "number": lambda answer: isinstance(answer, int | float | Decimal),
    "list": lambda answer: isinstance(answer, Sequence) and all(isinstance(one, str) for one in answer),
    "series": lambda answer: (
        isinstance(answer, Sequence) and all(isinstance(one, int | float | Decimal) for one in answer)
    ),
    "bar": lambda answer: isinstance(answer, Mapping) and all(isinstance(one, str) for one in answer),
}
every_plugin = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """All bundled plugins, loaded as development loads them."""
    return load([bundled_folder()], strict=True)


@pytest.fixture
def plugin(registry: Registry, name: str) -> BasePlugin:
    return registry.plugin(name)


@pytest.fixture
def contribution(registry: Registry, name: str) -> Contribution:
    return registry.contributions[name]


def test_the_six_plugins_are_there() -> None:
    assert NAMES == ["computers", "equipment", "network", "notifications", "printers", "usb"]


@every_plugin
def test_it_loads_with_nothing_beside_it_but_what_it_needs(registry: Registry, name: str) -> None:
    needed = {name}
    while more := {one for known in needed for one in registry.plugin(known).meta.dependencies} - needed:
        needed |= more
    others = dict.fromkeys(set(NAMES) - needed, "not wanted here")
    assert set(load([bundled_folder()], strict=True, disabled=others).plugins) == needed


@every_plugin
def test_its_manifest_says_what_it_was_written_for(name: str, plugin: BasePlugin) -> None:
    manifest = read_manifest(plugin.meta.folder)
    assert (manifest.meta, manifest.problems, manifest.warnings) == (plugin.meta, (), ())
    assert plugin.meta.core_version, f"{name} names the versions of the contract it was written for"
    assert load([bundled_folder()], strict=False, contract_version="9.0").left_out[name].faulty


@every_plugin
def test_it_brings_tables_records_navigation_search_and_a_widget(contribution: Contribution) -> None:
    assert contribution.models
    assert contribution.resources
    assert contribution.navigation
    assert contribution.widgets
    assert any(resource.searched_fields for resource in contribution.resources)


@every_plugin
def test_its_hooks_answer_the_same_twice(plugin: BasePlugin) -> None:
    first, second = contribution_of(plugin), contribution_of(plugin)
    assert first.models == second.models
    assert first.resources == second.resources
    assert [item.label for item in first.navigation] == [item.label for item in second.navigation]
    assert [widget.title for widget in first.widgets] == [widget.title for widget in second.widgets]
    assert first.collector_document == second.collector_document


@every_plugin
def test_its_navigation_leads_to_each_of_its_records_or_to_their_owner(contribution: Contribution) -> None:
    opened = {item.opens for item in contribution.navigation}
    unreachable = {one.name for one in contribution.resources if not one.parent} - opened
    assert unreachable == set()


@every_plugin
def test_it_imports_shopdb_only_through_the_api_and_itself_only_relatively(plugin: BasePlugin) -> None:
    for path in code_of(plugin.meta.folder):
        for module, is_relative in imports_of(path):
            root = module.partition(".")[0]
            known = is_relative or root in sys.stdlib_module_names or root in SHIPPED or module == "shopdb.api"
            assert known, f"{path.name} imports {module}"


@every_plugin
def test_its_revisions_are_guarded_and_know_no_models(plugin: BasePlugin) -> None:
    location = plugin.meta.folder / "migrations"
    assert history(plugin.meta.name, location)
    for path in (location / "versions").glob("*.py"):
        assert {module for module, _ in imports_of(path)} <= {"sqlalchemy", "shopdb.api", "__future__"}


def test_loading_them_all_loads_neither_front_end() -> None:
    program = (
        "import sys; from shopdb.plugins.loader import bundled_folder, load; load([bundled_folder()], strict=True);"
        "print(*{'flask', 'textual', 'alembic', 'click'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == []


@every_plugin
def test_its_blueprint_mounts_on_one_application_after_another(name: str, registry: Registry) -> None:
    for _generation in range(2):
        app = Flask(__name__)
        _, blueprints = registry.ask("get_blueprint")
        if blueprints[name] is not None:
            app.register_blueprint(blueprints[name], url_prefix=f"/api/{name}")
            assert any(rule.rule.startswith(f"/api/{name}/") for rule in app.url_map.iter_rules())
        registry.ask("init_app", app)


@every_plugin
def test_its_commands_are_commands_with_help(name: str, registry: Registry) -> None:
    _, commands = registry.ask("get_cli_commands")
    for command in commands[name]:
        assert isinstance(command, click.Command)
        assert command.get_short_help_str()


@every_plugin
def test_its_collector_schema_accepts_its_own_examples(contribution: Contribution) -> None:
    document = contribution.collector_document
    if document is None:
        return
    assert contribution.collector_schema is not None
    validator = jsonschema_rs.validator_for(dict(document))
    examples = document.get("examples", [])
    assert examples, "a schema shows at least one push"
    for example in examples:
        assert list(validator.iter_errors(example)) == []
    json.dumps(document)


@every_plugin
def test_its_permissions_are_of_its_own_resources_or_its_own_name(
    plugin: BasePlugin, contribution: Contribution
) -> None:
    areas = {plugin.meta.name, *(resource.name for resource in contribution.resources)}
    assert {permission.partition(".")[0] for permission in plugin.meta.permissions} <= areas
    assert not CORE_PERMISSIONS & set(plugin.meta.permissions)


@every_plugin
def test_its_widgets_read_an_empty_shop(name: str, shop: Shop) -> None:
    for widget in shop.plugins.contributions[name].widgets:
        with shop.reading() as session:
            answer = widget.read(session)
        assert ANSWERS[widget.kind](answer), f"{widget.title}: a {widget.kind} cannot show {answer!r}"


@every_plugin
def test_its_life_can_be_lived_twice_over(name: str, shop: Shop) -> None:
    plugin = shop.plugins.plugin(name)
    for hook in (plugin.on_install, plugin.on_enable, plugin.on_disable, plugin.on_enable, plugin.on_install):
        with shop.writing(ORIGIN) as session:
            hook(session)


@every_plugin
def test_its_screens_are_made_without_a_shop_behind_them(name: str, registry: Registry) -> None:
    from textual.screen import Screen

    from shopdb.domain.screens import ScreenContext

    context = ScreenContext(read=nothing, write=nothing, open=nothing)
    for spec in registry.contributions[name].screens:
        first, second = spec.factory(context), spec.factory(context)
        assert isinstance(first, Screen)
        assert first is not second


@every_plugin
def test_it_says_in_docstrings_what_it_is(plugin: BasePlugin) -> None:
    assert type(plugin).__doc__
    for path in code_of(plugin.meta.folder):
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path.name} says whose room it is"


def test_no_plugin_can_take_a_path_of_core(shop: Shop) -> None:
    app = make_app(shop)
    segments = {rule.rule.split("/")[2] for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    own = {segment for segment in segments if segment.isidentifier()}
    assert own - set(NAMES) <= CORE_PATHS | {resource.name for resource in CORE_RESOURCES}


def test_no_plugin_can_take_a_command_of_core() -> None:
    assert set(COMMANDS) <= CORE_COMMANDS


def test_the_contract_has_a_version() -> None:
    assert __contract_version__ == "0.3.0"


def nothing(*_arguments: Any) -> None:
    """Stand where a screen's way into the shop would be."""


def code_of(folder: Path) -> Iterator[Path]:
    """Return the plugin's own modules: neither its tests nor its revisions."""
    return (path for path in folder.rglob("*.py") if not {"tests", "migrations"} & set(path.parts))


def imports_of(path: Path) -> Iterable[tuple[str, bool]]:
    """Return each module that a file imports, functions included, and whether it does so relatively."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level > 0
