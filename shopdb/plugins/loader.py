"""Finds plugins in folders and loads them: every manifest is read first, and only then is anything imported.

In development and test (``strict``) a faulty plugin raises; in production it is left out whole, with all that
depends on it, and the rest starts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from shopdb import __contract_version__
from shopdb.exceptions import PluginContractError, PluginDependencyError, PluginError, PluginVersionError
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.checks import Surroundings, class_problems, description_problems, identity_problems
from shopdb.plugins.collector_checks import collector_problems, read_schema
from shopdb.plugins.containment import contained
from shopdb.plugins.contribution import Contribution, contribution_of
from shopdb.plugins.importing import content_digest, import_plugin
from shopdb.plugins.manifest import MANIFEST, PluginMeta, read_manifest
from shopdb.plugins.model_checks import model_problems
from shopdb.plugins.registry import LeftOut, Registry, needs_missing
from shopdb.plugins.rules import fault
from shopdb.store.base import Base
from shopdb.store.core_resources import CORE_RESOURCES

PLUGIN_FILE = "plugin.py"
SAFE_MODE = "shopdb was started with --safe"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A folder that claims to be a plugin; without ``meta``, ``problems`` say why it cannot be one."""

    name: str
    folder: Path
    meta: PluginMeta | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    digest: bytes


def bundled_folder() -> Path:
    """Return the folder of the bundled plugins: inside an installed package, or beside a cloned one."""
    inside = Path(__file__).parents[1] / "bundled" / "plugins"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "plugins"


def discover(folders: Iterable[Path]) -> tuple[Found, ...]:
    """Return every plugin in the folders by name, without importing anything; a missing folder holds none.

    Of two plugins with one name the higher version counts, and at a tie the one in the later folder.
    """
    found: dict[str, Found] = {}
    for folder in folders:
        for one in _in_folder(folder):
            other = found.get(one.name)
            if other is None or _version(one) >= _version(other):
                found[one.name] = one
            if other is not None:
                _LOG.info(
                    "plugin %s is in %s and in %s; %s counts",
                    one.name,
                    other.folder,
                    one.folder,
                    found[one.name],
                )
    return tuple(found[name] for name in sorted(found))


def load(
    folders: Iterable[Path],
    *,
    strict: bool,
    disabled: Mapping[str, str] = {},
    safe: bool = False,
    contract_version: str = __contract_version__,
) -> Registry:
    """Return the plugins of the folders, ready to use, and those left out with the reason.

    ``disabled`` maps names to the reason that people read; ``safe`` leaves all out. A strict load raises
    `PluginContractError`, `PluginVersionError` or `PluginDependencyError` with all problems of one plugin.
    """
    loading = _Loading(strict=strict)
    candidates: dict[str, Found] = {}
    for found in discover(folders):
        loading.digests[found.name] = found.digest
        if safe or found.name in disabled:
            loading.leave_out(found, (SAFE_MODE if safe else disabled[found.name],))
        else:
            candidates[found.name] = found
    for found in list(candidates.values()):
        for warning in found.warnings:
            _LOG.warning("plugin %s: %s", found.name, warning)
        if error := _manifest_error(found, candidates, contract_version, loading):
            loading.refuse(found, error)
            del candidates[found.name]
    for found in _in_order(candidates, loading):
        loading.take_in(found)
    return loading.registry()


