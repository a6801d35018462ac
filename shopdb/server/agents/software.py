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
    """Return `{name, version, publisher}` of each program, sorted by name, each once."""
    found = {entry for section in sections(content, "SOFTWARES") if (entry := _entry(section, texts))[0]}
    return [
        {key: value for key, value in zip(("name", "version", "publisher"), entry, strict=True) if value}
        for entry in sorted(found, key=lambda entry: (entry[0].casefold(), entry))
    ]


def _entry(section: Element, texts: Texts) -> tuple[str, str, str]:
    name, version = texts.first(section, "NAME"), texts.first(section, "VERSION")
    if (section.findtext("FROM") or "").strip() == "deb":
        # One agent names the distribution as a package's publisher, the other the project's home page.
        return ARCHITECTURE.sub("", name), version, ""
    publisher = texts.first(section, "PUBLISHER")
    return name, version, "" if ADDRESS.match(publisher) else publisher
