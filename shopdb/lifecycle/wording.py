"""What is known of a plugin before it runs, in words: both front ends say the same."""

from __future__ import annotations

from typing import Final

from shopdb.lifecycle.inspection import Inspection
from shopdb.plugins.survey import Survey

Words = list[tuple[str, str]]
"""Labels with texts, which may have several lines."""

RIGHTS: Final = "A plugin runs with all rights of shopdb. Install only what you would run."


def identity(found: Inspection) -> Words:
    """Return who an inspected plugin is, who signed it, and what was hashed."""
    meta, trust = found.archive.meta, found.trust
    signed = {
        "signed": f"by {trust.signer}",
        "unknown key": f"with an unknown key, {trust.signer}",
        "unsigned": "by nobody",
    }
    needs = ", ".join(f"{name} {span}".strip() for name, span in meta.dependencies.items())
    return [
        ("plugin", f"{meta.name} {meta.version}"),
        ("what", meta.description),
        ("author", meta.author or "-"),
        ("contract", meta.core_version or "any"),
        ("needs", needs or "-"),
        ("signed", "comes with shopdb" if found.is_bundled else signed[trust.state]),
        ("sha256", found.archive.archive_sha256),
    ]


def adds(survey: Survey) -> Words:
    """Return what a plugin would add, a line each."""
    facts = {
        "tables": [f"{table} ({', '.join(columns)})" for table, columns in survey.tables.items()],
        "routes": list(survey.routes),
        "screens": list(survey.screens.values()),
        "navigation": [label for label, _opens, _permission in survey.navigation],
        "widgets": [title for title, _kind in survey.widgets],
        "permissions": list(survey.permissions),
        "settings": sorted({*survey.settings_read, *survey.settings_written}),
        "commands": list(survey.commands),
        "services": list(survey.services),
        "collector": [f"by {survey.collects.identity} into {survey.collects.resource}"] if survey.collects else [],
        "migrations": [f"{revision}: {title}" for revision, title in survey.migrations],
        "can beside": [f"{power} ({', '.join(places)})" for power, places in survey.powers.items()],
    }
    return [(what, "\n".join(told)) for what, told in facts.items() if told]


def standing(found: Inspection) -> Words:
    """Return how an inspected plugin stands to this site, with all that speaks against it."""
    would = {"install": "it would be installed", "upgrade": f"{found.here} is here and would be upgraded"}
    return [
        ("here", would.get(found.verb, "this very version is installed")),
        *(("warning", warning) for warning in found.warnings),
        *(("problem", problem) for problem in found.problems),
    ]