class _Loading:
    """One run of the loader: what is in so far, what had to stay out, and who owns which name."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.plugins: dict[str, BasePlugin] = {}
        self.contributions: dict[str, Contribution] = {}
        self.left_out: dict[str, LeftOut] = {}
        self.stamps: dict[str, bytes] = {}
        self.digests: dict[str, bytes] = {}
        self.around = Surroundings(
            tables=dict.fromkeys(Base.metadata.tables, "core"),
            resources={one.name: "core" for one in CORE_RESOURCES},
            screens={},
            sightings={},
            visible={one.name: one for one in CORE_RESOURCES},
        )

    def leave_out(self, found: Found, reasons: Sequence[str], *, faulty: bool = False) -> None:
        """Note that a plugin is not loaded."""
        self.left_out[found.name] = LeftOut(found.name, tuple(reasons), faulty, found.meta, found.folder)

    def refuse(self, found: Found, error: PluginError) -> None:
        """Raise the error in a strict load; otherwise log it with its cause and leave the plugin out."""
        if self.strict:
            raise error
        _LOG.error("plugin %s (%s) is left out", found.name, found.folder, exc_info=error)
        self.leave_out(found, error.problems, faulty=True)

    def take_in(self, found: Found) -> None:
        """Import a plugin, check all that it describes, and keep it; or leave it out."""
        assert found.meta is not None
        missing = [needed for needed in found.meta.dependencies if needed in self.left_out]
        if missing:
            self.leave_out(found, [needs_missing(needed) for needed in missing])
            return
        try:
            plugin = self._made(found, found.meta)
            contribution = self._checked(plugin)
        except PluginError as error:
            self.refuse(found, error)
            return
        name = found.name
        self.plugins[name], self.contributions[name] = plugin, contribution
        self.around = self.around.joined_by(name, contribution)

    def registry(self) -> Registry:
        """Return what came in."""
        return Registry(self.plugins, self.contributions, self.left_out, self.strict, self.digests)

    def _made(self, found: Found, meta: PluginMeta) -> BasePlugin:
        """Return the plugin's instance; a new stamp of what it depends on makes it a new import, too."""
        below = b"".join(self.stamps[needed] for needed in sorted(meta.dependencies))
        stamp = sha256(str(found.folder).encode() + found.digest + below).digest()
        self.stamps[found.name] = stamp
        doing = f"importing {PLUGIN_FILE}"
        module = contained(found.name, "P030", doing, lambda: import_plugin(found.name, found.folder, stamp))
        plugin_class = _plugin_class(found.name, module)
        plugin: BasePlugin = contained(found.name, "P033", f"{plugin_class.__name__}()", plugin_class)
        _raise_for(
            found.name,
            list(contained(found.name, "P034", "meta", lambda: [*identity_problems(plugin, meta)])),
        )
        return plugin

    def _checked(self, plugin: BasePlugin) -> Contribution:
        """Return what the plugin brings, once no rule is broken any more."""
        meta = plugin.meta
        contribution = contribution_of(plugin)
        around = replace(self.around, visible=self._visible(meta))

        def problems() -> list[str]:
            return [
                *model_problems(meta, contribution.models, around.tables),
                *description_problems(meta, contribution, around),
            ]

        # Descriptions hold values that a plugin made: comparing or printing one can run its code.
        found = contained(meta.name, "P037", "checking its descriptions", problems)
        if contribution.collector_document is not None:
            schema, unreadable = read_schema(meta.name, contribution.collector_document)
            found += unreadable
            if schema is not None:
                contribution = replace(contribution, collector_schema=schema)
                found += collector_problems(schema, contribution, around.visible, around.sightings)
        _raise_for(meta.name, found)
        return contribution

    def _visible(self, meta: PluginMeta) -> dict[str, Any]:
        """Return the resources that a plugin may refer to: core's, and those of all that it needs."""
        needed: set[str] = set()
        waiting = list(meta.dependencies)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self.plugins[name].meta.dependencies
        theirs = (resource for name in needed for resource in self.contributions[name].resources)
        return {one.name: one for one in (*CORE_RESOURCES, *theirs)}


def _in_folder(folder: Path) -> Iterable[Found]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")) or not ((path / MANIFEST).exists() or (path / PLUGIN_FILE).exists()):
            continue
        manifest = read_manifest(path)
        problems = manifest.problems
        if not (path / PLUGIN_FILE).is_file():
            problems += (fault("P007", f"{PLUGIN_FILE} is missing"),)
        yield Found(path.name, path.resolve(), manifest.meta, problems, manifest.warnings, content_digest(path))


def _version(found: Found) -> Version:
    return Version(found.meta.version if found.meta else "0.dev0")


def _manifest_error(
    found: Found, candidates: Mapping[str, Found], contract_version: str, loading: _Loading
) -> PluginError | None:
    """Return what keeps a plugin from being imported at all, as far as the manifests say it."""
    if found.meta is None or found.problems:
        return PluginContractError(found.name, found.problems)
    if found.name in loading.around.resources:
        return PluginContractError(found.name, [fault("P008", f"{found.name!r} is a resource of core")])
    if not _within(found.meta.core_version, contract_version):
        told = f"it was written for the contract {found.meta.core_version}, this is {contract_version}"
        return PluginVersionError(found.name, [fault("P020", told)])
    problems = []
    for name, span in found.meta.dependencies.items():
        other = candidates.get(name)
        if other is None and name not in loading.left_out:
            problems.append(fault("P021", f"it needs {name}, which is not here"))
        elif other is not None and other.meta is not None and not _within(span, other.meta.version):
            problems.append(fault("P022", f"it needs {name} {span}, and {other.meta.version} is here"))
    return PluginDependencyError(found.name, problems) if problems else None


def _within(span: str, version: str) -> bool:
    return SpecifierSet(span).contains(version, prereleases=True)


def _in_order(candidates: Mapping[str, Found], loading: _Loading) -> list[Found]:
    """Return the plugins with dependencies first and names as tie-break; those in a circle are refused."""
    rest = dict(candidates)
    while True:
        graph = {
            name: sorted(needed for needed in found.meta.dependencies if needed in rest)
            for name, found in rest.items()
            if found.meta is not None
        }
        try:
            return [rest[name] for name in TopologicalSorter(graph).static_order()]
        except CycleError as circle:
            ring = circle.args[1]
            for name in dict.fromkeys(ring):
                told = fault("P023", f"it needs itself: {' needs '.join(reversed(ring))}")
                loading.refuse(rest.pop(name), PluginDependencyError(name, [told]))


def _plugin_class(name: str, module: ModuleType) -> type[BasePlugin]:
    own = [
        value
        for value in vars(module).values()
        if isclass(value) and issubclass(value, BasePlugin) and value.__module__ == module.__name__
    ]
    if len(own) != 1:
        told = f"{PLUGIN_FILE} defines {len(own)} subclasses of BasePlugin, not one"
        raise PluginContractError(name, [fault("P031", told)])
    _raise_for(name, list(class_problems(own[0])))
    return own[0]


def _raise_for(plugin: str, problems: Sequence[str]) -> None:
    if problems:
        raise PluginContractError(plugin, problems)
