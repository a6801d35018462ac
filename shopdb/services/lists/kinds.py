"""What a row of a mixed list is (ADR 005): by its type in this shop, else by the words that plugins know things by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopdb.store.models import AssetType
from shopdb.store.schema import schema_of

UNKNOWN = "?"
"""What no resource is called."""

SERVICE = ".listed_as"
"""A plugin's service of this name returns the words that lists call its records by, by resource."""


def words_of(session: Session) -> dict[str, str]:
    """Return the resource of each word, casefolded; the words of this shop's own asset types win."""
    found: dict[str, str] = {}
    services: Mapping[str, Callable[..., Any]] = session.info.get("services", {})
    catalog = schema_of(session).catalog
    for name, ask in services.items():
        if name.endswith(SERVICE):
            for resource, words in ask(session).items():
                if resource in catalog:
                    found |= {word.casefold(): resource for word in words}
    for row in session.execute(select(AssetType.name, AssetType.resource).where(AssetType.resource.is_not(None))):
        if row.resource in catalog:
            found[row.name.casefold()] = row.resource
    return found


def kind_of(cell: str, words: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return the resource that a cell names; `UNKNOWN` if none, or more than one, has a word in it.

    What a person gave for this very cell wins, also "" for a kind that is left out; then the longest word.
    """
    text = " ".join(cell.casefold().split())
    if text in given:
        return given[text]
    if text in words:
        return words[text]
    held = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", text)]
    longest = max(map(len, held), default=0)
    return _only({words[word] for word in held if len(word) == longest})


def _only(names: Iterable[str]) -> str:
    found = sorted(names)
    return found[0] if len(found) == 1 else UNKNOWN
