"""What one plugin brings, asked of its hooks once and kept as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shopdb.domain.collector import CollectorSchema
from shopdb.domain.dashboard import Widget
from shopdb.domain.navigation import NavItem
from shopdb.domain.resource import Resource
from shopdb.domain.screens import ScreenSpec
from shopdb.exceptions import PluginContractError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.containment import call_hook
from shopdb.plugins.rules import fault

Fits = Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """The answers of a plugin's describing hooks; ``collector_schema`` is filled in once it is checked."""

    models: tuple[type[Any], ...] = ()
    resources: tuple[Resource, ...] = ()
    screens: tuple[ScreenSpec, ...] = ()
    navigation: tuple[NavItem, ...] = ()
    widgets: tuple[Widget, ...] = ()
    searchable: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    collector_document: Mapping[str, Any] | None = None
    collector_schema: CollectorSchema | None = None
    services: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook that describes: which part of the contribution it fills, and what it must return."""

    name: str
    part: str
    returns: str
    fits: Fits


def _several(sort: type[Any]) -> Fits:
    return lambda answer: isinstance(answer, Sequence) and all(isinstance(one, sort) for one in answer)


def _is_weights(answer: Any) -> bool:
    return isinstance(answer, Mapping) and all(
        isinstance(resource, str)
        and isinstance(weights, Mapping)
        and all(isinstance(name, str) and type(weight) is int for name, weight in weights.items())
        for resource, weights in answer.items()
    )


def _is_named(answer: Any) -> bool:
    return isinstance(answer, Mapping) and all(isinstance(key, str) for key in answer)


def _is_document(answer: Any) -> bool:
    return answer is None or _is_named(answer)


DESCRIBING_HOOKS = (
    Hook("get_models", "models", "a sequence of classes", _several(type)),
    Hook("get_resources", "resources", "a sequence of Resource", _several(Resource)),
    Hook("get_screens", "screens", "a sequence of ScreenSpec", _several(ScreenSpec)),
    Hook("get_navigation_items", "navigation", "a sequence of NavItem", _several(NavItem)),
    Hook("get_dashboard_widgets", "widgets", "a sequence of Widget", _several(Widget)),
    Hook("get_searchable_fields", "searchable", "a mapping of resource to field to weight", _is_weights),
    Hook("get_collector_schema", "collector_document", "a JSON Schema as a mapping, or None", _is_document),
    Hook("get_services", "services", "a mapping of name to function", _is_named),
)


def contribution_of(plugin: BasePlugin) -> Contribution:
    """Ask every describing hook of a plugin; `PluginContractError` names each that does not keep to it."""
    problems: list[str] = []
    parts: dict[str, Any] = {}
    cause: BaseException | None = None
    for hook in DESCRIBING_HOOKS:
        try:
            answer = call_hook(plugin, hook.name)
        except PluginContractError as raised:
            problems += raised.problems
            cause = raised.__cause__
            continue
        if hook.fits(answer):
            parts[hook.part] = _kept(answer)
        else:
            problems.append(fault("P037", f"{hook.name}() must return {hook.returns}, not {_shown(answer)}"))
    if problems:
        raise PluginContractError(plugin.meta.name, problems) from cause
    return Contribution(**parts)


def _kept(answer: Any) -> Any:
    """Return a copy, which the plugin cannot change any more."""
    if isinstance(answer, Mapping):
        return dict(answer)
    return answer if answer is None else tuple(answer)


def _shown(answer: Any) -> str:
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return f"one of {', '.join(sorted({type(one).__name__ for one in answer}))}"
    return type(answer).__name__
