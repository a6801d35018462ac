"""A computer's installed software, written alike whichever agent lists it."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from shopdb.server.agents.sections import sections
from shopdb.server.agents.texts import Texts

# OCS appends the architecture to packages of which several may be installed (`libc6:amd64`).
ARCHITECTURE = re.compile(r":[a-z0-9-]+$")
ADDRESS = re.compile(r"(https?|ftp)://", re.IGNORECASE)


def software(content: Element, texts: Texts) -> list[dict[str, Any]]:
    """Return `{name, version, publisher}` of each program, sorted; each name and version once."""
    found: dict[tuple[str, str], str] = {}
    for section in sections(content, "SOFTWARES"):
        name, version, publisher = _entry(section, texts)
        if name:
            found[name, version] = max(publisher, found.get((name, version), ""))
    return [
        {"name": name}
        | ({"version": version} if version else {})
        | ({"publisher": found[name, version]} if found[name, version] else {})
        for name, version in sorted(found, key=lambda entry: (entry[0].casefold(), entry))
    ]


def _entry(section: Element, texts: Texts) -> tuple[str, str, str]:
    name, version = texts.first(section, "NAME"), texts.first(section, "VERSION")
    if (section.findtext("FROM") or "").strip() == "deb":
        # One agent names the distribution as a package's publisher, the other the project's home page.
        return ARCHITECTURE.sub("", name), version, ""
    publisher = texts.first(section, "PUBLISHER")
    return name, version, "" if ADDRESS.match(publisher) else publisher
