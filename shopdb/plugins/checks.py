"""The rules about what a plugin describes, checked before any of it is used; all problems come at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, get_args

from shopdb.domain.dashboard import WidgetKind
from shopdb.domain.filters import parse_filter
from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Resource
from shopdb.exceptions import ShopdbError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.contribution import Contribution
from shopdb.plugins.manifest import CORE_PATHS, PluginMeta
from shopdb.plugins.rules import fault

WIDGET_KINDS = get_args(WidgetKind)
HEAVIEST = 10
SCREEN = "screen:"
CORE_PERMISSIONS = frozenset({"admin", "plugins.install"})
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_HOOK_LIKE = re.compile(r"(get|init|on)_\w+")
_HOOKS = frozenset(name for name in vars(BasePlugin) if not name.startswith("_"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is in the shop before the plugin comes: who owns which name, and the resources it may refer to."""

    tables: Mapping[str, str]
    resources: Mapping[str, str]
    screens: Mapping[str, str]
    sightings: Mapping[str, str]
    visible: Mapping[str, Resource] = field(default_factory=dict)

    def joined_by(self, name: str, found: Contribution) -> Surroundings:
        """Return the surroundings that the next plugin meets."""
        tables = {table for model in found.models for table in model.metadata.tables}
        accepts = found.collector_schema.accepts if found.collector_schema else ""
        return replace(
            self,
            tables={**self.tables, **dict.fromkeys(tables, name)},
            resources={**self.resources, **{one.name: name for one in found.resources}},
            screens={**self.screens, **{one.id: name for one in found.screens}},
            sightings={**self.sightings, **({accepts: name} if accepts else {})},
        )


def class_problems(plugin: type[BasePlugin]) -> Iterator[str]:
    """Yield what is wrong with a plugin's class, before one is made."""
    missing = sorted(getattr(plugin, "__abstractmethods__", ()))
    if missing:
        yield fault("P032", f"{plugin.__name__} does not define {', '.join(missing)}")
    own = {name for base in plugin.__mro__ if issubclass(base, BasePlugin) for name in vars(base)} - _HOOKS
    for name in sorted(filter(_HOOK_LIKE.fullmatch, own)):
        near = get_close_matches(name, _HOOKS, n=1, cutoff=0.85)
        if near:
            yield fault("P035", f"{name} is not a hook; did you mean {near[0]}?")


def identity_problems(plugin: BasePlugin, manifest: PluginMeta) -> Iterator[str]:
    """Yield whether the plugin is who its manifest says; nothing else of it can be trusted before."""
    if plugin.meta != manifest:
        yield fault("P034", f"meta is {plugin.meta!r}, not what the manifest says")


def description_problems(meta: PluginMeta, found: Contribution, around: Surroundings) -> Iterator[str]:
    """Yield what is wrong with resources, search, navigation, widgets, screens and services."""
    known = {**around.visible, **{one.name: one for one in found.resources}}
    yield from _resources(meta, found, around, known)
    yield from _searchable(found)
    yield from _screens(found, around)
    yield from _navigation(meta, found, known)
    yield from _widgets(found, known)
    for name, function in found.services.items():
        if not (_PLAIN_NAME.fullmatch(name) and callable(function)):
            yield fault("P080", f"service {name!r} needs a name of a-z, 0-9 and _, and something to call")


def _resources(
    meta: PluginMeta, found: Contribution, around: Surroundings, known: Mapping[str, Resource]
) -> Iterator[str]:
    taken = dict(around.resources)
    for one in found.resources:
        if one.name in taken or one.name in CORE_PATHS:
            yield fault("P050", f"{one.name} is already a name of {taken.get(one.name, 'core')}")
        taken[one.name] = meta.name
        if one.model not in found.models:
            yield fault("P051", f"{one.name} describes {one.model.__name__}, which get_models() does not return")
        if one.extends is not None and one.extends.name not in known:
            yield fault("P052", f"{one.name} extends {one.extends.name}, which is not in the shop")
        for described in one.fields:
            if described.target and described.target not in known:
                yield fault("P052", f"{one.name}.{described.name} links to {described.target}, which is no resource")
        if one.parent and (one.parent not in one.fields_by_name or one.field(one.parent).kind is not Kind.LINK):
            yield fault("P052", f"{one.name} belongs to its field {one.parent!r}, which is not a link")


