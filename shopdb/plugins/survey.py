"""What a plugin will add, told from its source before a line of it runs.

The survey reads what is written out, as plugins usually are. What only running the code can tell is not in it:
that is what a trial is for. It is no proof of innocence either: a plugin runs with all rights of shopdb.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopdb.plugins import survey_calls as calls
from shopdb.plugins import survey_powers, survey_tables
from shopdb.plugins.base import COLLECTOR_SCHEMA, BasePlugin
from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.rules import fault
from shopdb.plugins.survey_source import cut, read_sources

HOOKS = frozenset(name for name in vars(BasePlugin) if name.startswith(("get_", "init_", "on_"))) - {"get_setting"}


@dataclass(frozen=True, slots=True)
class Collects:
    """What collectors may push: the member that identifies a device, where it goes, and by which evidence."""

    identity: str
    resource: str
    evidence: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the source of one plugin says; ``problems`` are broken rules, each with its permanent code.

    Tables map columns to types, resources to their fields, screens ids to titles; navigation is (label, what it
    opens, permission), widgets (title, kind), migrations (revision, title). ``powers`` says what the code can do
    beside the contract, with the places that show it.
    """

    plugin: str
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    routes: tuple[str, ...] = ()
    screens: Mapping[str, str] = field(default_factory=dict)
    navigation: tuple[tuple[str, str, str], ...] = ()
    widgets: tuple[tuple[str, str], ...] = ()
    permissions: tuple[str, ...] = ()
    settings_read: tuple[str, ...] = ()
    settings_written: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    searched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    collects: Collects | None = None
    migrations: tuple[tuple[str, str], ...] = ()
    hooks: tuple[str, ...] = ()
    powers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def survey(files: Mapping[str, bytes], meta: PluginMeta) -> Survey:
    """Return what a plugin's files say, by path within it; nothing in them is run or makes the survey fail."""
    sources = read_sources(files)
    described = survey_tables.resources(sources)
    routes = calls.routes(meta.name, sources)
    read, written = calls.settings(sources)
    collects, unreadable = _collects(files.get(COLLECTOR_SCHEMA))
    return Survey(
        plugin=meta.name,
        tables=survey_tables.tables(sources),
        resources={name: tuple(one.name for one in fields) for name, fields in described.items()},
        routes=routes,
        screens=calls.screens(sources),
        navigation=calls.navigation(sources),
        widgets=calls.widgets(sources),
        permissions=_permissions(meta, described, routes),
        settings_read=read,
        settings_written=written,
        commands=calls.commands(sources),
        services=survey_tables.services(sources),
        searched=survey_tables.searched(sources, described),
        collects=collects,
        migrations=survey_tables.revisions(sources),
        hooks=calls.hooks(sources, HOOKS),
        powers=survey_powers.powers(sources),
        problems=(*sources.problems, *survey_powers.foreign_imports(sources), *unreadable),
    )


def _permissions(meta: PluginMeta, described: Mapping[str, Any], routes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the permissions that the plugin brings: its own, and those of its records and endpoints."""
    areas = [*described, *([meta.name] if routes else [])]
    own = (f"{area}.{verb}" for area in areas for verb in ("view", "change"))
    return tuple(dict.fromkeys((*meta.permissions, *own)))


def _collects(raw: bytes | None) -> tuple[Collects | None, tuple[str, ...]]:
    if raw is None:
        return None, ()
    try:
        document = json.loads(raw)
        return (
            Collects(
                identity=cut(str(document["identityfield"])),
                resource=cut(str(document["resource"])),
                evidence=tuple(cut(str(kind)) for kind in document["evidence"]),
                members=tuple(cut(str(member)) for member in document["properties"]),
            ),
            (),
        )
    except (ValueError, RecursionError, KeyError, TypeError) as unreadable:
        return None, (fault("P070", cut(f"{COLLECTOR_SCHEMA} cannot be read ({unreadable!r})")),)
