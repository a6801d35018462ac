"""What a plugin's source says it brings to the terminal, the server and the command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from shopdb.plugins.survey_source import Source, Sources, argument, cut

METHODS = ("get", "post", "put", "patch", "delete")
API_PATH = "/api/"
_GET_SETTING = "get_setting"
_SET_SETTING = "set_setting"
# What click leaves away of a function's name.
_CLICK_SUFFIX = re.compile(r"_(command|cmd|group|grp)$")


def screens(sources: Sources) -> dict[str, str]:
    """Return the titles of the plugin's own screens by id."""
    return {one[0]: one[1] for one in _texts(sources, "ScreenSpec", "id", "title")}


def navigation(sources: Sources) -> tuple[tuple[str, str, str], ...]:
    """Return label, what it opens, and the permission of each entry of the navigation."""
    places = {"label": 0, "opens": 1, "permission": 3}
    return tuple((one["label"], one["opens"], one["permission"]) for one in _arguments(sources, "NavItem", places))


def widgets(sources: Sources) -> tuple[tuple[str, str], ...]:
    """Return title and kind of each reading on the dashboard."""
    return tuple((one[0], one[1]) for one in _texts(sources, "Widget", "title", "kind"))


def settings(sources: Sources) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys of the plugin's own settings that it reads, and those that it writes."""
    found: dict[str, dict[str, None]] = {_GET_SETTING: {}, _SET_SETTING: {}}
    for source in sources.described:
        for call in source.nodes(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in found:
                found[call.func.attr][sources.text(argument(call, 1, "key"), source)] = None
    return tuple(found[_GET_SETTING]), tuple(found[_SET_SETTING])


def routes(plugin: str, sources: Sources) -> tuple[str, ...]:
    """Return each endpoint as "GET /api/gauges/count", mounted as the server mounts it."""
    found: dict[str, None] = {}
    for source in sources.described:
        prefixes = dict.fromkeys(_blueprints(source), API_PATH + plugin)
        prefixes |= dict.fromkeys(_applications(source), "")
        for call in source.nodes(ast.Call):
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                prefix = prefixes.get(call.func.value.id)
                if prefix is not None:
                    found.update(dict.fromkeys(_routes(call, call.func.attr, prefix, source, sources)))
    return tuple(found)


def commands(sources: Sources) -> tuple[str, ...]:
    """Return the names of the commands, which appear under the plugin's own."""
    found: dict[str, None] = {}
    for source in sources.described:
        for node in source.nodes(ast.Call, ast.FunctionDef):
            if isinstance(node, ast.FunctionDef):
                found.update(dict.fromkeys(_decorated(node, source, sources)))
            elif source.full_name(node.func) in ("click.Command", "click.Group"):
                found[sources.text(argument(node, 0, "name"), source)] = None
    return tuple(found)


def hooks(sources: Sources, known: frozenset[str]) -> tuple[str, ...]:
    """Return the hooks that the plugin's class defines."""
    source = sources.files.get("plugin.py")
    defined = {
        statement.name
        for node in (source.nodes(ast.ClassDef) if source else ())
        for statement in node.body
        if isinstance(statement, ast.FunctionDef)
    }
    return tuple(sorted(defined & known))


def _texts(sources: Sources, name: str, *wanted: str) -> Iterator[tuple[str, ...]]:
    for one in _arguments(sources, name, {name: position for position, name in enumerate(wanted)}):
        yield tuple(one.values())


def _arguments(sources: Sources, name: str, wanted: Mapping[str, int]) -> Iterator[dict[str, str]]:
    """Yield the texts of some arguments of each call of something in the API; "" for one that is not given."""
    for source in sources.described:
        for call in source.calls(name):
            yield {one: sources.text(argument(call, position, one), source) for one, position in wanted.items()}


def _blueprints(source: Source) -> set[str]:
    """Return the names that a file gives to blueprints."""
    return {
        target.id
        for node in source.nodes(ast.Assign)
        if isinstance(node.value, ast.Call) and source.full_name(node.value.func).endswith("Blueprint")
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _applications(source: Source) -> set[str]:
    """Return the names that init_app gives to the server's application."""
    return {
        function.args.args[-1].arg
        for function in source.nodes(ast.FunctionDef)
        if function.name == "init_app" and function.args.args
    }


def _routes(call: ast.Call, verb: str, prefix: str, source: Source, sources: Sources) -> Iterator[str]:
    path = sources.value(argument(call, 0, "rule"), source)
    if verb not in (*METHODS, "route", "add_url_rule") or not isinstance(path, str):
        return
    given = argument(call, len(call.args), "methods")
    methods = [verb.upper()] if verb in METHODS else _listed(given, source, sources) or ["GET"]
    for method in methods:
        yield cut(f"{method.upper()} {prefix}{path}")


def _listed(node: ast.expr | None, source: Source, sources: Sources) -> list[str]:
    if isinstance(node, ast.Name):
        node = source.assigned.get(node.id)
    if not isinstance(node, ast.Tuple | ast.List | ast.Set):
        return []
    return [sources.text(one, source) for one in node.elts]


def _decorated(function: ast.FunctionDef, source: Source, sources: Sources) -> Iterator[str]:
    """Yield the name of the command that a decorator makes of a function."""
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if source.full_name(call.func if call else decorator) in ("click.command", "click.group"):
            named = argument(call, 0, "name") if call else None
            own = _CLICK_SUFFIX.sub("", function.name.lower()).replace("_", "-")
            yield own if named is None else sources.text(named, source)