def _searchable(found: Contribution) -> Iterator[str]:
    own = {one.name: one for one in found.resources}
    for name, weights in found.searchable.items():
        if name not in own:
            yield fault("P053", f"get_searchable_fields() names {name!r}, which is not a resource of this plugin")
            continue
        for described, weight in weights.items():
            if described not in own[name].fields_by_name or not 1 <= weight <= HEAVIEST:
                yield fault("P053", f"{name}.{described} with weight {weight}: a field, and 1 to {HEAVIEST}")


def _screens(found: Contribution, around: Surroundings) -> Iterator[str]:
    taken = dict(around.screens)
    for screen in found.screens:
        if not _PLAIN_NAME.fullmatch(screen.id) or not screen.title or not callable(screen.factory):
            yield fault("P063", f"screen {screen.id!r} needs an id of a-z, 0-9 and _, a title and a factory")
        if screen.id in taken:
            yield fault("P063", f"screen {screen.id!r} is already one of {taken[screen.id]}")
        taken[screen.id] = "this plugin"


def _navigation(meta: PluginMeta, found: Contribution, known: Mapping[str, Resource]) -> Iterator[str]:
    openable = {*known, *(f"{SCREEN}{screen.id}" for screen in found.screens)}
    permissions = {f"{name}.{verb}" for name in known for verb in ("view", "change")}
    permissions |= {*meta.permissions, *CORE_PERMISSIONS}
    for item in found.navigation:
        if item.opens not in openable:
            yield fault("P060", f"{item.label!r} opens {item.opens!r}, which is neither a resource nor a screen")
        if item.permission and item.permission not in permissions:
            yield fault("P064", f"{item.label!r} asks for {item.permission!r}, which the manifest does not name")


def _widgets(found: Contribution, known: Mapping[str, Resource]) -> Iterator[str]:
    for widget in found.widgets:
        if not widget.title or widget.kind not in WIDGET_KINDS or not callable(widget.read):
            wanted = f"a title, one of {', '.join(WIDGET_KINDS)}, and a reading to call"
            yield fault("P061", f"widget {widget.title!r} ({widget.kind!r}) needs {wanted}")
        name, _, filter_text = widget.opens.partition(" ")
        if not name:
            continue
        if name not in known:
            yield fault("P062", f"widget {widget.title!r} opens {name!r}, which is no resource")
            continue
        try:
            parse_filter(filter_text, known[name])
        except ShopdbError as refused:
            yield fault("P062", f"widget {widget.title!r}: {refused}")


def blueprint_problems(plugin: str, blueprint: Any) -> Iterator[str]:
    """Yield what is wrong with the answer of get_blueprint()."""
    if blueprint is None:
        return
    if not is_a(blueprint, "flask.blueprints", "Blueprint"):
        yield fault("P082", f"get_blueprint() must return a flask.Blueprint or None, not {type(blueprint).__name__}")
    elif blueprint.name != plugin:
        yield fault("P082", f"the blueprint is named {blueprint.name!r}; it must be named {plugin!r}")


def command_problems(_plugin: str, commands: Any) -> Iterator[str]:
    """Yield what is wrong with the answer of get_cli_commands()."""
    if not isinstance(commands, list | tuple):
        yield fault("P081", f"get_cli_commands() must return a list or tuple, not {type(commands).__name__}")
        return
    names = set()
    for command in commands:
        if not is_a(command, "click.core", "Command"):
            yield fault("P081", f"get_cli_commands() returned {type(command).__name__}, not a click command")
        elif command.name in names:
            yield fault("P081", f"two commands are named {command.name!r}")
        else:
            names.add(command.name)


def is_a(value: Any, module: str, name: str) -> bool:
    """Whether a value is of a class that this room must not import."""
    return any((base.__module__, base.__name__) == (module, name) for base in type(value).__mro__)
