"""What a plugin's collector schema says: which payload it takes, and where each part of it goes.

The document is a JSON Schema (2020-12) of one payload with these members beside the standard ones:

================  ============================================================================================
``identityfield`` the payload member that identifies a device best
``resource``      the resource whose records a push creates and updates
``accepts``       the kind of sighting that agents report ("computer"); only if agents report it
``fields``        payload member -> field of the resource
``evidence``      kind of evidence -> payload member, or a list of members that count together
``sections``      payload member (a list) -> where its rows go, see `Section`
================  ============================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopdb.exceptions import SchemaUnreadableError

EVIDENCE_KINDS = ("serial", "uuid", "agent", "mac", "host")


@dataclass(frozen=True, slots=True)
class Section:
    """Where the rows of a list go.

    Either ``resource`` names the child resource, ``key`` the fields that tell its rows apart and ``fields`` maps row
    members to fields (members that are no field are left out), or ``relation`` names a relationship type and each
    value is the asset number of its other end.
    """

    resource: str = ""
    key: tuple[str, ...] = ()
    fields: Mapping[str, str] | None = None
    relation: str = ""


@dataclass(frozen=True, slots=True)
class CollectorSchema:
    """One plugin's schema, read and checked by `read_collector_schema`."""

    plugin: str
    resource: str
    identityfield: str
    accepts: str
    fields: Mapping[str, str]
    evidence: Mapping[str, tuple[str, ...]]
    sections: Mapping[str, Section]
    document: Mapping[str, Any]


def read_collector_schema(plugin: str, document: Mapping[str, Any]) -> CollectorSchema:
    """Return the schema; `SchemaUnreadableError` names every fault at once."""
    properties = document.get("properties", {})
    wanted = {"identityfield": str, "resource": str, "fields": Mapping, "evidence": Mapping}
    problems = [f"{member} is missing" for member, kind in wanted.items() if not isinstance(document.get(member), kind)]
    if problems:
        raise SchemaUnreadableError(plugin, problems)
    evidence = {
        kind: (members,) if isinstance(members, str) else tuple(members)
        for kind, members in document["evidence"].items()
    }
    sections = {name: _section(raw) for name, raw in document.get("sections", {}).items()}
    named = {
        document["identityfield"],
        *document["fields"],
        *sections,
        *(one for many in evidence.values() for one in many),
    }
    problems += [f"{member} is named but not among the properties" for member in sorted(named - set(properties))]
    problems += [
        f"evidence {kind!r} is not one of {', '.join(EVIDENCE_KINDS)}"
        for kind in evidence
        if kind not in EVIDENCE_KINDS
    ]
    problems += [
        f"section {name} names neither a resource with its key nor a relation"
        for name, section in sections.items()
        if not (section.relation or (section.resource and section.key))
    ]
    if problems:
        raise SchemaUnreadableError(plugin, problems)
    return CollectorSchema(
        plugin=plugin,
        resource=document["resource"],
        identityfield=document["identityfield"],
        accepts=document.get("accepts", ""),
        fields=dict(document["fields"]),
        evidence=evidence,
        sections=sections,
        document=document,
    )


def _section(raw: Mapping[str, Any]) -> Section:
    return Section(
        resource=raw.get("resource", ""),
        key=tuple(raw.get("key", ())),
        fields=raw.get("fields"),
        relation=raw.get("relation", ""),
    )
