"""The loaded plugins of one shop and what they bring: a value, made by the loader and never changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from shopdb.domain.collector import CollectorSchema
from shopdb.domain.dashboard import Widget
from shopdb.domain.navigation import NavItem
from shopdb.domain.resource import Resource
from shopdb.domain.screens import ScreenSpec
from shopdb.exceptions import PluginContractError, PluginNotFoundError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.checks import blueprint_problems, command_problems
from shopdb.plugins.containment import call_hook
from shopdb.plugins.contribution import Contribution
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.model_checks import owner_of
from shopdb.store.revisions import Owner

LateHook = Literal["get_blueprint", "get_cli_commands", "init_app"]
_LOG = logging.getLogger(__name__)
_LATE_CHECKS: Mapping[LateHook, Callable[[str, Any], Iterator[str]]] = {
    "get_blueprint": blueprint_problems,
    "get_cli_commands": command_problems,
    "init_app": lambda _plugin, _answer: iter(()),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A plugin that is here and not loaded: why, and whether that is a fault or somebody's wish."""

    name: str
    reasons: tuple[str, ...]
    faulty: bool
    meta: PluginMeta | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """Loaded plugins with what they bring, dependencies first, and those that were left out.

    ``strict`` registries raise where others leave a plugin out. ``digests`` tell the content of every plugin that is
    here, loaded or not.
    """

    plugins: Mapping[str, BasePlugin] = field(default_factory=dict)
    contributions: Mapping[str, Contribution] = field(default_factory=dict)
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    strict: bool = True
    digests: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def models(self) -> tuple[type[Any], ...]:
        """The mapped classes of all plugins."""
        return tuple(model for one in self.contributions.values() for model in one.models)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The record types of all plugins."""
        return tuple(resource for one in self.contributions.values() for resource in one.resources)

    @property
    def widgets(self) -> tuple[Widget, ...]:
        """The dashboard's widgets."""
        return tuple(widget for one in self.contributions.values() for widget in one.widgets)

    @property
    def navigation(self) -> tuple[NavItem, ...]:
        """The navigation's entries in the order in which they are shown."""
        items = (item for one in self.contributions.values() for item in one.navigation)
        return tuple(sorted(items, key=lambda item: (item.order, item.label.casefold())))

    @property
    def screens(self) -> Mapping[str, ScreenSpec]:
        """The plugins' own screens by id."""
        return {screen.id: screen for one in self.contributions.values() for screen in one.screens}

    @property
    def searchable(self) -> Mapping[str, Mapping[str, int]]:
        """The weight of each searched field by resource and field; 1 where the plugin says nothing."""
        return {
            resource.name: {one.name: found.searchable.get(resource.name, {}).get(one.name, 1) for one in searched}
            for found in self.contributions.values()
            for resource in found.resources
            if (searched := resource.searched_fields)
        }

    @property
    def collector_schemas(self) -> Mapping[str, CollectorSchema]:
        """The collector schemas by plugin."""
        return {
            name: one.collector_schema for name, one in self.contributions.items() if one.collector_schema is not None
        }

    @property
    def services(self) -> Mapping[str, Callable[..., Any]]:
        """The plugins' services as "<plugin>.<name>"."""
        return {
            f"{plugin}.{name}": function
            for plugin, one in self.contributions.items()
            for name, function in one.services.items()
        }

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The plugins that have tables, dependencies first; core's own comes before them."""
        owners = (owner_of(plugin.meta, self.contributions[name].models) for name, plugin in self.plugins.items())
        return tuple(owner for owner in owners if owner is not None)

    def tables_of(self, name: str) -> tuple[str, ...]:
        """Return the names of a loaded plugin's tables."""
        return tuple(sorted({table for model in self.contributions[name].models for table in model.metadata.tables}))

    def plugin(self, name: str) -> BasePlugin:
        """Return a loaded plugin; `PluginNotFoundError` names those that there are."""
        try:
            return self.plugins[name]
        except KeyError:
            raise PluginNotFoundError(name, self.plugins) from None

    def ask(
        self,
        hook: LateHook,
        *arguments: Any,
        around: Callable[[str], AbstractContextManager[None]] = lambda _name: nullcontext(),
    ) -> tuple[Registry, dict[str, Any]]:
        """Call a hook that needs a front end on every plugin; return who is still in, and answers by plugin.

        Each is called within ``around(name)``, which may raise `PluginContractError` too. A hook that raises or returns
        something else than it must raises `PluginContractError` from a strict registry; from any other it is logged,
        and the returned one lacks the plugin and its dependents.
        """
        answers: dict[str, Any] = {}
        faulty: dict[str, Sequence[str]] = {}
        for name, plugin in self.plugins.items():
            try:
                with around(name):
                    answers[name] = call_hook(plugin, hook, *arguments)
                problems = list(_LATE_CHECKS[hook](name, answers[name]))
                if problems:
                    raise PluginContractError(name, problems)
            except PluginContractError as broken:
                if self.strict:
                    raise
                _LOG.exception("plugin %s is left out", name)
                faulty[name] = broken.problems
        if not faulty:
            return self, answers
        rest = self.without(faulty)
        return rest, {name: answer for name, answer in answers.items() if name in rest.plugins}

    def without(self, faulty: Mapping[str, Sequence[str]]) -> Registry:
        """Return a registry that lacks these plugins, whose faults are given, and all that depend on them."""
        left_out = dict(self.left_out)
        kept: dict[str, BasePlugin] = {}
        for name, plugin in self.plugins.items():
            missing = [needed for needed in plugin.meta.dependencies if needed in left_out]
            if name in faulty or missing:
                reasons = tuple(faulty.get(name, ())) or tuple(needs_missing(one) for one in missing)
                left_out[name] = LeftOut(name, reasons, name in faulty, plugin.meta, plugin.meta.folder)
            else:
                kept[name] = plugin
        return replace(
            self, plugins=kept, contributions={name: self.contributions[name] for name in kept}, left_out=left_out
        )


def needs_missing(needed: str) -> str:
    """Return the reason of a plugin that is left out because of another."""
    return f"needs {needed}, which is left out"
