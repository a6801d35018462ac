"""The rules about a plugin's collector schema: a push must find its way into records that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from shopdb.domain.collector import CollectorSchema, read_collector_schema
from shopdb.domain.resource import Resource
from shopdb.exceptions import SchemaUnreadableError
from shopdb.plugins.containment import reason_of
from shopdb.plugins.contribution import Contribution
from shopdb.plugins.rules import fault


def read_schema(plugin: str, document: Mapping[str, Any]) -> tuple[CollectorSchema | None, tuple[str, ...]]:
    """Return a plugin's collector schema, or None and everything that keeps it from being read."""
    try:
        jsonschema_rs.meta.validate(dict(document))
    except (jsonschema_rs.ValidationError, ValueError, TypeError) as invalid:
        return None, (fault("P071", getattr(invalid, "message", str(invalid))),)
    try:
        return read_collector_schema(plugin, document), ()
    except SchemaUnreadableError as unreadable:
        return None, tuple(fault("P070", problem) for problem in unreadable.problems)
    except (AttributeError, TypeError, ValueError) as malformed:
        return None, (fault("P070", f"a member has the wrong form: {reason_of(malformed)}"),)


def collector_problems(
    schema: CollectorSchema,
    found: Contribution,
    visible: Mapping[str, Resource],
    sightings: Mapping[str, str],
) -> Iterator[str]:
    """Yield what the schema names and nobody has; ``sightings`` says which plugin accepts which kind."""
    own = {one.name: one for one in found.resources}
    known = {**visible, **own}
    if schema.accepts in sightings:
        yield fault("P073", f"sightings of kind {schema.accepts!r} already go to {sightings[schema.accepts]}")
    if schema.resource in own:
        yield from _unknown_fields("fields", own[schema.resource], schema.fields.values())
    else:
        yield fault("P072", f"resource {schema.resource!r} is not one of this plugin")
    for name, section in schema.sections.items():
        if section.resource in known:
            named = (*section.key, *(section.fields or {}).values())
            yield from _unknown_fields(f"section {name}", known[section.resource], named)
        elif section.resource:
            yield fault("P072", f"section {name} goes to {section.resource!r}, which is no resource")


def _unknown_fields(where: str, resource: Resource, names: Iterable[str]) -> Iterator[str]:
    for name in sorted(set(names) - set(resource.fields_by_name)):
        yield fault("P072", f"{where}: {resource.name} has no field {name!r}")
